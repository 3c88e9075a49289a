#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Broken bundles (tests/broken): what create says about each, as a line and as an entry of
# the log, and that it leaves nothing.
#
# tests/broken/<group>-<case>/ holds edit.jq, a filter for the configuration base.json, or
# script, bash that spoils more than that (BUNDLE, OPTIONS for create, GLOBALS before it);
# and expected: what goes to stderr, then the log's object without its time. ID, TMP and
# BUNDLE stand for this run's, CGROUP for a path of a cgroup. DAVIT_TEST_UPDATE=1 writes
# the expected files anew: look at the difference.
load ../lib/helpers

BROKEN=$TESTS_DIR/broken

# without_places: what differs from run to run and from machine to machine.
without_places() {
	sed -e "s|$BUNDLE|BUNDLE|g; s|$TMP|TMP|g; s|$ID|ID|g" \
		-e 's#/sys/fs/cgroup[^: "]*\( for [a-z_, ]*\)\{0,1\}#CGROUP#g; s|/proc/[0-9][0-9]*/|/proc/PID/|g'
}

# spoil DIR: the bundle of a case.
spoil() {
	GLOBALS=() OPTIONS=()
	rm -rf "$BUNDLE"
	mkdir "$BUNDLE"
	cp -al "$PRISTINE" "$BUNDLE/rootfs"
	cp "$BROKEN/base.json" "$BUNDLE/config.json"
	if [ -e "$1/edit.jq" ]; then
		config --arg tmp "$TMP" --arg bundle "$BUNDLE" --arg id "$ID" -f "$1/edit.jq"
	else
		# shellcheck disable=SC1091
		source "$1/script"
	fi
}

# break_it DIR: create must fail with the words that are expected, and leave nothing.
break_it() {
	local case=$1 name=${1##*/} rc=0
	spoil "$case"
	rm -f "$TMP/log" "$TMP/pid"
	within 10 "$DAVIT" --root "$ROOT" --log "$TMP/log" --log-format json "${GLOBALS[@]}" create \
		--bundle "$BUNDLE" --pid-file "$TMP/pid" "${OPTIONS[@]}" "$ID" </dev/null \
		>"$TMP/stdout" 2>"$TMP/stderr" 3>&- 4>&- || rc=$?
	[ $rc = 1 ] || fail "$name: exit status $rc: $(cat "$TMP/stderr")"
	[ ! -s "$TMP/stdout" ] || fail "$name: something on the standard output"
	# One line, one entry, and its time is one.
	{
		cat "$TMP/stderr"
		jq 'if (.time | sub("\\.[0-9]+"; "") | fromdateiso8601) > 0 then del(.time) else . end' "$TMP/log"
	} | without_places >"$TMP/got"
	[ "${DAVIT_TEST_UPDATE-}" != 1 ] || cp "$TMP/got" "$case/expected"
	diff -u "$case/expected" "$TMP/got" || fail "$name: other words than expected"
	[ ! -e "$TMP/pid" ] || fail "$name: a pid file is left"
	[ ! -e "$ROOT/$ID" ] || fail "$name: state is left"
	no_cgroups || fail "$name: cgroups are left: $(cgroups_of "$ID")"
	no_orphans || wait_for 3 no_orphans || fail "$name: processes are left: $(orphans)"
	type -t repair >/dev/null && repair
	unset -f repair
	return 0
}

# group NAME: its cases, one after the other.
group() {
	local case n=0
	bundle "$TMP/pristine"
	PRISTINE=$TMP/pristine/rootfs
	BUNDLE=$TMP/bundle
	for case in "$BROKEN/$1"-*/; do
		[ -z "${DAVIT_TEST_CASE-}" ] || [[ $case == *"$DAVIT_TEST_CASE"* ]] || continue
		break_it "${case%/}"
		n=$((n + 1))
	done
	[ $n -gt 0 ]
	assert_nothing_left
}

@test "the corpus is large, every case is run, and each expectation says what it must" {
	local case groups
	groups=" $(sed -n 's/^\tgroup \([a-z]*\)$/\1/p' "$BATS_TEST_FILENAME" | tr '\n' ' ') "
	for case in "$BROKEN"/*/; do
		case=${case#"$BROKEN/"}
		[[ $groups == *" ${case%%-*} "* ]] || fail "no test runs $case"
		printf '@@%s\n' "$case"
		cat "$BROKEN/$case/expected"
	done >"$TMP/corpus"
	jq -Rs '[split("@@")[1:][] | split("\n") |
		{case: .[0], line: .[1], log: (.[2:] | join("\n") | fromjson)}]' "$TMP/corpus" >"$TMP/all"
	jq -e 'length >= 40' "$TMP/all"
	# A call has its errno, and both are in the line; a line of a file has the file, and
	# nearly all name their place in the configuration.
	assert_equal "$(jq -r '.[] | .log as $e | select((.line == "davit: " + $e.msg and
		$e.level == "error" and ($e.call == null or ($e.errno != null and
			($e.msg | contains($e.call) and contains($e.errno)))) and
		($e.line == null or ($e.file != null and $e.column != null)) and
		($e.path != null or (.case | test("^(json|caller|cgroup)-")))) | not) |
		.case' "$TMP/all")" ""
}

@test "BUN-01 BUN-02 BUN-05 config.json that is no proper JSON, or no file" {
	group json
}

@test "CONF-01 to CONF-07 members of the top level" {
	group conf
}

@test "ROOT-01 the root file system" {
	need_root
	group root
}

@test "MNT-01 to MNT-16 mounts" {
	need_root
	group mount
}

@test "PROC-01 to PROC-29 the process" {
	need_root
	group process
}

@test "NS-06 to NS-13 MAP-01 to MAP-05 TIME-02 namespaces and mappings" {
	need_root
	group ns
}

@test "DEV-02 to DEV-06 devices" {
	need_root
	group device
}

@test "SYSC-01 to SYSC-06 kernel parameters" {
	need_root
	group sysctl
}

@test "SEC-01 to SEC-14 system call filters" {
	need_root
	group seccomp
}

@test "HOOK-02 HOOK-05 HOOK-10 hooks" {
	need_root
	group hook
}

@test "CG-01 to CG-06 RES-01 to RES-07 cgroups and resources" {
	need_root
	group cgroup
}

@test "MASK-01 MASK-02 PERS-01 PROP-01 the rest of linux, and what later releases bring" {
	need_root
	group linux
}

@test "the state folder, the pid file, and other files of the caller" {
	need_root
	group caller
}

@test "WARN-01 PROC-16 unknown capabilities are a warning that is told when asked for" {
	bundle
	config '.process.capabilities.bounding += ["CAP_FLY"] | .process.args = ["true"]'
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_output ""
	run -0 davit --log-level warning run --bundle "$BUNDLE" "$ID"
	assert_output --partial CAP_FLY
	assert_output --partial process.capabilities
	run -0 davit check --bundle "$BUNDLE"
	assert_output --partial CAP_FLY
}

@test "ERR-01 on a terminal the place, the step and the hint have lines of their own" {
	bundle
	config '.mounts += [{"destination": "/m", "type": "nosuchfs", "source": "x"}]'
	run -1 python3 -c 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))' \
		"$DAVIT" --root "$ROOT" create --bundle "$BUNDLE" "$ID" 3>&- 4>&-
	assert_output --partial nosuchfs
	assert_output --regexp 'where: +config.json:[0-9]+:[0-9]+ mounts\[7\]'
	assert_output --regexp 'step: +mounts \(init\)'
	assert_output --partial "hint:"
	assert_nothing_left
}

@test "ERR-01 several faults are told together: one line for the first, all of them in the log" {
	bundle
	config '.ociVersion = "x" | .hostname = 5 | .process.cwd = "rel" | .root.path = ""'
	run -1 davit --log "$TMP/log" --log-format json create --bundle "$BUNDLE" "$ID"
	assert_equal "${#lines[@]}" 1
	assert_output --regexp '\(and [0-9]+ more\)$'
	jq -e '.faults | length >= 3' "$TMP/log"
	jq -e '[.faults[].path] | index("hostname") and index("process.cwd") and index("ociVersion")' "$TMP/log"
}
