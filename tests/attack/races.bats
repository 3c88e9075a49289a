#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Two containers share a volume, and one exchanges names on the other's mount targets (B2, B3, B10).
load attack

# rig: a volume with names that are exchanged for ever, and a container with 30 mounts through it
rig() {
	bundle
	canary
	mkdir -p "$TMP/vol/a/b/c" "$TMP/source"
	echo source >"$TMP/source/marker"
	ln -s "$CANARY" "$TMP/vol/link"
	ln -s "../../../../../../../../../../../..$CANARY" "$TMP/vol/a/link"
	ln -s /proc/self/root "$TMP/vol/a/b/link"
	config --arg vol "$TMP/vol" --arg src "$TMP/source" '.root.readonly = false |
		.process.capabilities = {} | .mounts += [
		{destination: "/vol", type: "bind", source: $vol, options: ["rbind"]}] + [range(10) |
		{destination: "/vol/a/b/c/d\(.)", type: "bind", source: $src, options: ["bind"]},
		{destination: "/vol/a/b/t\(.)", type: "tmpfs", source: "tmpfs"},
		{destination: "/vol/a/f\(.)", type: "bind", source: ($src + "/marker"), options: ["bind"]}]'
	args /bin/true
	watch_mounts
}

# race PAIR...: start after start while the names are exchanged
race() {
	local k n ok=0 all=0
	background "$PROGRAMS/swap" "$@"
	n=$(rounds "${ROUNDS:-15}" 700)
	for ((k = 0; k < n; k++)); do
		attempt "round $k"
		[ "$rc" != 0 ] || ok=$((ok + 1))
		all=$((all + 1))
	done
	kill "$BG"
	wait "$BG" || true
	[ "$(cat "$TMP/bg.out")" -gt "$all" ] || fail "the attacker did nothing: $(cat "$TMP/bg.err")"
	echo "# $ok of $all starts got through"
}

@test "B2 B3 CVE-2021-30465 CVE-2024-45310 the first component is exchanged for a link to the host" {
	rig
	race "$TMP/vol/a" "$TMP/vol/link"
}

@test "B2 B3 CVE-2021-30465 CVE-2024-45310 the second component is" {
	rig
	race "$TMP/vol/a/b" "$TMP/vol/a/link"
}

@test "B2 B3 CVE-2021-30465 CVE-2024-45310 all components are, the last for a link to a root in /proc" {
	rig
	race "$TMP/vol/a/b/c" "$TMP/vol/a/b/link" "$TMP/vol/a/b" "$TMP/vol/a/link"
}

@test "B2 B3 CVE-2021-30465 the same without openat2" {
	need_hooks
	rig
	export DAVIT_TEST_WITHOUT=openat2
	ROUNDS=10 race "$TMP/vol/a" "$TMP/vol/link" "$TMP/vol/a/b" "$TMP/vol/a/link"
}

@test "B2 B3 CVE-2021-30465 the same without the new mount API" {
	need_hooks
	rig
	export DAVIT_TEST_WITHOUT=mount-api,mount-setattr
	ROUNDS=10 race "$TMP/vol/a" "$TMP/vol/link" "$TMP/vol/a/b" "$TMP/vol/a/link"
}

@test "D1 D7 B3 a shared /dev whose names are exchanged for links to the host" {
	bundle
	canary
	mkdir -p "$TMP/dev/sub"
	ln -s "$CANARY" "$TMP/dev/out"
	ln -s "$CANARY/file" "$TMP/dev/node"
	: >"$TMP/dev/fresh"
	config --arg dev "$TMP/dev" '.root.readonly = false | .process.capabilities = {} |
		.mounts |= map(if .destination == "/dev" then
			{destination: "/dev", type: "bind", source: $dev, options: ["rbind"]} else . end) |
		.linux.devices = [range(10) |
			{path: "/dev/sub/d\(.)", type: "c", major: 1, minor: 5, fileMode: 438, uid: 1, gid: 1}]'
	args /bin/true
	watch_mounts
	ROUNDS=20 race "$TMP/dev/sub" "$TMP/dev/out" "$TMP/dev/node" "$TMP/dev/fresh"
}

@test "B10 what is bound is the source that was opened, whoever exchanges it" {
	local k seen
	bundle
	canary
	mkdir "$TMP/one"
	echo one >"$TMP/one/marker"
	mkdir "$TMP/two"
	echo two >"$TMP/two/marker"
	config --arg src "$TMP/one" '.mounts += [{destination: "/mnt", type: "bind", source: $src, options: ["bind"]}]'
	# Never a mixture: the mount point's name and content come from one folder.
	args /bin/sh -c 'cat /mnt/marker; cat /mnt/marker'
	background "$PROGRAMS/swap" "$TMP/one" "$TMP/two"
	for ((k = 0; k < $(rounds 15 500); k++)); do
		attempt "round $k"
		accepted "round $k"
		seen=$(sort -u "$TMP/out")
		[ "$seen" = one ] || [ "$seen" = two ] || fail "saw $seen"
	done
}
