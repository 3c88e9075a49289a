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

only_if_alive() { [ -z "$(orphans)" ] || [ "$1" = created ] || [ "$1" = running ]; }
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
