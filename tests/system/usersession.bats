#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Containers of an ordinary user by the user's own systemd, in a session with a delegated cgroup
# (tests/vm/run --init systemd --user; docs/conformance.md section 13).
load ../lib/helpers

setup() {
	test_setup
	need_user_manager
	UNIT=davit-$ID.scope
	PLACE=$CGROUP_ROOT/user.slice/user-$(id -u).slice/user@$(id -u).service/user.slice/$UNIT
}

sd_create() {
	detached davit --systemd-cgroup create --bundle "$BUNDLE" "$@" "$ID"
	[ "$status" = 0 ] || fail "create: exit $status: $stderr"
}
shown() { systemctl --user show -P "$1" "${2:-$UNIT}"; }
no_unit() { [ -z "$(systemctl --user list-units --all --plain --no-legend "*$ID*")" ]; }
limit() { assert_equal "$(cat "$PLACE/$1")" "$2"; }
sd_refused() {
	run -1 davit --systemd-cgroup create --bundle "$BUNDLE" "$ID"
	assert_output --partial "$1"
	assert_nothing_left
	no_unit
}

@test "CG-03 CG-11 the user's systemd has the unit in user.slice, and nothing of it is left" {
	bundle
	args sleep 100
	sd_create
	grep -qx "$(pid_of)" "$PLACE/cgroup.procs"
	assert_equal "$(shown Slice) $(shown Delegate)" "user.slice yes"
	assert_equal "$(jq -r '.unit, .user_manager, .cgroup_driver' "$ROOT/$ID/state.json" | paste -sd' ')" "$UNIT true systemd"
	davit start "$ID"
	davit kill "$ID" KILL
	wait_status stopped
	davit delete "$ID"
	wait_for 5 no_unit
	[ ! -e "$PLACE" ]
}

@test "CG-04 slice:prefix:name in a slice of the user's" {
	bundle
	args sleep 100
	config --arg p "d-$ID.slice:pre:$ID" '.linux.cgroupsPath = $p'
	sd_create
	UNIT=pre-$ID.scope
	assert_equal "$(shown ControlGroup)" "/user.slice/user-$(id -u).slice/user@$(id -u).service/d.slice/d-$ID.slice/$UNIT"
	davit delete --force "$ID"
	systemctl --user stop "d-$ID.slice" d.slice
	[ ! -e "$CGROUP_ROOT$(shown ControlGroup)/cgroup.procs" ] || no_unit
}

@test "limits of delegated controllers are in force and survive a daemon-reload" {
	bundle
	args sleep 100
	config '.linux.resources += {memory: {limit: 67108864}, cpu: {shares: 512, quota: 20000, period: 50000}, pids: {limit: 50}}'
	sd_create
	local i
	for i in before after; do
		limit memory.max 67108864
		limit cpu.weight 59
		limit cpu.max "20000 50000"
		limit pids.max 50
		systemctl --user daemon-reload
	done
	assert_equal "$(shown MemoryMax) $(shown CPUWeight) $(shown TasksMax)" "67108864 59 50"
	davit start "$ID"
	run -0 davit update --memory 134217728 "$ID"
	limit memory.max 134217728
	assert_equal "$(shown MemoryMax)" 134217728
}

@test "CG-11 a controller that is not delegated is named, and nothing is left" {
	need_controller io
	! grep -qw io "$CGROUP_ROOT/user.slice/user-$(id -u).slice/user@$(id -u).service/cgroup.controllers" || skip "io is delegated here"
	bundle
	config '.linux.resources += {blockIO: {weight: 500}, memory: {limit: 67108864}}'
	sd_refused "no io controller"
}

@test "exec, pause, resume and kill --all work in a unit of the user's" {
	bundle
	script 'sleep 100 & sleep 100 & wait'
	sd_create
	davit start "$ID"
	davit exec --detach --pid-file "$TMP/pid" "$ID" sleep 100 3>&- 4>&-
	grep -qx "$(cat "$TMP/pid")" "$PLACE/cgroup.procs"
	davit pause "$ID"
	assert_equal "$(state_of)" paused
	davit resume "$ID"
	davit kill --all "$ID" KILL
	wait_status stopped
	davit delete "$ID"
	wait_for 5 no_unit
}

@test "by the session's bus in place of the manager's own socket" {
	[ -S "$XDG_RUNTIME_DIR/bus" ] || skip "needs a session bus"
	bundle
	args sleep 100
	# Another spelling than the usual one, which is taken at its word.
	DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/./bus sd_create
	assert_equal "$(shown ActiveState)" active
	DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/./bus davit delete --force "$ID"
	no_unit
}

@test "without a manager in reach: a clear error, nothing left" {
	bundle
	DBUS_SESSION_BUS_ADDRESS='' XDG_RUNTIME_DIR=$TMP/none sd_refused "cannot reach systemd"
	DBUS_SESSION_BUS_ADDRESS=unix:path=$TMP/nobody sd_refused "$TMP/nobody"
}

@test "CG-11 the cgroupfs manager runs without a cgroup where nothing is asked" {
	bundle
	args true
	run -0 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&- 4>&-
}
