# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What a test may not leave behind.

# The guard's children are the test runner and the orphans: init processes of containers
# and whatever else lost its parent.
orphans() {
	ps -ww --ppid "$DAVIT_GUARD_PID" -o pid=,stat=,args= |
		awk -v runner="$RUNNER_PID" '$1 != runner && $2 !~ /^Z/ { $2 = ""; print }'
}

# The child of the guard that is our ancestor.
runner_pid() {
	local pid=$$ ppid name
	while :; do
		while read -r name ppid; do [ "$name" != PPid: ] || break; done <"/proc/$pid/status"
		[ "$ppid" != "$DAVIT_GUARD_PID" ] || { echo "$pid"; return; }
		[ "$ppid" -gt 1 ] || { echo 0; return; }
		pid=$ppid
	done
}

mounts() { awk '{ print $5, $9 }' /proc/self/mountinfo | sort; }

remember_machine() {
	RUNNER_PID=$(runner_pid)
	mounts >"$TMP/.mounts"
	HOSTNAME_BEFORE=$(uname -n)
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

no_orphans() { [ -z "$(orphans)" ]; }
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
	local left='' pid rest dir
	if ! wait_for 3 no_orphans; then
		left+="processes: $(orphans)"$'\n'
		while read -r pid rest; do kill -KILL "$pid"; done < <(orphans)
	fi
	if ! wait_for 3 no_cgroups; then
		left+="cgroups: $(cgroups_of "$ID")"$'\n'
		cgroups_of "$ID" | sort -r | while read -r dir; do remove_cgroup "$dir"; done
	fi
	if ! mounts | diff "$TMP/.mounts" - >"$TMP/.mounts.diff"; then
		left+="mounts: $(cat "$TMP/.mounts.diff")"$'\n'
		sed -n 's/^> \([^ ]*\) .*/\1/p' "$TMP/.mounts.diff" | sort -r |
			while read -r dir; do umount -l "$(printf '%b' "$dir")" 2>/dev/null; done
	fi
	if [ -n "$(find "$ROOT" -mindepth 1 2>/dev/null | head -1)" ]; then
		left+="state: $(find "$ROOT" -mindepth 1)"$'\n'
	fi
	[ "$(uname -n)" = "$HOSTNAME_BEFORE" ] || left+="hostname is $(uname -n)"$'\n'
	[ -z "$left" ] || { printf 'left behind:\n%s' "$left" >&2; return 1; }
}

# assert_nothing_left [ID]: now, before teardown deletes anything: no state, no process,
# no cgroup, no mount of this test.
assert_nothing_left() {
	[ ! -e "$ROOT/${1:-$ID}" ] || fail "state left: $(find "$ROOT/${1:-$ID}")"
	wait_for 2 no_orphans || fail "processes left: $(orphans)"
	wait_for 2 no_cgroups || fail "cgroups left: $(cgroups_of "$ID")"
	mounts | diff "$TMP/.mounts" - || fail "mounts differ"
}
