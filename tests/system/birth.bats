#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tags: vm
# How a process comes into its cgroup, and what is written to cgroups: nothing of it waits for a
# grace period of RCU, which a machine at rest takes 10 to 30 ms for. What waits is moving another
# process, or a process of several threads, by cgroup.procs.
load ../lib/helpers

# traced NAME COMMAND...: with its children; the container's program is true
traced() {
	local name=$1
	shift
	strace -f -qq -y -s 64 -e trace=clone,clone3,fork,vfork,write,openat -o "$TMP/$name" \
		"$DAVIT" --root "$ROOT" "${MANAGER[@]}" "$@" >"$TMP/$name.out" 2>&1 </dev/null 3>&- 4>&- ||
		fail "$name: $(cat "$TMP/$name.out")"
}

setup() {
	test_setup
	need_cmd strace
	MANAGER=()
	bundle
	args true
	config --arg p "$(cgroup_path)" '.linux.cgroupsPath = $p | .linux.resources += {pids: {limit: 100}}'
}

# never REGEXP NAME: no such line in the trace
never() { ! grep -E -e "$1" "$TMP/$2" || fail "$2: $1"; }
# written FILE NAME: how often the container's file (a regular expression) was written
written() { grep -cE "write\([0-9]+<[^>]*/davit-$ID/($1)>" "$TMP/$2" || :; }

# sleeper: a second container to exec into
sleeper() {
	args sleep 100
	running "$ID-s"
}

@test "CG-07 v1: run and exec enter every hierarchy by a 0 of their own in tasks, and move nobody" {
	need_v1
	need_cgroupfs
	local n
	n=$(grep -c ' - cgroup ' /proc/self/mountinfo)
	traced run run --bundle "$BUNDLE" "$ID"
	sleeper
	traced exec exec "$ID-s" true
	for f in run exec; do
		# strace breaks a line off when another process has something to say; one that failed would
		# have failed the command.
		assert_equal "$(grep -cE '/tasks>, "0", 1(\) += 1| <unfinished \.\.\.>)$' "$TMP/$f")" "$n"
		never 'write\([0-9]+<[^>]*/cgroup.procs>' $f
		never 'write\([0-9]+<[^>]*/tasks>, "[^0]' $f
	done
}

@test "CG-07 v2: run and exec are born in the cgroup by CLONE_INTO_CGROUP, and move nobody" {
	grep -q ' - cgroup2 ' /proc/self/mountinfo || skip "needs cgroup v2"
	need_cgroupfs
	need_kernel 5.7
	traced run run --bundle "$BUNDLE" "$ID"
	sleeper
	traced exec exec "$ID-s" true
	for f in run exec; do
		grep -qE 'clone3\(\{flags=[A-Z_|]*CLONE_INTO_CGROUP[^)]*cgroup=[0-9]+' "$TMP/$f"
		never 'write\([0-9]+<[^>]*/cgroup.procs>' $f
	done
}

@test "CG-07 v2: exec into a unit of systemd is born in it" {
	# The session of an ordinary user is not below the user's manager, which moves the process then.
	need_root
	need_systemd
	need_v2
	need_kernel 5.7
	config 'del(.linux.cgroupsPath)'
	args sleep 100
	detached davit --systemd-cgroup create --bundle "$BUNDLE" "$ID"
	assert_equal "$status" 0
	davit start "$ID"
	traced exec exec "$ID" true
	grep -qE 'clone3\(\{flags=[A-Z_|]*CLONE_INTO_CGROUP[^)]*cgroup=[0-9]+' "$TMP/exec"
	never 'write\([0-9]+<[^>]*/cgroup.procs>' exec
}

@test "CG-07 v2: where the kernel lacks CLONE_INTO_CGROUP the child waits until it was moved" {
	grep -q ' - cgroup2 ' /proc/self/mountinfo || skip "needs cgroup v2"
	need_cgroupfs
	need_hooks
	export DAVIT_TEST_WITHOUT=clone-into-cgroup
	args cat /proc/self/cgroup
	traced run run --bundle "$BUNDLE" "$ID"
	never CLONE_INTO_CGROUP run
	grep -qE '/cgroup.procs>, "[1-9][0-9]*", [0-9]+\) += ' "$TMP/run"
	# In its own cgroup, of which it sees the root.
	grep -qx '0::/' "$TMP/run.out"
	sleeper
	traced exec exec "$ID-s" cat /proc/self/cgroup
	never CLONE_INTO_CGROUP exec
	grep -qE '/cgroup.procs>, "[1-9][0-9]*", [0-9]+\) += ' "$TMP/exec"
	grep -qx '0::/' "$TMP/exec.out"
}

@test "RES-20 v1: CPUs and nodes of the configuration are written once, those above and unset ones copied" {
	need_v1
	need_cgroupfs
	need_controller cpuset
	config '.linux.resources.cpu = {cpus: "0", mems: "0"}'
	traced run run --bundle "$BUNDLE" "$ID"
	assert_equal "$(written 'cpuset.(cpus|mems)' run)" 2
	config '.linux.resources.cpu = {cpus: "0"}'
	traced run run --bundle "$BUNDLE" "$ID"
	assert_equal "$(written 'cpuset.cpus' run)" 1
	assert_equal "$(written 'cpuset.mems' run)" 1
}

@test "update writes what is not in force, and looks into no hierarchy that it does not concern" {
	need_cgroupfs
	need_controller memory pids
	args sleep 100
	config '.linux.resources.memory = {limit: 67108864}'
	running
	traced same update --memory 64M --pids-limit 100 "$ID"
	never 'openat.*(memory|pids)\..*O_WRONLY' same
	traced other update --memory 64M --pids-limit 101 "$ID"
	assert_equal "$(written '(memory|pids)\..*' other)" 1
	grep -qE 'pids.max>, "101", 3\) += 3' "$TMP/other"
	[ "$(cgroup_mode)" = v2 ] || never '/(cpuset|devices|blkio)"' other
	# What was stored is what was asked for, whether it had to be written or not.
	assert_equal "$(jq -c '[.linux.resources.memory.limit, .linux.resources.pids.limit]' "$ROOT/$ID/config.json")" \
		'[67108864,101]'
}

@test "update with a weight and the end of idling writes both" {
	need_cgroupfs
	need_controller cpu
	args sleep 100
	running
	local dir file
	dir=$(for d in $(cgroups_of "$ID"); do [ ! -e "$d/cpu.idle" ] || echo "$d"; done | head -1)
	[ -n "$dir" ] || skip "needs cpu.idle"
	file=cpu.shares
	[ -e "$dir/$file" ] || file=cpu.weight
	davit update --cpu-idle 1 "$ID"
	# Idle, the group reads as the least weight; ended, as the usual one.
	davit update --resources - "$ID" <<<'{"cpu": {"idle": 0, "shares": 3}}'
	[ "$(cat "$dir/$file")" -le 3 ] || fail "$file is $(cat "$dir/$file")"
}
