#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# System call filters in force (docs/conformance.md section 17).
load ../lib/helpers

# filter JSON: linux.seccomp.
filter() { config --argjson s "$1" '.linux.seccomp = $s'; }

# deny CALLS ACTION [MEMBERS]: everything is allowed but CALLS, a JSON list.
deny() {
	filter "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": $1, \"action\": \"$2\"${3:+, $3}}]}"
}

# Signals to init from inside are ignored, so that kill(2) is a call with an argument of our
# choice and without effect.
SIGNALS='for n in 1 3 4 8 9 10 12 15; do kill -$n 1 2>/dev/null && printf "%s " $n; done; echo'

@test "SEC-02 ERRNO: EPERM, or errnoRet [vm fallback smoke]" {
	bundle
	config '.mounts += [{"destination": "/t", "type": "tmpfs", "source": "t"}]'
	deny '["mkdir", "mkdirat"]' SCMP_ACT_ERRNO
	in_container 'mkdir /t/x 2>&1 || true'
	assert_output --partial "Operation not permitted"
	deny '["mkdir", "mkdirat"]' SCMP_ACT_ERRNO '"errnoRet": 28'
	in_container 'mkdir /t/x 2>&1 || true'
	assert_output --partial "No space left on device"
	deny '["mkdir", "mkdirat"]' SCMP_ACT_ERRNO '"errnoRet": 0'
	in_container 'mkdir /t/x; [ -e /t/x ] || echo "told it worked"'
	assert_output "told it worked"
}

@test "SEC-02 KILL, KILL_THREAD, KILL_PROCESS and TRAP end the program with SIGSYS" {
	# Without a pid namespace of its own, in which only root may mount a new proc.
	need_root
	bundle
	local action
	args mkdir /tmp/x
	config '.linux.namespaces |= map(select(.type != "pid"))'
	for action in KILL KILL_THREAD KILL_PROCESS TRAP; do
		deny '["mkdir", "mkdirat"]' SCMP_ACT_$action
		run davit run --bundle "$BUNDLE" "$ID"
		assert_equal "$action $status" "$action 159"
	done
}

@test "SEC-02 LOG and ALLOW let the call through, TRACE without a tracer is ENOSYS" {
	bundle
	config '.mounts += [{"destination": "/t", "type": "tmpfs", "source": "t"}]'
	deny '["mkdir", "mkdirat"]' SCMP_ACT_LOG
	in_container 'mkdir /t/x && echo made'
	assert_output made
	filter '{"defaultAction": "SCMP_ACT_LOG", "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ALLOW"}]}'
	in_container 'mkdir /t/x && echo made'
	assert_output made
	deny '["mkdir", "mkdirat"]' SCMP_ACT_TRACE '"errnoRet": 7'
	in_container 'mkdir /t/x 2>&1 || true'
	assert_output --partial "Function not implemented"
}

@test "SEC-03 defaultErrnoRet is what calls without a rule get [vm]" {
	bundle
	# Podman's profile has 38 and lists what busybox needs.
	config --slurpfile p "$TESTS_DIR/golden/configs/podman-5.8-01.json" '.linux.seccomp = $p[0].linux.seccomp |
		.linux.seccomp.syscalls[].names -= ["mkdir", "mkdirat"] |
		.mounts += [{"destination": "/t", "type": "tmpfs", "source": "t"}]'
	in_container 'mkdir /t/x 2>&1 || true'
	assert_output --partial "Function not implemented"
	config '.linux.seccomp.defaultErrnoRet = 28'
	in_container 'mkdir /t/x 2>&1 || true'
	assert_output --partial "No space left on device"
	config 'del(.linux.seccomp.defaultErrnoRet)'
	in_container 'mkdir /t/x 2>&1 || true'
	assert_output --partial "Operation not permitted"
}

@test "SEC-10 SEC-11 the seven operators on one argument [vm fallback]" {
	bundle
	local op value two want
	while read -r op value two want; do
		deny '["kill"]' SCMP_ACT_ERRNO "\"args\": [{\"index\": 1, \"op\": \"SCMP_CMP_$op\", \"value\": $value, \"valueTwo\": $two}]"
		in_container "$SIGNALS"
		assert_equal "$op $value $two: $output" "$op $value $two: $want "
	done <<-E
		EQ 10 0 1 3 4 8 9 12 15
		NE 10 0 10
		LT 9 0 9 10 12 15
		LE 9 0 10 12 15
		GT 9 0 1 3 4 8 9
		GE 9 0 1 3 4 8
		MASKED_EQ 10 8 1 3 4 10 15
		MASKED_EQ 3 3 1 4 8 9 10 12
	E
}

@test "SEC-10 conditions of one rule must all hold, of two rules one is enough" {
	bundle
	deny '["kill"]' SCMP_ACT_ERRNO '"args": [{"index": 0, "op": "SCMP_CMP_EQ", "value": 1}, {"index": 1, "op": "SCMP_CMP_GE", "value": 10}]'
	in_container "$SIGNALS"
	assert_output "1 3 4 8 9 "
	deny '["kill"]' SCMP_ACT_ERRNO '"args": [{"index": 0, "op": "SCMP_CMP_EQ", "value": 2}, {"index": 1, "op": "SCMP_CMP_GE", "value": 10}]'
	in_container "$SIGNALS"
	assert_output "1 3 4 8 9 10 12 15 "
	filter '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{"names": ["kill"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 1, "op": "SCMP_CMP_EQ", "value": 4}]},
		{"names": ["kill"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 1, "op": "SCMP_CMP_EQ", "value": 15}]}]}'
	in_container "$SIGNALS"
	assert_output "1 3 8 9 10 12 "
}

@test "SEC-12 the same argument twice in one rule: either is enough, as everywhere" {
	bundle
	deny '["kill"]' SCMP_ACT_ERRNO '"args": [{"index": 1, "op": "SCMP_CMP_EQ", "value": 4}, {"index": 1, "op": "SCMP_CMP_EQ", "value": 9}]'
	in_container "$SIGNALS"
	assert_output "1 3 8 10 12 15 "
}

@test "SEC-10 arguments are 64 bits wide: what differs above 32 is another value" {
	bundle
	deny '["kill"]' SCMP_ACT_ERRNO '"args": [{"index": 1, "op": "SCMP_CMP_EQ", "value": 4294967306}]'
	in_container "$SIGNALS"
	assert_output "1 3 4 8 9 10 12 15 "
	deny '["kill"]' SCMP_ACT_ERRNO '"args": [{"index": 1, "op": "SCMP_CMP_LT", "value": 4294967296}]'
	in_container "$SIGNALS"
	assert_output ""
}

@test "SEC-05 the kernel gets exactly the flags of the list" {
	need_cmd strace
	bundle
	args true
	local flags want
	while IFS='|' read -r flags want; do
		config --argjson f "$flags" '.linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW",
			"syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_LOG"}]} |
			if $f == null then . else .linux.seccomp.flags = $f end'
		strace -f -qq -o "$TMP/calls" -e trace=seccomp "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&- 4>&-
		run -0 grep -o 'SECCOMP_SET_MODE_FILTER, [^,]*' "$TMP/calls"
		assert_output "SECCOMP_SET_MODE_FILTER, $want"
	done <<-'E'
		[]|0
		["SECCOMP_FILTER_FLAG_LOG"]|SECCOMP_FILTER_FLAG_LOG
		["SECCOMP_FILTER_FLAG_SPEC_ALLOW"]|SECCOMP_FILTER_FLAG_SPEC_ALLOW
		["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"]|SECCOMP_FILTER_FLAG_LOG|SECCOMP_FILTER_FLAG_SPEC_ALLOW
		null|SECCOMP_FILTER_FLAG_SPEC_ALLOW
	E
}

@test "SEC-06 unknown names are skipped where the default refuses, and check lists them" {
	bundle
	config --slurpfile p "$TESTS_DIR/golden/configs/podman-5.8-01.json" '.linux.seccomp = $p[0].linux.seccomp |
		.linux.seccomp.syscalls[0].names += ["no_such_call"]'
	in_container 'echo ran'
	assert_output ran
	run -0 davit check --bundle "$BUNDLE"
	assert_output --partial no_such_call
}

@test "SEC-07 H2 numbers newer than the profile are ENOSYS under a refusing default" {
	[ -e "$DAVIT_BUILD/tests/attack/abi" ] || skip "needs tests/attack/abi"
	bundle
	cp "$DAVIT_BUILD/tests/attack/abi" "$BUNDLE/rootfs/abi"
	config --slurpfile p "$TESTS_DIR/golden/configs/podman-5.8-01.json" '.linux.seccomp = $p[0].linux.seccomp'
	local action
	for action in ERRNO KILL KILL_PROCESS TRAP; do
		config --arg a "SCMP_ACT_$action" '.linux.seccomp.defaultAction = $a |
			.linux.seccomp.defaultErrnoRet = 1 | if $a != "SCMP_ACT_ERRNO" then del(.linux.seccomp.defaultErrnoRet) else . end'
		args /abi native 2000
		run -0 davit run --bundle "$BUNDLE" "$ID"
		assert_output "native 2000 errno 38"
	done
}

@test "SEC-09 rules that say what the default says change nothing" {
	bundle
	filter '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["kill", "mkdir"], "action": "SCMP_ACT_ALLOW"},
		{"names": ["kill"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 1, "op": "SCMP_CMP_EQ", "value": 4}]}]}'
	in_container "$SIGNALS"
	assert_output "1 3 8 9 10 12 15 "
}

@test "SEC-17 PROC-18 the filter is in force with and without noNewPrivileges, root or not [fallback]" {
	bundle
	need_ids
	local nnp uid
	deny '["mkdir", "mkdirat"]' SCMP_ACT_ERRNO
	for nnp in true false; do
		for uid in 0 1000; do
			config --argjson n $nnp --argjson u $uid '.process.noNewPrivileges = $n | .process.user = {"uid": $u, "gid": $u}'
			in_container 'grep -E "^(Seccomp|NoNewPrivs):" /proc/self/status | cut -f2; mkdir /tmp/x 2>&1 || true'
			assert_equal "${lines[1]}" 2
			assert_equal "${lines[0]}" "$([ $nnp = true ] && echo 1 || echo 0)"
			assert_line --regexp "Operation not permitted"
		done
	done
}

@test "SEC-01 an empty filter that allows everything is accepted, none at all is none" {
	bundle
	filter '{"defaultAction": "SCMP_ACT_ALLOW"}'
	in_container 'echo ran'
	assert_output ran
	config 'del(.linux.seccomp)'
	in_container 'grep ^Seccomp: /proc/self/status | cut -f2'
	assert_output 0
}

@test "the profiles that engines send let ordinary programs run [vm smoke]" {
	bundle
	local f n=0
	for f in podman-5.8-01 podman-4.3-01 docker-28.5-01 docker-20.10-01 containerd-2.1-cri-01 buildah-1.43-02; do
		jq -e '.linux.seccomp' "$TESTS_DIR/golden/configs/$f.json" >/dev/null || continue
		n=$((n + 1))
		config --slurpfile p "$TESTS_DIR/golden/configs/$f.json" '.linux.seccomp = $p[0].linux.seccomp'
		in_container 'ps >/dev/null && ls -l / >/dev/null && (sleep 0.01 & wait) && id -u && dd if=/dev/zero bs=1k count=8 2>/dev/null | sha1sum | cut -c1-8'
		assert_output "0
$(head -c 8192 /dev/zero | sha1sum | cut -c1-8)"
	done
	[ $n -ge 3 ]
}
