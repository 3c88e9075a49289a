#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Two containers share a volume, and one exchanges names on the other's mount targets (B2, B3, B10).
load attack

# rig: a volume with names that are exchanged for ever, and a container with 30 mounts through it
rig() {
	VOLUME=$TMP/vol AT=/vol MOUNTS=30 NAMES=30
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

# at_rest: while nobody exchanges anything the container starts, with MOUNTS mounts and NAMES new
# names in VOLUME, which it has at AT, or the race would be about nothing. What was made does not
# stay.
at_rest() {
	local made mounts
	cp -a "$VOLUME" "$TMP/fresh"
	attempt "at rest"
	accepted "at rest"
	made=$(($(find "$VOLUME" | wc -l) - $(find "$TMP/fresh" | wc -l)))
	mounts=$(grep -c "^$AT/" <<<"$MOUNTS_INSIDE" || true)
	[[ $mounts -ge $MOUNTS && $made -ge $NAMES ]] ||
		fail "at rest $mounts of $MOUNTS mounts and $made of $NAMES names are there: $MOUNTS_INSIDE"
	rm -rf "$VOLUME"
	mv "$TMP/fresh" "$VOLUME"
}

# race NAME NAME...: start after start while a second container exchanges the names
race() {
	local k n ok=0 all=0 reached=0
	at_rest
	attacker "$VOLUME" "$@"
	n=$(rounds "${ROUNDS:-15}" 700)
	for ((k = 0; k < n; k++)); do
		attempt "round $k"
		[ "$rc" != 0 ] || ok=$((ok + 1))
		# All was mounted, or one of the names was refused.
		if [ -n "$MOUNTS_INSIDE" ] || grep -qF " $AT/" "$TMP/err"; then
			reached=$((reached + 1))
		fi
		all=$((all + 1))
	done
	attacker_was_busy "$all"
	echo "# $ok of $all starts got through, $reached reached the volume"
	[ "$reached" -gt 0 ] || fail "no round reached the volume: $(cat "$TMP/err")"
}

@test "B2 B3 CVE-2021-30465 CVE-2024-45310 the first component is exchanged for a link to the host" {
	rig
	race a link
}

@test "B2 B3 CVE-2021-30465 CVE-2024-45310 the second component is" {
	rig
	race a/b a/link
}

@test "B2 B3 CVE-2021-30465 CVE-2024-45310 all components are, the last for a link to a root in /proc" {
	rig
	race a/b/c a/b/link a/b a/link
}

@test "B2 B3 CVE-2021-30465 the same without openat2" {
	need_hooks
	rig
	export DAVIT_TEST_WITHOUT=openat2
	ROUNDS=10 race a link a/b a/link
}

@test "B2 B3 CVE-2021-30465 the same without the new mount API" {
	need_hooks
	rig
	export DAVIT_TEST_WITHOUT=mount-api,mount-setattr
	ROUNDS=10 race a link a/b a/link
}

@test "D1 D7 B3 a shared /dev whose names are exchanged for links to the host" {
	VOLUME=$TMP/dev AT=/dev MOUNTS=0 NAMES=10
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
	ROUNDS=20 race sub out node fresh
}

@test "B10 what is bound is the source that was opened, whoever exchanges it" {
	local k seen
	bundle
	canary
	mkdir -p "$TMP/vol/one" "$TMP/vol/two"
	echo one >"$TMP/vol/one/marker"
	echo two >"$TMP/vol/two/marker"
	config --arg src "$TMP/vol/one" '.mounts += [{destination: "/mnt", type: "bind", source: $src, options: ["bind"]}]'
	# Never a mixture: the mount point's name and content come from one folder.
	args /bin/sh -c 'cat /mnt/marker; cat /mnt/marker'
	attacker "$TMP/vol" one two
	for ((k = 0; k < $(rounds 15 500); k++)); do
		attempt "round $k"
		accepted "round $k"
		seen=$(sort -u "$TMP/out")
		[ "$seen" = one ] || [ "$seen" = two ] || fail "saw $seen"
	done
	attacker_was_busy "$k"
}

@test "B10 with src-nofollow a source that is exchanged for a link to the host is never crossed" {
	local k n folder=0
	bundle
	canary
	mkdir -p "$TMP/vol/src"
	echo good >"$TMP/vol/src/marker"
	ln -s "$CANARY/dir" "$TMP/vol/link"
	config --arg src "$TMP/vol/src" '.root.readonly = false | .mounts += [
		{destination: "/mnt/dir", type: "bind", source: $src, options: ["bind", "src-nofollow"]}]'
	args /bin/sh -c 'ls -A /mnt/dir/; cat /mnt/dir/marker'
	QUIET=1
	attacker "$TMP/vol" src link
	n=$(rounds 25 1000)
	for ((k = 0; k < n; k++)); do
		rm -rf "$BUNDLE/rootfs/mnt"
		attempt "round $k"
		! grep -q canary "$TMP/out" || fail "round $k: crossed: $(cat "$TMP/out")"
		[ "$rc" != 0 ] || folder=$((folder + 1))
	done
	attacker_was_busy "$n"
	[ "$folder" -gt 0 ] || fail "the folder was never there"
	# The same without the word, which shows that the attack would have come through.
	config '.mounts[-1].options = ["bind"]'
	rm -rf "$TMP/vol/src" "$TMP/vol/link" "$BUNDLE/rootfs/mnt"
	ln -s "$CANARY/dir" "$TMP/vol/src"
	attempt "followed"
	grep -q canary "$TMP/out" || fail "$(cat "$TMP/out" "$TMP/err")"
}

@test "B10 with dest-nofollow a target that is exchanged for a link is never left" {
	local k n at
	bundle
	canary
	mkdir "$TMP/vol"
	: >"$TMP/vol/target"
	ln -s /etc/passwd "$TMP/vol/link"
	echo secret >"$TMP/file"
	config --arg vol "$TMP/vol" --arg file "$TMP/file" '.mounts += [
		{destination: "/vol", type: "bind", source: $vol, options: ["rbind"]},
		{destination: "/vol/target", type: "bind", source: $file, options: ["bind", "dest-nofollow"]}]'
	args /bin/cat /proc/self/mountinfo
	attacker "$TMP/vol" target link
	n=$(rounds 25 1000)
	for ((k = 0; k < n; k++)); do
		attempt "round $k"
		accepted "round $k"
		at=$(awk '$5 ~ /^.vol.(target|link)$/ || $5 == "/etc/passwd" { print $5 }' "$TMP/out")
		[[ $at = /vol/target || $at = /vol/link ]] || fail "round $k: at '$at'"
	done
	attacker_was_busy "$n"
}

@test "B15 a folder that is copied into a tmpfs while its names are exchanged for links to the host" {
	local k n ok=0
	bundle
	canary
	mkdir -p "$TMP/vol/dir/deep"
	for k in {1..20}; do echo good >"$TMP/vol/dir/deep/$k"; done
	echo good >"$TMP/vol/file"
	ln -s "$CANARY" "$TMP/vol/out"
	ln -s "$CANARY/file" "$TMP/vol/dir/evil"
	mkfifo "$TMP/vol/fifo"
	config --arg vol "$TMP/vol" '.mounts += [
		{destination: "/vol", type: "bind", source: $vol, options: ["rbind"]},
		{destination: "/vol", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]}]'
	args /bin/sh -c 'find /vol -type f -exec cat {} + | sort -u; find /vol -type f | wc -l'
	attacker "$TMP/vol" dir out file dir/evil dir/deep/1 fifo
	n=$(rounds 25 1000)
	for ((k = 0; k < n; k++)); do
		attempt "round $k"
		! grep -q canary "$TMP/out" || fail "round $k: followed a link: $(cat "$TMP/out")"
		[ "$rc" != 0 ] || ok=$((ok + 1))
	done
	attacker_was_busy "$n"
	[ "$ok" -gt 0 ] || fail "nothing was ever copied: $(cat "$TMP/err")"
}
