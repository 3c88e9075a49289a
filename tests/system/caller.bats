#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Whatever the caller hands over never reaches the container.
load ../lib/helpers

# From a caller that python3 has spoilt: $1 is python code that runs just before execve.
spoilt() {
	python3 - "$1" "$DAVIT" --root "$ROOT" "${@:2}" 3>&- 4>&- <<-'PY'
		import os, signal, sys, resource, socket, ctypes, tempfile
		exec(sys.argv[1])
		os.execv(sys.argv[2], sys.argv[2:])
	PY
}

@test "FD-01 E2 200 descriptors of every kind do not reach the program [vm fallback smoke]" {
	bundle
	script 'ls /proc/self/fd | wc -l'
	run -0 spoilt '
for i in range(60): os.set_inheritable(os.open("/", os.O_RDONLY), True)
for i in range(40): os.set_inheritable(os.memfd_create("m"), True)
for i in range(40): a, b = socket.socketpair(); a.detach(); [os.set_inheritable(x, True) for x in (b.detach(),)]
for i in range(30): os.set_inheritable(os.pidfd_open(os.getpid()), True)
for i in range(30): r, w = os.pipe(); os.set_inheritable(r, True); os.set_inheritable(w, True)
' run --bundle "$BUNDLE" "$ID"
	# 0, 1, 2, and the folder that ls itself has open.
	assert_output 4
}

@test "blocked and ignored signals do not reach the program [vm]" {
	bundle
	args grep -E '^(SigBlk|SigIgn)' /proc/self/status
	run -0 spoilt '
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
for s in signal.valid_signals():
    try: signal.signal(s, signal.SIG_IGN)
    except (OSError, ValueError): pass
' run --bundle "$BUNDLE" "$ID"
	assert_output "SigBlk:	0000000000000000"$'\n'"SigIgn:	0000000000000000"
}

@test "blocked and ignored signals of create do not reach the program either" {
	bundle
	args grep -E '^(SigBlk|SigIgn)' /proc/self/status
	spoilt '
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
for s in signal.valid_signals():
    try: signal.signal(s, signal.SIG_IGN)
    except (OSError, ValueError): pass
' create --bundle "$BUNDLE" "$ID" >"$TMP/out" 2>&1
	davit start "$ID"
	wait_status stopped
	assert_equal "$(cat "$TMP/out")" "SigBlk:	0000000000000000"$'\n'"SigIgn:	0000000000000000"
}

@test "a parent death signal of the caller does not end the container" {
	bundle
	args sleep 100
	setpriv --pdeathsig KILL sh -c "'$DAVIT' --root '$ROOT' create --bundle '$BUNDLE' '$ID' && '$DAVIT' --root '$ROOT' start '$ID'" </dev/null >/dev/null 2>&1 3>&- 4>&-
	sleep 0.2
	assert_equal "$(state_of)" running
}

@test "PROC-28 the caller's umask does not reach the program" {
	bundle
	script umask
	run -0 spoilt 'os.umask(0)' run --bundle "$BUNDLE" "$ID"
	assert_output 0022
	run -0 spoilt 'os.umask(0o777)' run --bundle "$BUNDLE" "$ID"
	assert_output 0022
	config '.process.user.umask = 63'
	run -0 spoilt 'os.umask(0o777)' run --bundle "$BUNDLE" "$ID"
	assert_output 0077
}

@test "a deleted working folder of the caller is no hindrance" {
	bundle
	script pwd
	run -0 spoilt 'd = tempfile.mkdtemp(); os.chdir(d); os.rmdir(d)' run --bundle "$BUNDLE" "$ID"
	assert_output /
}

@test "D2 closed standard descriptors are no hindrance, and lead nowhere" {
	bundle
	script 'for i in 0 1 2; do [ -e /proc/self/fd/$i ] || exit 9; done; exit 3'
	run -3 spoilt 'os.close(0)' run --bundle "$BUNDLE" "$ID"
	run -3 spoilt 'os.close(1)' run --bundle "$BUNDLE" "$ID"
	run -3 spoilt 'os.close(2)' run --bundle "$BUNDLE" "$ID"
	run -3 spoilt '[os.close(i) for i in (0, 1, 2)]' run --bundle "$BUNDLE" "$ID"
}

@test "a low limit of open files of the caller is an error that names it, or no hindrance" {
	bundle
	config '.process.rlimits = []'
	script 'ulimit -n'
	run -0 spoilt 'resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))' run --bundle "$BUNDLE" "$ID"
	assert_output 64
	# A dynamic build does not even reach its first instruction.
	run spoilt 'resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))' run --bundle "$BUNDLE" "$ID"
	[ "$status" = 1 ] || [ "$status" = 127 ]
	assert_output --regexp 'EMFILE|Error 24|Too many open files'
	assert_nothing_left
}

@test "a huge limit of open files of the caller costs nothing [vm]" {
	need_cap 24
	bundle
	config '.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 77, "hard": 77}]'
	script 'ulimit -n'
	echo 1073741824 >/proc/sys/fs/nr_open || skip "fs.nr_open cannot be raised here"
	undo sh -c 'echo 1048576 >/proc/sys/fs/nr_open'
	run -0 spoilt 'resource.setrlimit(resource.RLIMIT_NOFILE, (2**30, 2**30))' run --bundle "$BUNDLE" "$ID"
	assert_output 77
}

@test "a real-time policy of the caller does not reach the program" {
	bundle
	script 'cut -d" " -f41 /proc/self/stat'
	chrt -f 1 true || skip "real-time scheduling is not allowed here"
	run -0 chrt -f 1 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&- 4>&-
	assert_output 0
}

@test "PROC-26 the caller's CPU affinity does not reach the program" {
	[ "$(nproc)" -gt 1 ] || skip "one CPU only"
	bundle
	script 'grep Cpus_allowed_list /proc/self/status'
	run -0 davit run --bundle "$BUNDLE" "$ID"
	local all=$output
	run -0 taskset -c 0 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&- 4>&-
	assert_output "$all"
}

@test "PROC-19 oomScoreAdj is set when given, 0 included, and left when absent" {
	bundle
	script 'cat /proc/self/oom_score_adj'
	config '.process.oomScoreAdj = 500'
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_output 500
	config 'del(.process.oomScoreAdj)'
	# More than any session has: less is for the privileged.
	run -0 sh -c "echo 777 > /proc/self/oom_score_adj; exec '$DAVIT' --root '$ROOT' run --bundle '$BUNDLE' '$ID'" 3>&- 4>&-
	assert_output 777
}

@test "G5 the caller's groups do not reach the program [fallback]" {
	need_root
	bundle
	script 'id -G'
	run -0 setpriv --groups 6,20,44,100,4242 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&- 4>&-
	assert_output 0
	config '.process.user.additionalGids = [7, 8]'
	run -0 setpriv --groups 6,20,44,100,4242 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&- 4>&-
	assert_output "0 7 8"
}

@test "PROC-06 the caller's environment does not reach the program" {
	bundle
	script 'env | sort | tr "\n" " "'
	FOO=bar run -0 davit run --bundle "$BUNDLE" "$ID"
	refute_output --partial FOO
}

@test "H10 PROC-30 the program has a session keyring of its own, the caller's with --no-new-keyring" {
	grep -q . /proc/keys || skip "this kernel has no keyrings"
	bundle
	script 'cat /proc/keys 2>/dev/null | grep -c _ses'
	config '.linux.maskedPaths = []'
	run davit run --bundle "$BUNDLE" "$ID"
	run davit run --no-new-keyring --bundle "$BUNDLE" "$ID"
	[ "$status" -le 1 ]
}
