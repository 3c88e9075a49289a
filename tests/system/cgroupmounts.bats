#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Mounts of type cgroup, on v1, hybrid and v2, with and without a cgroup namespace (MNT-06).
# tags: vm
load ../lib/helpers

# cgroup_bundle NAMESPACE OPTIONS: with or without a cgroup namespace; options of the mount
cgroup_bundle() {
	[ -d "$BUNDLE" ] || bundle
	[ -e "$TMP/base.json" ] || cp "$BUNDLE/config.json" "$TMP/base.json"
	cp "$TMP/base.json" "$BUNDLE/config.json"
	config --arg p "$(cgroup_path)" --arg ns "$1" --arg o "$2" '.linux.cgroupsPath = $p |
		.root.readonly = false |
		(if $ns == "private" then . else .linux.namespaces |= map(select(.type != "cgroup")) end) |
		.mounts |= map(if .type == "cgroup" then .options = ($o | split(",")) else . end)'
}

# The hierarchies as folders below /sys/fs/cgroup, of v1 and hybrid machines.
hierarchies() { awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/mounts | sed 's|.*/||' | sort -u; }

# look TEXT: for each hierarchy: is our process in the cgroup that the mount shows, can it be
# written? As lines "NAME in refused" or "NAME in written".
LOOK='
see() {
	if grep -qx "$$" "$2/cgroup.procs" 2>/dev/null; then in=in; else in=out; fi
	if mkdir "$2/made" 2>/dev/null; then rmdir "$2/made"; w=written; else w=refused; fi
	echo "$1 $in $w"
};'

# expected IN WRITE
expected() {
	local h
	if [ "$(cgroup_mode)" = v2 ]; then
		echo "v2 $1 $2"
	else
		for h in $(hierarchies); do echo "$h $1 $2"; done
	fi
}

look() {
	if [ "$(cgroup_mode)" = v2 ]; then
		in_container "$LOOK see v2 /sys/fs/cgroup"
	else
		in_container "$LOOK"'cd /sys/fs/cgroup; for d in *; do [ -L "$d" ] || see "$d" "/sys/fs/cgroup/$d"; done'
	fi
}

@test "MNT-06 with a cgroup namespace: the own cgroup, read-only [fallback smoke]" {
	cgroup_bundle private nosuid,noexec,nodev,relatime,ro
	look
	assert_output "$(expected in refused)"
	in_container 'cut -d: -f3 /proc/self/cgroup | sort -u; awk "\$5 ~ /^.sys.fs.cgroup/ { top[\$5] = \$4 \" \" \$6 } END { for (p in top) print top[p] }" /proc/self/mountinfo | sort -u'
	assert_output $'/\n/ ro,nosuid,nodev,noexec,relatime'
}

@test "MNT-06 with a cgroup namespace: the own cgroup, writable [fallback]" {
	cgroup_bundle private nosuid,noexec,nodev
	look
	assert_output "$(expected in written)"
}

@test "MNT-06 without a cgroup namespace, v1: the own cgroup of each hierarchy [fallback]" {
	[ "$(cgroup_mode)" != v2 ] || skip "v2"
	cgroup_bundle host ro,nosuid
	look
	assert_output "$(expected in refused)"
	# Nothing of the cgroups above is shown, and the names are those of the host.
	in_container 'cut -d: -f3 /proc/self/cgroup | sort -u; ls /sys/fs/cgroup/pids | grep -c davit-; touch /sys/fs/cgroup/x 2>/dev/null || echo refused'
	assert_output "/$(cgroup_dir)"$'\n0\nrefused'
	cgroup_bundle host nosuid
	look
	assert_output "$(expected in written)"
}

@test "MNT-06 without a cgroup namespace, v2: the whole hierarchy, as the kernel shows it [fallback]" {
	need_v2
	cgroup_bundle host ro,nosuid
	in_container 'p=$(cut -d: -f3 /proc/self/cgroup); echo "$p"; grep -x "$$" "/sys/fs/cgroup$p/cgroup.procs"; mkdir /sys/fs/cgroup/x 2>/dev/null || echo refused'
	assert_output "/$(cgroup_dir)"$'\n1\nrefused'
}

@test "MNT-06 without a cgroup namespace the options of the host's hierarchy stay, nsdelegate for one" {
	need_v2
	grep -q ' cgroup2 .*nsdelegate' /proc/mounts || skip "the host's hierarchy has no options"
	cgroup_bundle host ro
	local o
	for o in --cgroup-manager=cgroupfs --cgroup-manager=disabled; do
		script 'grep -q " - cgroup2 .*nsdelegate" /proc/self/mountinfo && echo 1; ls /sys/fs/cgroup | grep -c cgroup.controllers'
		run -0 davit $o run --bundle "$BUNDLE" "$ID"
		assert_output $'1\n1'
		grep -q ' cgroup2 .*nsdelegate' /proc/mounts
	done
	config '.mounts |= map(if .type == "cgroup" then .options += ["memory_recursiveprot"] else . end)'
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "without a cgroup namespace the option memory_recursiveprot of cgroup2 is the host's"
	assert_nothing_left
}

@test "MNT-06 named hierarchies and links are there, on v1" {
	[ "$(cgroup_mode)" != v2 ] || skip "v2"
	cgroup_bundle private ro
	in_container 'cd /sys/fs/cgroup; for d in *; do echo "$d"; done'
	local name
	for name in $(awk -F: '$1 != 0 { print $2 }' /proc/self/cgroup | tr , '\n' | sed 's/^name=//'); do
		assert_line "$name"
	done
}

# flags OPTIONS WANT: all that is mounted at /sys/fs/cgroup and below has these flags
flags() {
	cgroup_bundle private "$1"
	in_container 'awk "\$5 ~ /^.sys.fs.cgroup/ { print \$6 }" /proc/self/mountinfo | sort -u'
	assert_output "$2"
}

@test "MNT-06 MOPT-10 the mount's options count for each hierarchy in it, a kind of atime too" {
	flags nosuid,noexec,noatime,ro ro,nosuid,noexec,noatime
	flags nosuid,strictatime rw,nosuid
	flags nosuid,rnoexec,rnoatime rw,nosuid,noexec,noatime
	DAVIT_TEST_WITHOUT=mount-setattr flags nosuid,noexec,noatime,ro ro,nosuid,noexec,noatime
	DAVIT_TEST_WITHOUT=mount-api flags nosuid,strictatime,ro ro,nosuid
}

# Which hierarchies are there, and was one writable?
OWN='for d in /sys/fs/cgroup/*; do
	[ -L "$d" ] && continue
	[ -e "$d/cgroup.procs" ] && echo "${d##*/}"
	mkdir "$d/made" 2>/dev/null && rmdir "$d/made" && echo "$d was written"
done; true'

@test "MNT-06 CG-11 a container without a cgroup of its own sees the caller's, read-only, on v1 [fallback]" {
	need_root
	[ "$(cgroup_mode)" != v2 ] || skip "v2 shows the whole hierarchy"
	local o
	for o in nosuid rw rrw; do
		# Recursive ones need mount_setattr(2).
		[[ $o != rrw || -z ${DAVIT_TEST_WITHOUT-} ]] || continue
		cgroup_bundle host "$o"
		config 'del(.linux.cgroupsPath, .linux.resources)'
		script "$OWN"
		run -0 davit --cgroup-manager disabled run --bundle "$BUNDLE" "$ID"
		assert_equal "$(sort <<<"$output")" "$(hierarchies)"
	done
}

@test "MNT-06 in a user namespace, with and without a cgroup namespace [fallback]" {
	need_root
	local ns
	for ns in private host; do
		cgroup_bundle $ns ro,nosuid,noexec,nodev
		config '.linux.namespaces += [{type: "user"}] |
			.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
		chmod 755 "$TMP" "$BUNDLE" "$BUNDLE/rootfs"
		chown -R 100000:100000 "$BUNDLE/rootfs"
		if [ "$(cgroup_mode)" = v2 ] && [ $ns = host ]; then
			# The kernel gives no new mount there: the host's is bound, and is read-only.
			in_container 'p=$(cut -d: -f3 /proc/self/cgroup); grep -qx "$$" "/sys/fs/cgroup$p/cgroup.procs" && echo in; mkdir "/sys/fs/cgroup$p/x" 2>/dev/null || echo refused'
			assert_output in$'\n'refused
		else
			look
			assert_output "$(expected in refused)"
		fi
	done
}

@test "MNT-06 type cgroup2 shows the v2 hierarchy on any machine that has one [fallback]" {
	[ "$(cgroup_mode)" != v1 ] || skip "no v2 hierarchy"
	cgroup_bundle private ro
	config '.mounts |= map(if .type == "cgroup" then .type = "cgroup2" | .options = ["ro", "nosuid"] else . end)'
	in_container 'grep -x "$$" /sys/fs/cgroup/cgroup.procs; ls -d /sys/fs/cgroup/cgroup.subtree_control; mkdir /sys/fs/cgroup/x 2>/dev/null || echo refused'
	assert_output $'1\n/sys/fs/cgroup/cgroup.subtree_control\nrefused'
}

@test "MNT-06 the host's hierarchies keep their flags, whatever the container's mounts get" {
	local before
	before=$(grep cgroup /proc/self/mountinfo)
	cgroup_bundle private ro,nosuid,noexec
	in_container true
	cgroup_bundle host rw
	in_container true
	assert_equal "$(grep cgroup /proc/self/mountinfo)" "$before"
}

@test "MNT-06 a read-only rbind of /sys takes the host's cgroups with it read-only (CVE-2023-25809) [fallback]" {
	local ns
	for ns in private host; do
		cgroup_bundle $ns ro
		config '.mounts |= map(select(.type != "cgroup") | if .destination == "/sys" then
			{destination: "/sys", type: "none", source: "/sys", options: ["rbind", "nosuid", "noexec", "nodev", "ro"]} else . end)'
		in_container 'for d in /sys/fs/cgroup /sys/fs/cgroup/*; do
			[ -d "$d" ] && mkdir "$d/made" 2>/dev/null && rmdir "$d/made" && echo "$d was written"; done; ls /sys/fs/cgroup | grep -c .'
		[ "$output" -gt 3 ] || fail "$output"
	done
	# Where it is asked for, it is writable.
	config '.mounts |= map(if .destination == "/sys" then .options |= map(select(. != "ro")) else . end)'
	local dir=/sys/fs/cgroup
	[ "$(cgroup_mode)" = v2 ] || dir=/sys/fs/cgroup/pids
	in_container "p=\$(grep -E ':(pids)?:' /proc/self/cgroup | cut -d: -f3 | head -1); mkdir $dir/\$p/made && rmdir $dir/\$p/made && echo written"
	assert_output written
}
