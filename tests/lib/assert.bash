# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Assertions over what bats' `run` or `detached` left in $status, $output and $stderr.

fail() {
	printf '%s\n' "$*" >&2
	return 1
}

show_run() {
	printf 'status: %s\noutput: %s\n' "${status-}" "${output-}"
	[ -z "${stderr-}" ] || printf 'stderr: %s\n' "$stderr"
}

assert_success() {
	[ "$status" = 0 ] || fail "expected success
$(show_run)"
}

# assert_failure [STATUS]
assert_failure() {
	if [ $# -gt 0 ]; then
		[ "$status" = "$1" ] || fail "expected exit status $1
$(show_run)"
	else
		[ "$status" != 0 ] || fail "expected a failure
$(show_run)"
	fi
}

assert_equal() {
	[ "$1" = "$2" ] || fail "expected: $2
     got: $1"
}

# assert_matches TEXT KIND WANTED, KIND being --partial or --regexp or --exact
assert_matches() {
	case $2 in
	--exact) [ "$1" = "$3" ] ;;
	--partial) [[ $1 == *"$3"* ]] ;;
	--regexp) [[ $1 =~ $3 ]] ;;
	*) fail "unknown kind of match $2" ;;
	esac
}

# assert_output [--partial|--regexp] TEXT, assert_stderr likewise
assert_output() {
	local kind=--exact
	[ $# -eq 1 ] || { kind=$1; shift; }
	assert_matches "$output" "$kind" "$1" || fail "expected output ($kind): $1
$(show_run)"
}
assert_stderr() {
	local kind=--exact
	[ $# -eq 1 ] || { kind=$1; shift; }
	assert_matches "$stderr" "$kind" "$1" || fail "expected stderr ($kind): $1
$(show_run)"
}

# refute_output --partial|--regexp TEXT
refute_output() {
	! assert_matches "$output" "$1" "$2" || fail "unexpected output: $2
$(show_run)"
}

# some_line KIND TEXT: a line of the output matches
some_line() {
	local line
	while IFS= read -r line; do
		! assert_matches "$line" "$1" "$2" || return 0
	done <<<"$output"
	return 1
}

# assert_line [--partial|--regexp] TEXT: one line of the output is, has or matches TEXT.
assert_line() {
	local kind=--exact
	[ $# -eq 1 ] || { kind=$1; shift; }
	some_line "$kind" "$1" || fail "expected a line ($kind): $1
$(show_run)"
}
refute_line() {
	local kind=--exact
	[ $# -eq 1 ] || { kind=$1; shift; }
	! some_line "$kind" "$1" || fail "unexpected line ($kind): $1
$(show_run)"
}

# assert_json FILTER: jq says true about the output.
assert_json() {
	jq -e "$@" <<<"$output" >/dev/null || fail "not so: $*
$(show_run)"
}

# within SECONDS COMMAND...: ended by TERM after that time, where slow machines get more of it
within() {
	local seconds=$(($1 * ${DAVIT_TEST_SLOW:-1}))
	shift
	timeout "$seconds" "$@"
}
