#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# In user namespaces and outer containers: cgroups that arrive writable (B16), a proc that is not
# the container's (B17).
load attack

# outer COMMAND...: root of a user namespace, whose proc has masks that it cannot take away
outer() {
	# shellcheck disable=SC2016 # the inner shells'
	unshare --mount --propagation private sh -c '
		set -e
		mount -t tmpfs -o ro tmpfs /proc/acpi 2>/dev/null || mount -t tmpfs -o ro tmpfs /proc/tty
		mount --bind /dev/null /proc/keys
		mount --bind "$1" "$1"
		shift
		exec unshare -U -r --mount --propagation private "$@"' sh "$TMP" "$@" 3>&- 4>&-
}

nested_bundle() {
	bundle
	config '.root.readonly = false | .mounts |= map(select(.type != "cgroup") |
		if .type == "devpts" then .options -= ["gid=5"] else . end)'
	OUTER=("$DAVIT" --root "$ROOT" --cgroup-manager=disabled run --bundle "$BUNDLE")
}

@test "B17 where the outer proc is masked the start fails and says why, and no other proc is taken" {
	local rc=0
	nested_bundle
	canary
	args /bin/cat /proc/1/comm
	outer "${OUTER[@]}" "$ID" >"$TMP/out" 2>"$TMP/err" || rc=$?
	assert_equal "$rc" 1
	[ ! -s "$TMP/out" ] || fail "ran: $(cat "$TMP/out")"
	grep -q "mount proc on /proc: .*EPERM" "$TMP/err" || fail "$(cat "$TMP/err")"
	outer "$DAVIT" --root "$ROOT" --cgroup-manager=disabled --log "$TMP/log" --log-format json \
		run --bundle "$BUNDLE" "$ID" >"$TMP/out" 2>"$TMP/err" || rc=$?
	jq -r .hint "$TMP/log" | grep -q "unmasked" || fail "$(cat "$TMP/log")"
	assert_canary
}

@test "B17 where it is not, and where it is bound on purpose, proc is the one that was asked for" {
	nested_bundle
	canary
	script 'cat /proc/1/comm; stat -c %i /proc'
	run -0 unshare -U -r --mount "${OUTER[@]}" "$ID"
	assert_output $'sh\n1'
	# On purpose: then it is the outer one, masks and all.
	config '.linux.namespaces |= map(select(.type != "pid")) | del(.linux.maskedPaths, .linux.readonlyPaths) | .mounts |= map(
		if .destination == "/proc" then {destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]} else . end)'
	script 'cat /proc/1/comm; head -c 1 /proc/keys | wc -c'
	run -0 outer "${OUTER[@]}" "$ID"
	assert_output "$(cat /proc/1/comm)"$'\n0'
	assert_canary
}

@test "B17 a sysfs that the kernel does not give is an error with its reason" {
	local rc=0
	nested_bundle
	canary
	config '.linux.namespaces |= map(select(.type != "network"))'
	args /bin/true
	unshare -U -r --mount "${OUTER[@]}" "$ID" >"$TMP/out" 2>"$TMP/err" || rc=$?
	assert_equal "$rc" 1
	grep -q "mount sysfs on /sys: .*EPERM" "$TMP/err" || fail "$(cat "$TMP/err")"
}

@test "B14 in an outer user namespace only what was mounted in it can be mapped, else the error says so" {
	need_kernel 6.3
	local rc=0
	nested_bundle
	canary
	mkdir "$TMP/src"
	config --arg s "$TMP/src" '.mounts += [{destination: "/m", type: "bind", source: $s, options: ["bind", "idmap"],
		uidMappings: [{containerID: 0, hostID: 0, size: 1}], gidMappings: [{containerID: 0, hostID: 0, size: 1}]}]'
	args /bin/stat -c %u:%g /m
	unshare -U -r --mount "${OUTER[@]}" "$ID" >"$TMP/out" 2>"$TMP/err" || rc=$?
	assert_equal "$rc" 1
	grep -q "mount $TMP/src on /m: .*mount_setattr: EPERM" "$TMP/err" || fail "$(cat "$TMP/err")"
	# shellcheck disable=SC2016 # the inner shell's
	run -0 unshare -U -r --mount sh -c 'mount -t tmpfs tmpfs "$0" && exec "$@"' "$TMP/src" "${OUTER[@]}" "$ID"
	assert_output 0:0
	assert_canary
}

# WRITES: everything that could be written below /sys/fs/cgroup is tried
WRITES='
for d in $(find /sys/fs/cgroup -type d 2>/dev/null | head -400); do
	mkdir "$d/made" 2>/dev/null && { echo "BAD $d"; rmdir "$d/made"; }
	(echo 1 >"$d/cgroup.procs") 2>/dev/null && echo "BAD $d/cgroup.procs"
	(echo 5000 >"$d/pids.max") 2>/dev/null && echo "BAD $d/pids.max"
	(echo +pids >"$d/cgroup.subtree_control") 2>/dev/null && echo "BAD $d/cgroup.subtree_control"
done
mount -o remount,rw /sys/fs/cgroup 2>/dev/null && mkdir /sys/fs/cgroup/x 2>/dev/null && echo "BAD remount"
echo looked'

@test "B16 CVE-2023-25809 no write gets through a read-only cgroup mount, with or without namespaces" {
	local ns user tree
	bundle
	canary
	config --arg id "$ID" '.linux.cgroupsPath = "/davit-\($id)" | .root.readonly = false'
	cp "$BUNDLE/config.json" "$TMP/base.json"
	chmod 755 "$TMP" "$BUNDLE" "$BUNDLE/rootfs"
	for user in root userns; do
		[ $user = root ] || chown -R 100000:100000 "$BUNDLE/rootfs"
		for ns in private host; do
			for tree in cgroup sys; do
				cp "$TMP/base.json" "$BUNDLE/config.json"
				[ $ns = private ] || config '.linux.namespaces |= map(select(.type != "cgroup"))'
				[ $user = root ] || config '.linux.namespaces += [{type: "user"}] |
					.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings |
					.process.capabilities |= with_entries(.value += ["CAP_DAC_OVERRIDE"])'
				# What rootless configurations have in place of a cgroup mount.
				[ $tree = cgroup ] || config '.mounts |= map(select(.type != "cgroup") | if .destination == "/sys" then
					{destination: "/sys", type: "none", source: "/sys", options: ["rbind", "nosuid", "noexec", "nodev", "ro"]} else . end)'
				in_container "$WRITES"
				assert_output looked
			done
		done
	done
	assert_canary
}

@test "B16 nor where the user owns the cgroups, as rootless users do" {
	local dir
	bundle
	canary
	config --arg id "$ID" '.linux.cgroupsPath = "/davit-\($id)" | .root.readonly = false |
		.linux.namespaces |= map(select(.type != "cgroup")) | .linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	chmod 755 "$TMP" "$BUNDLE" "$BUNDLE/rootfs"
	chown -R 100000:100000 "$BUNDLE/rootfs"
	# The hook gives them away as an engine does, before the program runs.
	printf '#!/bin/sh\nfor d in /sys/fs/cgroup/*/davit-%s /sys/fs/cgroup/davit-%s; do [ ! -d "$d" ] || chown -R 100000:100000 "$d"; done\n' \
		"$ID" "$ID" >"$TMP/hook"
	chmod 755 "$TMP/hook"
	config --arg h "$TMP/hook" '.hooks.createRuntime = [{path: $h}]'
	in_container "$WRITES"
	assert_output looked
	# Writable where that is asked for: the test can see it.
	config '.mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)'
	in_container "$WRITES"
	assert_output --partial BAD
	for dir in /sys/fs/cgroup/*/davit-"$ID" /sys/fs/cgroup/davit-"$ID"; do
		[ ! -d "$dir" ] || rmdir "$dir" || fail "left: $dir"
	done
	assert_canary
}
