#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Masked and read-only paths, attributes of mounts (B6 to B9).
load attack

# look_at_masks: the program says BAD for each masked path that can be read or written.
look_at_masks() {
	local paths
	mapfile -t paths < <(jq -r '.linux.maskedPaths[]' "$BUNDLE/config.json")
	args /bin/sh -c 'for p in "$@"; do
		if [ -d "$p" ]; then
			[ -z "$(ls -A "$p")" ] || echo "BAD $p is not empty"
			! touch "$p/x" || echo "BAD $p takes files"
		elif [ -e "$p" ]; then
			[ -z "$(dd if="$p" bs=64 count=1)" ] || echo "BAD $p can be read"
			[ "$(stat -c %t:%T "$p")" = 1:3 ] || echo "BAD $p is no null device"
		fi
	done 2>&-
	echo looked' sh "${paths[@]}"
}

# shared_dev: /dev of the container is a volume that others can change, in $TMP/dev.
shared_dev() {
	mkdir "$TMP/dev"
	config --arg dev "$TMP/dev" '.root.readonly = false | .mounts |= map(
		if .destination == "/dev" then
			{destination: "/dev", type: "bind", source: $dev, options: ["rbind", "rw"]}
		else . end)'
}

@test "B6 the masks do not give the host's null device away" {
	bundle
	canary
	own_null
	config '.root.readonly = false'
	in_container 'for f in keys timer_list kcore; do
		chmod 000 /proc/$f; chown 1:1 /proc/$f; touch -d 2001-01-01 /proc/$f; done 2>/dev/null
		stat -c %a /dev/null'
	assert_output 666
	assert_canary
}

@test "B6 CVE-2025-31133 CVE-2025-62161 masks hold whatever lies at the container's /dev/null" {
	local kind
	bundle
	canary
	shared_dev
	look_at_masks
	for kind in missing link-to-proc file fifo other-device; do
		find "$TMP/dev" -mindepth 1 -delete
		case $kind in
		missing) ;;
		link-to-proc) ln -s /proc/sys/kernel/core_pattern "$TMP/dev/null" ;;
		file) echo secret >"$TMP/dev/null" ;;
		fifo) mkfifo "$TMP/dev/null" ;;
		other-device) mknod "$TMP/dev/null" c 1 5 ;;
		esac
		run timeout 10 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
		assert_success
		refute_output --partial BAD
		assert_line looked
		assert_nothing_left
	done
	assert_canary
}

@test "B6 RUN-01-001 masks hold on a shared /dev whose null is exchanged all the time" {
	local k n
	bundle
	canary
	shared_dev
	config '.linux.maskedPaths = ["/proc/keys", "/proc/timer_list", "/proc/acpi"]'
	look_at_masks
	mknod -m 666 "$TMP/dev/null" c 1 3
	ln -s /proc/sys/kernel/core_pattern "$TMP/dev/evil"
	attacker "$TMP/dev" null evil
	n=$(rounds 50 2000)
	for ((k = 0; k < n; k++)); do
		run davit run --bundle "$BUNDLE" "$ID"
		assert_success
		refute_output --partial BAD
		assert_line looked
	done
	attacker_was_busy "$n"
	assert_canary
}

@test "B7 a path of proc that is made to look absent keeps the container from starting" {
	bundle
	# A proc with something over a part of it, which a bind of the whole brings along.
	mkdir "$TMP/covered"
	mount -t proc proc "$TMP/covered"
	undo umount "$TMP/covered"
	mount -t tmpfs tmpfs "$TMP/covered/sys"
	undo umount "$TMP/covered/sys"
	canary
	config --arg covered "$TMP/covered" '.linux.maskedPaths = ["/proc/sys/kernel/core_pattern"] |
		del(.linux.readonlyPaths) | .mounts |= map(if .destination == "/proc" then
			{destination: "/proc", type: "bind", source: $covered, options: ["rbind"]} else . end)'
	args /bin/ls /proc/sys/kernel/core_pattern
	attempt covered
	refused covered "core_pattern is there, but something hides it"
	# Without a mask there is nothing to lose.
	config '.linux.maskedPaths = []'
	args /bin/true
	attempt "without masks"
	accepted "without masks"
}

@test "B7 a path that is covered and bared all the time is masked, or the container does not start" {
	local cover k n ok=0
	bundle
	# What is mounted over a part of the outer proc, or over all of it, comes in: whoever may, does
	# so for ever.
	mkdir "$TMP/shared"
	mount -t tmpfs tmpfs "$TMP/shared"
	undo umount "$TMP/shared"
	mount --make-shared "$TMP/shared"
	mkdir "$TMP/shared/proc"
	mount -t proc proc "$TMP/shared/proc"
	undo umount -R "$TMP/shared/proc"
	config --arg p "$TMP/shared/proc" '.linux.maskedPaths = ["/proc/sys/kernel/core_pattern"] |
		del(.linux.readonlyPaths) | .mounts |= map(if .destination == "/proc" then
		{destination: "/proc", type: "bind", source: $p, options: ["rbind", "rslave"]} else . end)'
	# Only as long as nothing covers it: the mask lies below then, and so does the secret.
	args /bin/sh -c 'for i in 1 2 3 4 5 6 7 8; do cat /proc/sys/kernel/core_pattern 2>/dev/null; done; echo looked'
	n=$(rounds 25 1000)
	# Not at the very place of the mask: what is unmounted there takes along what lies there inside.
	for cover in /sys ""; do
		: >"$TMP/go-on"
		background sh -c 'while [ -e "$2" ]; do
			mount -t tmpfs cover "$1"
			# A descriptor of davit keeps it for a moment.
			until umount "$1" 2>/dev/null; do :; done
		done' sh "$TMP/shared/proc$cover" "$TMP/go-on"
		for ((k = 0; k < n; k++)); do
			run davit run --bundle "$BUNDLE" "$ID"
			[ "$status" = 0 ] || { assert_output --regexp "hides it|only a proc file system|EBUSY|EINVAL|ESTALE|ENOENT|ENOTDIR"; continue; }
			ok=$((ok + 1))
			[ "$output" = looked ] || fail "cover over /proc$cover: $output"
		done
		rm "$TMP/go-on"
		wait "$BG" || true
	done
	[ "$ok" -gt 0 ] || fail "none of $((2 * n)) starts got through"
}

@test "B7 a masked path that does not exist is skipped, one through a link is masked where it leads" {
	bundle
	canary
	mkdir "$BUNDLE/rootfs/secret"
	echo secret >"$BUNDLE/rootfs/secret/file"
	ln -s /secret "$BUNDLE/rootfs/way"
	ln -s "$CANARY" "$BUNDLE/rootfs/out"
	config '.linux.maskedPaths = ["/way/file", "/nowhere/at/all", "/out/file", "/out"]'
	in_container 'cat /secret/file; echo read'
	assert_output read
	assert_canary
}

@test "B8 read-only paths keep nosuid, nodev and noexec" {
	local flags
	bundle
	mkdir "$BUNDLE/rootfs/vol"
	mkdir "$TMP/vol"
	config --arg vol "$TMP/vol" '.linux.readonlyPaths = ["/vol", "/proc/sys", "/sys/kernel"] |
		.mounts += [{destination: "/vol", type: "bind", source: $vol,
			options: ["bind", "nosuid", "nodev", "noexec", "noatime"]}]'
	probe
	flags=$(value mount | awk '$5 == "/vol" { f = $6 } END { print f }')
	assert_equal "$flags" ro,nosuid,nodev,noexec,noatime
	flags=$(value mount | awk '$5 == "/sys/kernel" { f = $6 } END { print f }')
	assert_equal "$flags" ro,nosuid,nodev,noexec,relatime
}

# all_there [privileges]: the mounts of the next test are as they were asked for
all_there() {
	local kind flag seen
	for kind in bind rbind tmpfs; do
		for flag in ro nosuid nodev noexec noatime nodiratime strictatime; do
			[[ $# = 0 || $kind = tmpfs || $flag != *atime ]] || continue
			seen=$(value mount | awk -v at=/m/$kind-$flag '$5 == at { print "," $6 "," }')
			[ -n "$seen" ] || fail "no /m/$kind-$flag"
			case $flag in
			strictatime) [[ $seen != *relatime* && $seen != *noatime* ]] || fail "$kind $flag: $seen" ;;
			*) [[ $seen == *,$flag,* ]] || fail "$kind $flag: $seen" ;;
			esac
		done
	done
}

@test "B8 every attribute is on the mount that the program sees" {
	local kind flag target mounts='[]'
	bundle
	mkdir "$TMP/vol"
	# Each kind of mount with each attribute.
	for kind in bind rbind tmpfs; do
		for flag in ro nosuid nodev noexec noatime nodiratime strictatime; do
			target=/m/$kind-$flag
			mounts=$(jq -c --arg kind $kind --arg flag $flag --arg target $target --arg vol "$TMP/vol" '. + [
				if $kind == "tmpfs" then {destination: $target, type: "tmpfs", source: "tmpfs", options: [$flag]}
				else {destination: $target, type: "bind", source: $vol, options: [$kind, $flag]} end]' <<<"$mounts")
		done
	done
	config --argjson more "$mounts" '.root.readonly = false | .mounts += $more'
	probe
	all_there
	# The kernel keeps a user namespace from changing how access times go in mounts of the host.
	config '.mounts |= map(select((.destination | test("^/m/r?bind.*atime")) | not)) |
		.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] |
		.linux.gidMappings = .linux.uidMappings'
	probe
	all_there privileges
}

# flags_at PATH: of the mount that is seen there
flags_at() { value mount | awk -v at="$1" '$5 == at { f = $6 } END { print "," f "," }'; }

@test "B8 proc and sysfs have the attributes that were asked for, new and bound, or do not start" {
	local user kind flag target mounts
	bundle
	cp "$BUNDLE/config.json" "$TMP/plain.json"
	for user in root userns; do
		mounts='[]'
		cp "$TMP/plain.json" "$BUNDLE/config.json"
		for kind in proc sysfs bind-proc bind-sys; do
			for flag in ro nosuid nodev noexec nosymfollow; do
				target=/m/$user-$kind-$flag
				mounts=$(jq -c --arg kind $kind --arg flag $flag --arg target $target '. + [
					if $kind == "bind-proc" then {destination: $target, type: "bind", source: "/proc", options: ["rbind", $flag]}
					elif $kind == "bind-sys" then {destination: $target, type: "bind", source: "/sys", options: ["rbind", $flag]}
					else {destination: $target, type: $kind, source: $kind, options: [$flag, "relatime"]} end]' <<<"$mounts")
			done
		done
		config --argjson more "$mounts" '.root.readonly = false | .mounts += $more'
		[ $user = root ] || config '.linux.namespaces += [{type: "user"}] |
			.linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] |
			.linux.gidMappings = .linux.uidMappings'
		probe
		for kind in proc sysfs bind-proc bind-sys; do
			for flag in ro nosuid nodev noexec nosymfollow; do
				[[ $(flags_at /m/$user-$kind-$flag) == *,$flag,* ]] ||
					fail "$user $kind $flag: $(flags_at /m/$user-$kind-$flag)"
			done
		done
	done
	# What a user namespace may not clear is an error.
	mkdir "$TMP/locked"
	mount -t tmpfs -o ro,nosuid,nodev tmpfs "$TMP/locked"
	undo umount "$TMP/locked"
	config --arg l "$TMP/locked" '.mounts += [{destination: "/locked", type: "bind", source: $l, options: ["bind", "suid", "rw"]}]'
	args /bin/true
	run -1 davit run --bundle "$BUNDLE" "$ID"
	assert_output --partial EPERM
	assert_output --partial "$TMP/locked"
}

@test "B9 a recursively read-only bind refuses writes on every level" {
	local i path
	[ -z "${DAVIT_TEST_WITHOUT-}" ] || skip "needs mount_setattr"
	need_kernel 5.12
	bundle
	path=$TMP/tree
	mkdir "$path"
	for i in 1 2 3; do
		mkdir "$path/sub"
		path=$path/sub
		mount -t tmpfs tmpfs "$path"
		undo umount "$path"
	done
	canary
	config --arg tree "$TMP/tree" '.root.readonly = false | .mounts += [
		{destination: "/all", type: "bind", source: $tree, options: ["rbind", "rro"]},
		{destination: "/top", type: "bind", source: $tree, options: ["rbind", "ro"]}]'
	in_container 'p=/all; for i in 0 1 2 3; do touch $p/x 2>/dev/null && echo "BAD $p"; p=$p/sub; done
		touch /top/x 2>/dev/null && echo "BAD /top"; touch /top/sub/x && echo inner'
	assert_output inner
	rm "$TMP/tree/sub/x"
	assert_canary
}

@test "B9 where the kernel has no recursive attributes, they are refused and not forgotten" {
	need_hooks
	bundle
	canary
	mkdir "$TMP/tree"
	config --arg tree "$TMP/tree" '.mounts += [
		{destination: "/mnt", type: "bind", source: $tree, options: ["rbind", "rro"]}]'
	args /bin/true
	export DAVIT_TEST_WITHOUT=mount-setattr
	attempt rro
	refused rro mount_setattr
	assert_canary
}
