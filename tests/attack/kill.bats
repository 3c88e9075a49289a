#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Killed at any system call of create and of start: nothing is left that matters (A7, J3).
load attack

# A sample of the calls, spread over all of them; DAVIT_TEST_LONG=1 takes every one.
calls_to_try() {
	local total=$1 sample=$2
	if [ "${DAVIT_TEST_LONG-}" = 1 ] || [ "$total" -le "$sample" ]; then
		seq 1 "$total"
	else
		# A different offset every day, so that in time all are tried.
		awk -v t="$total" -v s="$sample" -v d="$(date +%j)" \
			'BEGIN { for (i = 0; i < s; i++) print 1 + int((i + (d % 10) / 10) * t / s) }'
	fi
}

# step NAME [OPTION...] -- ARG...: davit under the stepper; sets rc, $TMP/step
step() {
	local options=()
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	shift
	rc=0
	timeout 20 "$PROGRAMS/stepper" "${options[@]}" --out "$TMP/step" -- \
		"$DAVIT" --root "$ROOT" "$@" </dev/null >"$TMP/out" 2>"$TMP/err" 3>&- 4>&- || rc=$?
	[ "$rc" != 124 ] || fail "$*: hangs"
}

only_if_alive() { [ -z "$(orphans)" ] || [ "$1" = created ] || [ "$1" = running ] || [ "$1" = paused ]; }
settled() { only_if_alive "$(davit state "$ID" 2>&- | jq -r .status)"; }

# after_kill WHAT: within 2 s nobody lives unless the record says so; the queries work; what there
# is can be deleted, and then there is nothing.
after_kill() {
	wait_for 2 settled || fail "$1: lives: $(orphans): $(davit state "$ID" 2>&1)"
	davit list >"$TMP/list" || fail "$1: list fails"
	if ! davit state "$ID" >"$TMP/state" 2>"$TMP/err2"; then
		grep -q "container does not exist" "$TMP/err2" || fail "$1: state: $(cat "$TMP/err2")"
		! grep -q "$ID" "$TMP/list" || fail "$1: list has it, state has not"
	fi
	davit delete --force "$ID" 2>"$TMP/err2" || fail "$1: delete --force: $(cat "$TMP/err2")"
	wait_for 2 no_orphans || fail "$1: after delete lives: $(orphans)"
	wait_for 2 no_cgroups || fail "$1: cgroups left: $(cgroups_of "$ID")"
	[ -z "$(ls -A "$ROOT" 2>&-)" ] || fail "$1: state left: $(find "$ROOT")"
	assert_canary "$1"
}

# kill_create OPTION... : create killed at each call that the options select
kill_create() {
	local k total
	canary
	step "$@" -- create --bundle "$BUNDLE" --pid-file "$TMP/pid" "$ID"
	[ "$rc" = 0 ] || fail "create under the stepper: $(cat "$TMP/err")"
	davit delete --force "$ID"
	total=$(sed -n 's/^calls //p' "$TMP/step")
	[ "$total" -gt 20 ] || fail "only $total calls"
	for k in $(calls_to_try "$total" "${SAMPLE:-12}"); do
		rm -f "$TMP/pid"
		step "$@" --kill "$k" -- create --bundle "$BUNDLE" --pid-file "$TMP/pid" "$ID"
		# What create calls a success is created; or was, if init died after the last word.
		case $rc:$(davit state "$ID" 2>&- | jq -r .status) in
		0:created) ;;
		0:stopped) grep -q '^killed.*child' "$TMP/step" ||
			fail "call $k of $total: create says 0: $(davit state "$ID")" ;;
		0:*) fail "call $k of $total: create says 0: $(davit state "$ID")" ;;
		esac
		[ "$rc" = 0 ] || [ ! -e "$TMP/pid" ] || [ "$rc" = 137 ] ||
			fail "call $k of $total: failed, and the pid file is there"
		after_kill "call $k of $total, $(cat "$TMP/step")"
	done
}

@test "A7 B11 create is killed at any of its own system calls, and the host has the mounts that it had" {
	bundle
	args sleep 100
	kill_create --only first
}

@test "A7 B11 init is killed at any of its system calls before it is created" {
	bundle
	args sleep 100
	kill_create --only others
}

@test "A7 create with hooks, a relay and id mappings is killed at any system call" {
	bundle
	args sleep 100
	background unshare -p -f --kill-child sleep 1000
	wait_for 5 pgrep -P "$BG"
	config --arg ns "/proc/$(pgrep -P "$BG")/ns/pid" '
		.hooks = {prestart: [{path: "/bin/true"}], createRuntime: [{path: "/bin/true"}],
			createContainer: [{path: "/bin/true"}]} |
		.linux.resources.pids.limit = 20 |
		.linux.namespaces |= map(if .type == "pid" then . + {path: $ns} else . end)'
	SAMPLE=8 kill_create
}

@test "A7 start is killed at any system call of its own and of init" {
	local k total which
	bundle
	args sleep 100
	canary
	for which in first others; do
		create
		step --only "$which" -- start "$ID"
		[ "$rc" = 0 ] || fail "start under the stepper: $(cat "$TMP/err")"
		davit delete --force "$ID"
		total=$(sed -n 's/^calls //p' "$TMP/step")
		for k in $(calls_to_try "$total" 5); do
			create
			step --only "$which" --kill "$k" -- start "$ID"
			after_kill "start, $which, call $k of $total, $(cat "$TMP/step")"
		done
	done
}

@test "A7 run is killed at any system call" {
	local k total
	bundle
	args /bin/true
	canary
	step -- run --bundle "$BUNDLE" "$ID"
	[ "$rc" = 0 ] || fail "run under the stepper: $(cat "$TMP/err")"
	total=$(sed -n 's/^calls //p' "$TMP/step")
	for k in $(calls_to_try "$total" 6); do
		step --kill "$k" -- run --bundle "$BUNDLE" "$ID"
		after_kill "run, call $k of $total, $(cat "$TMP/step")"
	done
}

# kill_each NAME SAMPLE ARG...: a command on a container that runs, killed at each of its calls. The
# container goes on, what was changed is one state or the other, and it can be deleted.
kill_each() {
	local name=$1 sample=$2 k total
	shift 2
	[ -n "${CANARY-}" ] || canary
	running
	before_each_kill
	step --only first -- "$@" "$ID"
	[ "$rc" = 0 ] || fail "$name under the stepper: $(cat "$TMP/err")"
	davit delete --force "$ID"
	total=$(sed -n 's/^calls //p' "$TMP/step")
	for k in $(calls_to_try "$total" "$sample"); do
		running
		before_each_kill
		step --only first --kill "$k" -- "$@" "$ID"
		after_each_kill "$name, call $k of $total"
		after_kill "$name, call $k of $total, $(cat "$TMP/step")"
	done
}
before_each_kill() { :; }
after_each_kill() { :; }

@test "A7 update is killed at any system call: it can be done again, and delete leaves nothing" {
	need_controller pids memory
	bundle
	args sleep 100
	config '.linux.resources += {pids: {limit: 30}, memory: {limit: 67108864}}'
	after_each_kill() {
		jq -e '.linux.resources.pids.limit == 30 or .linux.resources.pids.limit == 40' "$ROOT/$ID/config.json" >/dev/null ||
			fail "$1: stored: $(jq -c .linux.resources "$ROOT/$ID/config.json")"
		davit update --pids-limit 50 --memory 48M "$ID" || fail "$1: a second update"
		jq -e '.linux.resources.pids.limit == 50' "$ROOT/$ID/config.json" >/dev/null || fail "$1: not stored"
		[ "$(state_of)" = running ] || fail "$1: $(state_of)"
	}
	kill_each update 12 update --pids-limit 40 --memory 32M --device-allow "c 1:11 r"
}

@test "A7 pause and resume are killed at any system call: resume or delete get the container out of it" {
	bundle
	args sleep 100
	need_freezer() { [ "$(cgroup_mode)" = v2 ] || need_controller freezer; }
	need_freezer
	after_each_kill() {
		[ "$(state_of)" = running ] || davit resume "$ID" || fail "$1: resume from $(state_of)"
		[ "$(state_of)" = running ] || fail "$1: $(state_of)"
		davit pause "$ID" || fail "$1: pause again"
	}
	kill_each pause 8 pause
	before_each_kill() { davit pause "$ID"; }
	after_each_kill() {
		[ "$(state_of)" = running ] || davit resume "$ID" || fail "$1: resume from $(state_of)"
	}
	kill_each resume 6 resume
}

@test "A7 delete is killed at any system call: the next one ends it" {
	local k total force
	bundle
	args sleep 100
	canary
	for force in '' --force; do
		detached davit create --bundle "$BUNDLE" "$ID"
		assert_success
		[ -z "$force" ] || davit start "$ID"
		step --only first -- delete $force "$ID"
		[ "$rc" = 0 ] || fail "delete under the stepper: $(cat "$TMP/err")"
		total=$(sed -n 's/^calls //p' "$TMP/step")
		for k in $(calls_to_try "$total" 8); do
			detached davit create --bundle "$BUNDLE" "$ID"
			assert_success
			[ -z "$force" ] || davit start "$ID"
			step --only first --kill "$k" -- delete $force "$ID"
			after_kill "delete $force, call $k of $total, $(cat "$TMP/step")"
		done
	done
}
