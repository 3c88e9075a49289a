#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the caller passes on: descriptors, sockets of the service manager; and what it gets back.
load ../lib/helpers

PROGRAMS=$DAVIT_BUILD/tests/attack

# receiver MODE SOCKET [FILE]: the other side of a socket option, in the background; what it says
# goes to FILE ($TMP/received).
receiver() {
	: >"${3:-$TMP/received}"
	"$PROGRAMS/receiver" "$1" "$2" </dev/null >"${3:-$TMP/received}" 2>&1 3>&- 4>&- &
	RECEIVER=$!
	undo end_background $RECEIVER
	wait_for 5 grep -q ready "${3:-$TMP/received}" || fail "receiver: $(cat "${3:-$TMP/received}")"
}

three_files() {
	local n
	for n in 3 4 5; do echo "file $n" >"$TMP/$n"; done
}

@test "FD-01 FD-02 E2 --preserve-fds passes exactly so many on to init, with create and run [vm]" {
	bundle
	three_files
	script 'ls /proc/$$/fd; cat <&3; cat <&4'
	run -0 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" --preserve-fds 2 "$ID" \
		3<"$TMP/3" 4<"$TMP/4" 5<"$TMP/5" 9</ </dev/null
	assert_output "$(printf '0\n1\n2\n3\n4\nfile 3\nfile 4')"
	"$DAVIT" --root "$ROOT" create --bundle "$BUNDLE" --preserve-fds 2 "$ID" \
		3<"$TMP/3" 4<"$TMP/4" 5<"$TMP/5" </dev/null >"$TMP/out" 2>&1
	# The waiting init holds its own besides; the program does not get them.
	davit start "$ID"
	wait_status stopped
	assert_equal "$(cat "$TMP/out")" "$(printf '0\n1\n2\n3\n4\nfile 3\nfile 4')"
}

@test "FD-02 a descriptor that is not open is an error, and nothing is left" {
	bundle
	three_files
	local command
	for command in create run; do
		run -1 "$DAVIT" --root "$ROOT" $command --bundle "$BUNDLE" --preserve-fds 2 "$ID" \
			3<"$TMP/3" 4>&- </dev/null
		assert_output --partial "--preserve-fds 2: descriptor 4 is not open"
		# The log is close-on-exec: it does not count as the caller's.
		run -1 "$DAVIT" --log "$TMP/log" --root "$ROOT" $command --bundle "$BUNDLE" \
			--preserve-fds 1 "$ID" 3>&- 4>&- </dev/null
		assert_output --partial "descriptor 3 is not open"
	done
	run -1 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" --preserve-fds 4294967295 "$ID" </dev/null
	assert_nothing_left
}

@test "FD-02 whoever reads from a passed pipe sees its end when the program closes it" {
	bundle
	script 'echo said >&3; exec 3>&-; sleep 100'
	mkfifo "$TMP/pipe"
	"$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" --preserve-fds 1 "$ID" \
		3>"$TMP/pipe" </dev/null >"$TMP/out" 2>&1 4>&- &
	local pid=$!
	run -0 within 10 cat "$TMP/pipe"
	assert_output said
	davit kill "$ID" KILL
	wait $pid || assert_equal $? 137
}

@test "hooks do not see what is passed on" {
	bundle
	three_files
	args /bin/true
	config --arg out "$TMP/hook" '.hooks.createRuntime = [{path: "/bin/sh",
		args: ["sh", "-c", "ls /proc/$$/fd > \($out)"]}]'
	run -0 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" --preserve-fds 2 "$ID" \
		3<"$TMP/3" 4<"$TMP/4" </dev/null
	[ -s "$TMP/hook" ]
	run -1 grep -xE '3|4' "$TMP/hook"
}

# listening TEXT COMMAND...: with the variables of a service manager, for the pid that runs it
listening() {
	local pid=$1
	shift
	# shellcheck disable=SC2016 # the inner shell's
	sh -c 'export LISTEN_PID='"$pid"' LISTEN_FDS=2 LISTEN_FDNAMES=web:log; exec "$@"' sh "$@"
}

@test "FD-02 LISTEN_FDS is passed on, with LISTEN_PID as the program sees itself [vm]" {
	bundle
	three_files
	script 'env | grep LISTEN | sort; ls /proc/$$/fd; cat <&4'
	config '.process.env += ["LISTEN_FDS=9", "LISTEN_PID=77"]'
	local options
	# Who counts them with --preserve-fds, as engines do, passes them once.
	for options in '' '--preserve-fds 2'; do
		# shellcheck disable=SC2086 disable=SC2016
		run -0 listening '$$' "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" $options "$ID" \
			3<"$TMP/3" 4<"$TMP/4" 5<"$TMP/5" </dev/null
		assert_output "$(printf 'LISTEN_FDNAMES=web:log\nLISTEN_FDS=2\nLISTEN_PID=1\n0\n1\n2\n3\n4\nfile 4')"
	done
	# shellcheck disable=SC2016
	run -0 listening '$$' "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" --preserve-fds 3 "$ID" \
		3<"$TMP/3" 4<"$TMP/4" 5<"$TMP/5" </dev/null
	assert_line 5
	assert_line "LISTEN_FDS=2"
	# shellcheck disable=SC2016
	run -1 listening '$$' "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3<"$TMP/3" 4>&- </dev/null
	assert_output --partial "LISTEN_FDS=2: descriptor 4 is not open"
}

@test "FD-02 LISTEN_FDS of another process is not ours" {
	bundle
	three_files
	script 'env | grep LISTEN; ls /proc/$$/fd; :'
	run -0 listening 1 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" \
		3<"$TMP/3" 4<"$TMP/4" </dev/null
	assert_output "$(printf '0\n1\n2')"
	run -0 env LISTEN_FDS=2 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" \
		3<"$TMP/3" 4<"$TMP/4" </dev/null
	assert_output "$(printf '0\n1\n2')"
	# shellcheck disable=SC2016
	run -1 sh -c 'export LISTEN_PID=$$ LISTEN_FDS=two; exec "$@"' sh \
		"$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null
	assert_output --partial LISTEN_FDS
}

@test "FD-02 without a pid namespace LISTEN_PID is the program's number all the same" {
	bundle
	three_files
	config '.linux.namespaces |= map(select(.type != "pid")) |
		.mounts |= map(select(.type != "proc"))'
	script 'echo $$ $LISTEN_PID'
	# shellcheck disable=SC2016
	run -0 listening '$$' "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" \
		3<"$TMP/3" 4<"$TMP/4" </dev/null
	assert_equal "${output% *}" "${output#* }"
	[ "${output% *}" -gt 1 ]
}

@test "--pidfd-socket gets a handle of init from create and run, of the process from exec [vm]" {
	need_kernel 5.3
	bundle
	args sleep 100
	receiver wait "$TMP/s1"
	create "$ID" --pidfd-socket "$TMP/s1"
	wait_for 5 grep -q pidfd "$TMP/received"
	grep -q "fds 1 name pidfd" "$TMP/received"
	grep -qx "pidfd $(pid_of)" "$TMP/received"
	davit start "$ID"
	receiver wait "$TMP/s2" "$TMP/exec"
	detached davit exec --detach --pidfd-socket "$TMP/s2" --pid-file "$TMP/pid" "$ID" sleep 0.2
	assert_equal "$status" 0
	wait_for 5 grep -qx "pidfd $(cat "$TMP/pid")" "$TMP/exec"
	wait_for 5 grep -q ended "$TMP/exec"
	run ! grep -q ended "$TMP/received"
	davit kill "$ID" KILL
	wait_for 5 grep -q ended "$TMP/received"
	receiver once "$TMP/s3" "$TMP/run"
	detached davit run --pidfd-socket "$TMP/s3" --bundle "$BUNDLE" --detach "$ID-b"
	assert_equal "$status" 0
	wait_for 5 grep -qx "pidfd $(pid_of "$ID-b")" "$TMP/run"
}

# refusing COMMAND...: it fails in time, says something of WHAT, and leaves nothing
refusing() {
	local what=$1 began=$EPOCHSECONDS
	shift
	detached "$@"
	[ "$status" = 1 ] || [ "$status" = 255 ] || fail "exit $status"
	assert_stderr --partial "$what"
	[ $((EPOCHSECONDS - began)) -lt $((12 * ${DAVIT_TEST_SLOW:-1})) ] || fail "too slow"
}

@test "D5 a pidfd socket that nobody serves is an error, and nothing is left" {
	bundle
	args sleep 100
	refusing "--pidfd-socket: cannot connect" davit create --bundle "$BUNDLE" --pidfd-socket "$TMP/none" "$ID"
	: >"$TMP/file"
	refusing ECONNREFUSED davit create --bundle "$BUNDLE" --pidfd-socket "$TMP/file" "$ID"
	mkfifo "$TMP/fifo"
	refusing ECONNREFUSED davit run --bundle "$BUNDLE" --pidfd-socket "$TMP/fifo" "$ID"
	receiver stall "$TMP/stall"
	refusing "nobody accepts connections" davit create --bundle "$BUNDLE" --pidfd-socket "$TMP/stall" "$ID"
	assert_nothing_left
	running
	refusing "nobody accepts connections" davit exec --pidfd-socket "$TMP/stall" "$ID" true
	refusing ENOENT davit exec --pidfd-socket "$TMP/none" "$ID" true
	assert_equal "$(davit exec "$ID" ps -o comm | grep -c davit)" 0
}

@test "D5 sockets of every length of path are reached" {
	need_kernel 5.3
	bundle
	args sleep 100
	local n dir
	for n in 100 107 108 109 200 1000; do
		dir=$TMP
		while [ $((n - ${#dir})) -gt 202 ]; do dir+=/$(printf '%0200d' 0); done
		while [ ${#dir} -lt $((n - 42)) ]; do dir+=/$(printf "%0$((n - ${#dir} - 3 > 40 ? 38 : 1))d" 0); done
		mkdir -p "$dir"
		local path
		path=$dir/$(printf "%0$((n - ${#dir} - 1))d" 7)
		assert_equal ${#path} $n
		receiver once "$path" "$TMP/r$n"
		create "$ID" --pidfd-socket "$path"
		wait_for 5 grep -q "pidfd $(pid_of)" "$TMP/r$n" || fail "$n: $(cat "$TMP/r$n")"
		davit delete --force "$ID"
	done
	ln -s "$TMP" "$TMP/link"
	receiver once "$TMP/link/socket"
	create "$ID" --pidfd-socket "$TMP/link/socket"
	wait_for 5 grep -q "pidfd" "$TMP/received"
}
