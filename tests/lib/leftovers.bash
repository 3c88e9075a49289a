# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What a test may not leave behind.

# Every test comes by here twice, and a fork costs more than anything else in a machine without
# hardware virtualisation: where the kernel's files can be read by the shell itself, they are.

# process_stat PID: sets PROCESS_STATE and PROCESS_PARENT; 1 when it is gone.
process_stat() {
	local line rest
	{ read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
	# A name may have spaces and brackets in it.
	read -r PROCESS_STATE PROCESS_PARENT rest <<<"${line##*) }"
}

# The guard's children are the test runner and the orphans: init processes of containers
# and whatever else lost its parent. Sets ORPHANS to their pids.
find_orphans() {
	local pid children=''
	ORPHANS=()
	read -r children <"/proc/$DAVIT_GUARD_PID/task/$DAVIT_GUARD_PID/children" || true
	for pid in $children; do
		[ "$pid" != "$RUNNER_PID" ] && process_stat "$pid" && [ "$PROCESS_STATE" != Z ] || continue
		ORPHANS+=("$pid")
	done
}

orphans() {
	find_orphans
	[ ${#ORPHANS[@]} = 0 ] || ps -ww -o pid=,args= "${ORPHANS[@]}"
}

# Sets RUNNER_PID: the child of the guard that is our ancestor.
find_runner() {
	RUNNER_PID=$$
	while process_stat "$RUNNER_PID" && [ "$PROCESS_PARENT" != "$DAVIT_GUARD_PID" ]; do
		[ "$PROCESS_PARENT" -gt 1 ] || { RUNNER_PID=0; return; }
		RUNNER_PID=$PROCESS_PARENT
	done
}

# mounts [FILE]: where, and what kind, of /proc/self/mountinfo or a copy
mounts() { awk '{ print $5, $9 }' "${1:-/proc/self/mountinfo}" | sort; }

# What nobody touched is the same byte by byte; only else is it looked at more closely.
remember_mounts() { mapfile MACHINE_MOUNTS </proc/self/mountinfo; }
same_mounts() {
	local now
	mapfile now </proc/self/mountinfo
	[ "${now[*]}" = "${MACHINE_MOUNTS[*]}" ] ||
		diff <(mounts <(printf '%s' "${MACHINE_MOUNTS[@]}")) <(mounts) >"$TMP/.mounts.diff"
}

remember_machine() {
	find_runner
	remember_mounts
	read -r HOSTNAME_BEFORE </proc/sys/kernel/hostname
}

# delete_all: what is in this test's state roots, the container's own files first.
delete_all() {
	local root entry id rc=0
	for root in "$ROOT" "$TMP"/root-*; do
		[ -d "$root" ] || continue
		for entry in "$root"/*/state.json; do
			[ -e "$entry" ] || continue
			id=${entry%/state.json}
			id=${id##*/}
			"$DAVIT" --root "$root" delete --force "$id" 3>&- 4>&- ||
				{ echo "# cannot delete $id"; rc=1; }
		done
	done
	return $rc
}

no_orphans() {
	find_orphans
	[ ${#ORPHANS[@]} = 0 ]
}
no_cgroups() { [ -z "$(cgroups_of "$ID")" ]; }

remove_cgroup() {
	local dir=$1 i
	[ ! -e "$dir/freezer.state" ] || echo THAWED >"$dir/freezer.state"
	[ ! -e "$dir/cgroup.freeze" ] || echo 0 >"$dir/cgroup.freeze"
	for i in 1 2 3 4 5; do
		# shellcheck disable=SC2046 # pids
		kill -KILL $(cat "$dir/cgroup.procs" 2>/dev/null) 2>/dev/null
		rmdir "$dir" 2>/dev/null && return
		sleep 0.1
	done
}

# check_nothing_left: names what is left, removes it, and fails.
check_nothing_left() {
	local left='' pid dir name
	if ! wait_for 3 no_orphans; then
		left+="processes: $(orphans)"$'\n'
		for pid in "${ORPHANS[@]}"; do kill -KILL "$pid"; done
	fi
	if ! wait_for 3 no_cgroups; then
		left+="cgroups: $(cgroups_of "$ID")"$'\n'
		cgroups_of "$ID" | sort -r | while read -r dir; do remove_cgroup "$dir"; done
	fi
	if ! same_mounts; then
		left+="mounts: $(cat "$TMP/.mounts.diff")"$'\n'
		sed -n 's/^> \([^ ]*\) .*/\1/p' "$TMP/.mounts.diff" | sort -r |
			while read -r dir; do umount -l "$(printf '%b' "$dir")" 2>/dev/null; done
	fi
	for dir in "$ROOT"/* "$ROOT"/.[!.]*; do
		[ ! -e "$dir" ] && [ ! -L "$dir" ] || left+="state: $(find "$dir")"$'\n'
	done
	read -r name </proc/sys/kernel/hostname
	[ "$name" = "$HOSTNAME_BEFORE" ] || left+="hostname is $name"$'\n'
	[ -z "$left" ] || { printf 'left behind:\n%s' "$left" >&2; return 1; }
}

# assert_nothing_left [ID]: now, before teardown deletes anything: no state, no process,
# no cgroup, no mount of this test.
assert_nothing_left() {
	[ ! -e "$ROOT/${1:-$ID}" ] || fail "state left: $(find "$ROOT/${1:-$ID}")"
	wait_for 2 no_orphans || fail "processes left: $(orphans)"
	wait_for 2 no_cgroups || fail "cgroups left: $(cgroups_of "$ID")"
	same_mounts || fail "mounts differ: $(cat "$TMP/.mounts.diff")"
}
