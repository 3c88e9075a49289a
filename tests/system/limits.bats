#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Resource limits of the process (PROC-08).
load ../lib/helpers

# limit NAME: "soft hard" of a line of /proc/self/limits in $output.
limit() { sed -n "s/^$1  *\([^ ]*\)  *\([^ ]*\).*/\1 \2/p" <<<"$output"; }

@test "PROC-08 all sixteen limits, soft and hard [vm fallback]" {
	need_no_asan
	bundle
	config '.process.rlimits = [
		{"type": "RLIMIT_AS", "soft": 8000000000, "hard": 9000000000},
		{"type": "RLIMIT_CORE", "soft": 0, "hard": 4096},
		{"type": "RLIMIT_CPU", "soft": 1000, "hard": 2000},
		{"type": "RLIMIT_DATA", "soft": 8000000001, "hard": 9000000001},
		{"type": "RLIMIT_FSIZE", "soft": 1000000, "hard": 2000000},
		{"type": "RLIMIT_LOCKS", "soft": 11, "hard": 12},
		{"type": "RLIMIT_MEMLOCK", "soft": 65536, "hard": 65536},
		{"type": "RLIMIT_MSGQUEUE", "soft": 1234, "hard": 5678},
		{"type": "RLIMIT_NICE", "soft": 0, "hard": 0},
		{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200},
		{"type": "RLIMIT_NPROC", "soft": 300, "hard": 400},
		{"type": "RLIMIT_RSS", "soft": 70000000, "hard": 80000000},
		{"type": "RLIMIT_RTPRIO", "soft": 0, "hard": 0},
		{"type": "RLIMIT_RTTIME", "soft": 200000, "hard": 300000},
		{"type": "RLIMIT_SIGPENDING", "soft": 55, "hard": 66},
		{"type": "RLIMIT_STACK", "soft": 4194304, "hard": 8388608}]'
	args cat /proc/self/limits
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_equal "$(limit 'Max address space')" "8000000000 9000000000"
	assert_equal "$(limit 'Max core file size')" "0 4096"
	assert_equal "$(limit 'Max cpu time')" "1000 2000"
	assert_equal "$(limit 'Max data size')" "8000000001 9000000001"
	assert_equal "$(limit 'Max file size')" "1000000 2000000"
	assert_equal "$(limit 'Max file locks')" "11 12"
	assert_equal "$(limit 'Max locked memory')" "65536 65536"
	assert_equal "$(limit 'Max msgqueue size')" "1234 5678"
	assert_equal "$(limit 'Max nice priority')" "0 0"
	assert_equal "$(limit 'Max open files')" "100 200"
	assert_equal "$(limit 'Max processes')" "300 400"
	assert_equal "$(limit 'Max resident set')" "70000000 80000000"
	assert_equal "$(limit 'Max realtime priority')" "0 0"
	assert_equal "$(limit 'Max realtime timeout')" "200000 300000"
	assert_equal "$(limit 'Max pending signals')" "55 66"
	assert_equal "$(limit 'Max stack size')" "4194304 8388608"
}

@test "PROC-08 2^64-1 is unlimited, and the largest number below it is exact" {
	bundle
	config '.process.rlimits = [{"type": "RLIMIT_CORE", "soft": 0, "hard": 0}]'
	# jq would round numbers as large as these.
	sed -i 's/"soft": 0/"soft": 18446744073709551614/; s/"hard": 0/"hard": 18446744073709551615/' "$BUNDLE/config.json"
	sed -i 's/"sh"/"cat", "\/proc\/self\/limits"/' "$BUNDLE/config.json"
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_equal "$(limit 'Max core file size')" "18446744073709551614 unlimited"
}

@test "PROC-08 in a new user namespace limits can still be raised: they are set from outside" {
	need_cap 24
	bundle
	config '.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 600, "hard": 700}, {"type": "RLIMIT_RTPRIO", "soft": 5, "hard": 9}] |
		.linux.namespaces += [{"type": "user"}] |
		.linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}] |
		.linux.gidMappings = .linux.uidMappings | .process.oomScoreAdj = -5 | .root.readonly = false'
	chown -R 100000:100000 "$BUNDLE/rootfs"
	args cat /proc/self/limits /proc/self/oom_score_adj
	run -0 prlimit --nofile=300:300 --rtprio=0:0 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&- 4>&-
	assert_equal "$(limit 'Max open files')" "600 700"
	assert_equal "$(limit 'Max realtime priority')" "5 9"
	assert_line -5
}

@test "PROC-08 limits that are not named are the caller's" {
	bundle
	config '.process.rlimits = [{"type": "RLIMIT_CORE", "soft": 1, "hard": 1}]'
	args cat /proc/self/limits
	run -0 prlimit --fsize=123456789 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&- 4>&-
	assert_equal "$(limit 'Max file size')" "123456789 123456789"
}

@test "PROC-08 a limit is in force: no more open files than that" {
	bundle
	config '.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 8, "hard": 8}]'
	in_container '(exec 7</dev/null) && echo seven; (exec 8</dev/null) 2>/dev/null || echo refused'
	assert_output seven$'\n'refused
}

@test "PROC-08 a limit that the kernel refuses is named in the error" {
	bundle
	args true
	config '.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 1, "hard": 1099511627776}]'
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "cannot set RLIMIT_NOFILE to 1:1099511627776: prlimit64: EPERM"
	assert_nothing_left
}
