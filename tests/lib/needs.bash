# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# need_*: skip the test where the machine lacks something, saying what.

CGROUP_ROOT=/sys/fs/cgroup

# cgroup_mode: v2, v1 or hybrid
cgroup_mode() {
	if [ "$(stat -fc %T $CGROUP_ROOT)" = cgroup2fs ]; then
		echo v2
	elif [ -e $CGROUP_ROOT/unified/cgroup.procs ]; then
		echo hybrid
	else
		echo v1
	fi
}

need_root() { [ "$(id -u)" = 0 ] || skip "needs root"; }
need_cmd() {
	local c
	for c in "$@"; do
		command -v "$c" >/dev/null || skip "needs $c"
	done
}
need_v2() { [ "$(cgroup_mode)" = v2 ] || skip "needs cgroup v2"; }
need_v1() { [ "$(cgroup_mode)" != v2 ] || skip "needs cgroup v1"; }

# has_controller NAME, need_controller NAME...: by v2's list, of what is delegated to an ordinary user, or
# by v1's mounts
has_controller() {
	local uid dir
	if [ "$(cgroup_mode)" = v2 ]; then
		uid=$(id -u)
		dir=$CGROUP_ROOT/user.slice/user-$uid.slice/user@$uid.service
		[ "$uid" != 0 ] && [ -e "$dir" ] || dir=$CGROUP_ROOT
		grep -qw "$1" "$dir/cgroup.controllers"
	else
		grep -qE -e " - cgroup [^ ]+ ([^ ]*,)?$1(,|$)" /proc/self/mountinfo
	fi
}
need_controller() {
	local c
	for c in "$@"; do
		has_controller "$c" || skip "needs the cgroup controller $c"
	done
}

need_systemd() { [ -d /run/systemd/system ] || skip "needs systemd as PID 1"; }

# need_cgroupfs: a test of that driver, when DAVIT_TEST_CGROUP says another one
need_cgroupfs() {
	[ "${DAVIT_TEST_CGROUP:-cgroupfs}" != systemd ] || skip "is about the cgroupfs manager"
}

# need_ids: containers with more ids than root's. An ordinary user maps those of /etc/subuid in
# $BUNDLE, which must be there.
need_ids() {
	local uid gid me
	[ "$(id -u)" != 0 ] || return 0
	need_cmd newuidmap newgidmap
	me=$(id -un)
	uid=$(sed -n "s/^$me:\([0-9]*\):65536$/\1/p" /etc/subuid)
	gid=$(sed -n "s/^$me:\([0-9]*\):65536$/\1/p" /etc/subgid)
	[ -n "$uid" ] && [ -n "$gid" ] || skip "needs 65536 ids in /etc/subuid and /etc/subgid"
	config --argjson me "[$(id -u), $(id -g)]" --argjson sub "[$uid, $gid]" 'def maps(i): [
		{containerID: 0, hostID: $me[i], size: 1}, {containerID: 1, hostID: $sub[i], size: 65535}];
		.linux.uidMappings = maps(0) | .linux.gidMappings = maps(1)'
}

# need_user_manager: an ordinary user with a systemd
need_user_manager() {
	[ "$(id -u)" != 0 ] || skip "needs an ordinary user: tests/vm/run --user"
	[ -S "${XDG_RUNTIME_DIR:-/nonexistent}/systemd/private" ] || skip "needs a systemd of the user"
}

# need_hooks: a build with --enable-test-hooks, which honours DAVIT_TEST_*.
need_hooks() {
	grep -q DAVIT_TEST_WITHOUT "$DAVIT" || skip "needs --enable-test-hooks"
}

# need_no_asan: tests of RLIMIT_AS and tiny memory limits
need_no_asan() {
	! grep -q __asan_init "$DAVIT" || skip "not under the address sanitizer"
}

# need_kernel 5.12
need_kernel() {
	local have
	have=$(uname -r)
	[ "$(printf '%s\n' "$1" "$have" | sort -V | head -1)" = "$1" ] || skip "needs Linux $1"
}

# need_cap NUMBER: some test machines give root fewer than all capabilities.
need_cap() {
	local n=$1 have
	have=$((16#$(sed -n 's/^CapEff:\s*//p' /proc/self/status)))
	[ $(((have >> n) & 1)) = 1 ] || skip "needs capability number $n"
}
