#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What profiles and other switches of the kernel leave open (H6, H7, H11, H12, G7).
load attack

@test "H6 check warns of a profile that refuses a call and lets rings make it" {
	bundle
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["connect"], action: "SCMP_ACT_ERRNO"}]}'
	run -0 davit check --bundle "$BUNDLE"
	assert_output --partial "connect is refused and io_uring_setup is not"
	run -1 davit check --strict --bundle "$BUNDLE"
	config '.linux.seccomp.syscalls[0].names += ["io_uring_setup"]'
	run -0 davit check --strict --bundle "$BUNDLE"
	assert_output ""
	# A condition that rings cannot get round, and profiles that engines send.
	config '.linux.seccomp.syscalls[0] = {names: ["clone"], action: "SCMP_ACT_ERRNO",
		args: [{index: 0, value: 1, op: "SCMP_CMP_EQ"}]}'
	run -0 davit check --strict --bundle "$BUNDLE"
}

@test "H7 CVE-2022-0185 under the engines' profile clone3 is ENOSYS, unshare of users refused, threads start" {
	bundle
	[ "$(uname -m)" = x86_64 ] || skip "needs x86-64, whose numbers these are"
	inside abi
	local f
	for f in docker-20.10-02 docker-28.5-01; do
		config --slurpfile p "$TESTS_DIR/golden/configs/$f.json" \
			'.linux.seccomp = $p[0].linux.seccomp | .process.capabilities = {}'
		# clone3 and unshare without arguments: EINVAL and success where nothing refuses them.
		args /abi native 435 272
		run -0 davit run --bundle "$BUNDLE" "$ID"
		assert_output "native 435 errno 38
native 272 errno 1"
		EXPECT=1 in_container 'unshare -U true'
		assert_output --partial "Operation not permitted"
		# A program with a process of its own: fork is clone.
		in_container 'echo a | cat; (echo b) & wait'
		assert_output "a
b"
	done
}

@test "H11 PROC-18 noNewPrivileges is in force in init and in every exec'd process" {
	bundle
	config '.process.noNewPrivileges = true | .process.user.uid = 1000'
	args sleep 1000
	running
	run -0 davit exec "$ID" grep NoNewPrivs /proc/1/status /proc/self/status </dev/null
	assert_output --regexp '/proc/1/status:NoNewPrivs:.1'
	assert_output --regexp '/proc/self/status:NoNewPrivs:.1'
	# A process of its own description has its own switch.
	jq '.process | .args = ["grep", "NoNewPrivs", "/proc/self/status"]' "$BUNDLE/config.json" >"$TMP/p"
	run -0 davit exec --process "$TMP/p" "$ID" </dev/null
	assert_output --regexp 'NoNewPrivs:.1'
}

@test "H12 PERS-01 PERS-02 no personality but the two of the specification" {
	bundle
	canary
	local domain
	for domain in ADDR_NO_RANDOMIZE UNAME26 READ_IMPLIES_EXEC 0x0040000 ''; do
		config --arg d "$domain" '.linux.personality = {domain: $d}'
		run davit run --bundle "$BUNDLE" "$ID"
		assert_failure 1
		assert_output --partial personality
	done
	config '.linux.personality = {domain: "LINUX", flags: ["ADDR_NO_RANDOMIZE"]}'
	run davit run --bundle "$BUNDLE" "$ID"
	assert_failure 1
	config '.linux.personality = {domain: "LINUX"}'
	in_container 'cat /proc/self/personality'
	assert_output 00000000
	assert_canary
}

@test "G7 PROC-16 an unknown capability is a warning with its place, and check --strict fails for it" {
	bundle
	config '.process.capabilities.bounding += ["CAP_NET_ADMN"]'
	run -0 davit check --bundle "$BUNDLE"
	assert_output --regexp 'config.json:[0-9]+:[0-9]+: warning: process.capabilities.bounding\[[0-9]+\].*CAP_NET_ADMN'
	run -1 davit check --strict --bundle "$BUNDLE"
	assert_output --partial "1 warning, and --strict"
	run -1 davit check --strict --format json --bundle "$BUNDLE"
	in_container 'grep CapBnd /proc/self/status'
	local with=$output
	config '.process.capabilities.bounding -= ["CAP_NET_ADMN"]'
	in_container 'grep CapBnd /proc/self/status'
	assert_output "$with"
}
