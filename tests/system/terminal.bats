#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Terminals: of init with run and create, of a further process; the proxy of the foreground, the
# console socket of the rest.
# shellcheck disable=SC2016 # the container's shell expands
load ../lib/helpers

PROGRAMS=$DAVIT_BUILD/tests/attack

# terminal TEXT: the bundle's program is a shell script on a terminal
terminal() {
	script "$1"
	config '.process.terminal = true'
}
# on_pty [OPTION...] COMMAND...: with a terminal as standard descriptors; what is shown in
# $TMP/shown, the last word in $TMP/said. Standard input is what is typed.
on_pty() { within 30 "$PROGRAMS/ptydrive" "$@" >"$TMP/shown" 2>"$TMP/said" 3>&- 4>&-; }
shown() { tr -d '\r' <"$TMP/shown"; }
# receiver MODE SOCKET [FILE [COMMAND...]]: the other side of a console socket
receiver() {
	# What one before said must not be taken for its word.
	: >"${3:-$TMP/received}"
	"${@:4}" "$PROGRAMS/receiver" "$1" "$2" </dev/null >"${3:-$TMP/received}" 2>&1 3>&- 4>&- &
	RECEIVER=$!
	undo end_background $RECEIVER
	wait_for 5 grep -q ready "${3:-$TMP/received}" || fail "receiver: $(cat "${3:-$TMP/received}")"
}
# run_terminal: davit run without a terminal of its own
run_terminal() { run "$@" davit run --bundle "$BUNDLE" "$ID"; }
# cpu_of PID: hundredths of a second it has used
cpu_of() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
davit_of() { pgrep -f -- "--root $ROOT( --cgroup-manager [a-z]+)? $1" | head -1; }

@test "PROC-01 PROC-03 run: the program has a terminal, a session, and /dev/console [vm] [smoke] [fallback]" {
	bundle
	terminal 'tty; echo to stderr >&2; echo hello >/dev/tty; echo console >/dev/console
		stat -c "%t:%T" /dev/console $(tty) | uniq | wc -l; cut -d" " -f4,6,7 /proc/self/stat; exit 7'
	run_terminal -7
	# The last line: parent, session and terminal of a child of the shell.
	assert_equal "$(tr -d '\r' <<<"$output")" "$(printf '%s\n' /dev/pts/0 "to stderr" hello console 1 "1 1 34816")"
}

@test "PROC-02 the size of the terminal is that of the configuration where ours has none [vm]" {
	bundle
	terminal 'stty size'
	config '.process.consoleSize = {height: 37, width: 111}'
	run_terminal -0
	assert_output --partial "37 111"
	config '.process.consoleSize = {height: 0, width: 90}'
	receiver once "$TMP/s"
	create "$ID" --console-socket "$TMP/s"
	wait_for 5 grep -q "size 0x90" "$TMP/received"
	davit delete --force "$ID"
	config '.process.consoleSize = {height: 0, width: 0}'
	terminal 'stty size; echo fine'
	run_terminal -0
	assert_output --partial fine
	# Of a configuration without a terminal it is not looked at.
	config '.process.terminal = false | .process.consoleSize = {height: 70000, width: 1} |
		.process.args = ["/bin/true"]'
	run_terminal -0
}

@test "PROC-02 in the foreground the size is that of our terminal, and follows it [vm]" {
	bundle
	terminal 'stty size; trap "stty size; exit 4" WINCH; echo ready; while :; do sleep 0.05; done'
	config '.process.consoleSize = {height: 37, width: 111}'
	"$PROGRAMS/ptydrive" -s 31x97 -r 52x132 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" \
		</dev/null >"$TMP/shown" 2>"$TMP/said" 3>&- 4>&- &
	local pid=$!
	wait_for 10 grep -q ready "$TMP/shown"
	kill -USR1 $pid
	local rc=0
	wait $pid || rc=$?
	assert_equal $rc 4
	assert_equal "$(shown | head -1)" "31 97"
	assert_equal "$(shown | tail -1)" "52 132"
	assert_equal "$(cat "$TMP/said")" "exit 4 modes same"
}

@test "a person types, and the container's terminal does what a terminal does" {
	bundle
	terminal 'echo ready; read -r line; echo "got $line"; read -r line; echo never'
	: >"$TMP/shown"
	(
		wait_for 10 grep -q ready "$TMP/shown"
		printf 'one\177e\r'
		wait_for 10 grep -q got "$TMP/shown"
		printf '\003'
		sleep 0.5
	) | on_pty "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" || true
	# Typed once, echoed once; DEL is the container's to act on, and so is control-C.
	assert_equal "$(shown | grep -c '^got one*e$')" 1
	run ! grep -q never "$TMP/shown"
	assert_equal "$(cat "$TMP/said")" "exit 130 modes same"
	assert_nothing_left
}

@test "the modes of our terminal come back on every way out" {
	bundle
	args /no/such/program
	config '.process.terminal = true'
	on_pty "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null || true
	assert_equal "$(cat "$TMP/said")" "exit 1 modes same"
	printf 'no program' >"$BUNDLE/rootfs/bin/odd"
	chmod 755 "$BUNDLE/rootfs/bin/odd"
	args /bin/odd
	on_pty "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null || true
	assert_equal "$(cat "$TMP/said")" "exit 1 modes same"
	terminal 'kill -9 $$'
	config '.linux.namespaces |= map(select(.type != "pid")) | .mounts |= map(select(.type != "proc"))'
	on_pty "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null || true
	assert_equal "$(cat "$TMP/said")" "exit 137 modes same"
	assert_nothing_left
}

@test "signals that end davit itself leave our terminal as it was" {
	bundle
	local sig pid
	for sig in SEGV ABRT TRAP TERM; do
		terminal 'trap "exit 9" TERM; echo ready; while :; do sleep 0.05; done'
		rm -f "$TMP/shown" "$TMP/pid"
		"$PROGRAMS/ptydrive" -o "$TMP/pid" "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" \
			</dev/null >"$TMP/shown" 2>"$TMP/said" 3>&- 4>&- &
		pid=$!
		wait_for 10 grep -q ready "$TMP/shown"
		kill "-$sig" "$(cat "$TMP/pid")"
		wait $pid || true
		run -0 cat "$TMP/said"
		case $sig in
		TERM) assert_output "exit 9 modes same" ;;
		*) assert_output --regexp '^exit [0-9]+ modes same$' ;;
		esac
		davit delete --force "$ID"
	done
}

@test "no byte is lost: much output, to a reader that dawdles" {
	bundle
	terminal 'stty -opost; seq 1 60000; exit 3'
	davit run --bundle "$BUNDLE" "$ID" </dev/null 2>"$TMP/err" | (sleep 2; cat) >"$TMP/got"
	seq 1 60000 >"$TMP/expected"
	cmp "$TMP/expected" "$TMP/got"
	# ... and the last ones of a program that ends at once
	local i
	terminal 'stty -opost; head -c 3000 /dev/zero | tr "\0" x; printf END'
	for i in 1 2 3 4 5 6 7 8; do
		run_terminal -0
		assert_equal "${#output} ${output: -3}" "3003 END"
	done
}

@test "no byte is lost: much input, to a program that dawdles" {
	bundle
	terminal 'stty raw -echo; printf go; sleep 1; head -c 400000 | sha256sum'
	seq 1 100000 | head -c 400000 >"$TMP/in"
	mkfifo "$TMP/fifo"
	(
		wait_for 10 grep -q go "$TMP/got"
		cat "$TMP/in"
		sleep 3
	) | davit run --bundle "$BUNDLE" "$ID" >"$TMP/got" 2>"$TMP/err"
	grep -q "$(sha256sum <"$TMP/in" | cut -d' ' -f1)" "$TMP/got" || fail "$(cat "$TMP/got")"
}

@test "the end of our input is not the end of the terminal, and costs no time" {
	bundle
	terminal 'echo ready; sleep 2; echo done'
	davit run --bundle "$BUNDLE" "$ID" </dev/null >"$TMP/got" 2>&1 &
	local pid=$! used
	wait_for 5 grep -q ready "$TMP/got"
	used=$(cpu_of "$(davit_of run)")
	sleep 1
	used=$(($(cpu_of "$(davit_of run)") - used))
	[ $used -le 5 ] || fail "$used hundredths of a second for nothing"
	wait $pid
	grep -q "done" "$TMP/got"
}

@test "a reader that is stuck stops the bytes, not the signals" {
	bundle
	terminal 'trap "exit 5" USR1; echo ready; (yes | head -c 1000000) & wait; echo never'
	mkfifo "$TMP/pipe"
	sleep 100 <>"$TMP/pipe" 3>&- 4>&- &
	undo end_background $!
	davit run --bundle "$BUNDLE" "$ID" </dev/null >"$TMP/pipe" 2>"$TMP/err" &
	local pid=$! used rc=0
	wait_for 5 status_is running "$ID"
	# Until all buffers are full there is something to do, on a slow machine for some seconds.
	for _ in 1 2 3 4 5; do
		used=$(cpu_of "$(davit_of run)")
		sleep 1
		used=$(($(cpu_of "$(davit_of run)") - used))
		[ $used -gt 5 ] || break
	done
	[ $used -le 5 ] || fail "$used hundredths of a second for nothing"
	kill -USR1 "$(davit_of run)"
	wait_for 5 sh -c "! '$DAVIT' --root '$ROOT' ps '$ID' | grep -q '[0-9]'" || fail "the program got no signal"
	# What it said last may still get out; told to end, davit does not wait for that.
	kill -TERM "$(davit_of run)"
	wait $pid || rc=$?
	assert_equal $rc 5
	assert_nothing_left
}

@test "a reader that goes away does not stop the program" {
	bundle
	terminal 'stty -opost; yes | head -c 1000000; exit 6'
	{ davit run --bundle "$BUNDLE" "$ID" </dev/null 2>"$TMP/err" || echo $? >"$TMP/rc"; } | head -c 10 >"$TMP/got"
	wait_for 10 test -s "$TMP/rc"
	assert_equal "$(cat "$TMP/rc")" 6
	assert_equal "$(wc -c <"$TMP/got")" 10
}

@test "standard descriptors of every kind carry a terminal" {
	bundle
	terminal 'stty -echo; head -n 1; echo out'
	echo typed >"$TMP/in"
	davit run --bundle "$BUNDLE" "$ID" <"$TMP/in" >"$TMP/got" 2>&1
	assert_equal "$(tr -d '\r' <"$TMP/got" | tail -2 | xargs)" "typed out"
	davit run --bundle "$BUNDLE" "$ID" <"$TMP/in" >/dev/null 2>&1
	"$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" <&- >"$TMP/got" 2>&1 3>&- 4>&- &
	local pid=$!
	wait_for 5 status_is running "$ID"
	davit kill "$ID" KILL
	wait $pid || assert_equal $? 137
	need_cmd python3
	run -0 python3 - "$DAVIT" "$ROOT" "$BUNDLE" "$ID" <<-'E'
		import socket, subprocess, sys
		d, root, bundle, id = sys.argv[1:]
		a, b = socket.socketpair()
		p = subprocess.Popen([d, "--root", root, "run", "--bundle", bundle, id], stdin=b, stdout=b, stderr=b)
		b.close()
		a.sendall(b"typed\n")
		text = b""
		while True:
		    got = a.recv(4096)
		    if not got: break
		    text += got
		assert p.wait() == 0
		assert text.replace(b"\r", b"").endswith(b"typed\nout\n"), text
	E
}

@test "PROC-01 create: the console socket gets the master, before create returns [vm] [smoke]" {
	bundle
	terminal 'stty size; echo hello; read -r line; echo "read $line"; exit 2'
	config '.process.consoleSize = {height: 40, width: 100}'
	receiver late "$TMP/s"
	create "$ID" --console-socket "$TMP/s"
	kill -USR1 "$RECEIVER"
	wait_for 5 grep -q master "$TMP/received"
	grep -q "^bytes [1-9][0-9]* fds 1 " "$TMP/received"
	grep -q "^master 5:2 pts 0 size 40x100$" "$TMP/received"
	run ! grep -q "more than one" "$TMP/received"
	davit delete --force "$ID"
	receiver copy "$TMP/s2" "$TMP/r2"
	create "$ID" --console-socket "$TMP/s2"
	davit start "$ID"
	wait_for 5 grep -q hello "$TMP/r2"
	davit kill "$ID" KILL
	wait_for 5 grep -q hangup "$TMP/r2"
}

@test "the container keeps nothing of create's own stdout and stderr" {
	bundle
	terminal 'sleep 100'
	receiver hold "$TMP/s"
	run -0 within 10 "$DAVIT" --root "$ROOT" create --bundle "$BUNDLE" --console-socket "$TMP/s" "$ID" 3>&- 4>&-
	run -0 fds_of "$(pid_of)"
	refute_output --partial pipe:
	receiver hold "$TMP/s2" "$TMP/r2"
	run -0 within 10 "$DAVIT" --root "$ROOT" run --detach --bundle "$BUNDLE" --console-socket "$TMP/s2" "$ID-b" 3>&- 4>&-
	assert_equal "$(state_of "$ID-b")" running
}

@test "run --detach: the console socket gets the master" {
	bundle
	terminal 'echo hello; read -r line; echo "read $line"'
	mkfifo "$TMP/keys"
	sleep 100 <>"$TMP/keys" 3>&- 4>&- &
	undo end_background $!
	"$PROGRAMS/receiver" copy "$TMP/s" <"$TMP/keys" >"$TMP/received" 2>&1 3>&- 4>&- &
	undo end_background $!
	wait_for 5 grep -q ready "$TMP/received"
	run -0 davit run --detach --bundle "$BUNDLE" --console-socket "$TMP/s" "$ID"
	wait_for 5 grep -q hello "$TMP/received"
	echo word >"$TMP/keys"
	wait_for 5 grep -q "read word" "$TMP/received"
	wait_for 5 grep -q hangup "$TMP/received"
}

@test "PROC-01 a terminal that nobody would have, or a socket that gets none, is refused" {
	bundle
	terminal 'echo hello'
	receiver never "$TMP/s"
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "process.terminal"
	assert_output --partial "--console-socket"
	run -1 davit run --detach --bundle "$BUNDLE" "$ID"
	assert_output --partial "--console-socket"
	run -1 davit run --console-socket "$TMP/s" --bundle "$BUNDLE" "$ID"
	assert_output --partial "--console-socket"
	config '.process.terminal = false'
	run -1 davit create --console-socket "$TMP/s" --bundle "$BUNDLE" "$ID"
	assert_output --partial "process.terminal"
	assert_nothing_left
}

@test "the terminal belongs to the program's user, who can open it again" {
	bundle
	need_ids
	terminal 'stat -c "%u %a" $(tty) /dev/console; echo again >/dev/stdout; echo t >/dev/tty; id -u'
	config '.process.user = {uid: 1000, gid: 1000} | .root.readonly = true'
	run_terminal -0
	assert_equal "$(tr -d '\r' <<<"$output" | xargs)" "1000 620 1000 620 again t 1000"
}

@test "a user namespace has terminals of its own" {
	need_root
	bundle
	terminal 'tty; stat -c "%u" /dev/console; echo hello'
	config '.linux.namespaces += [{type: "user"}] | .process.user = {uid: 5, gid: 5} |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = .linux.uidMappings | .mounts |= map(select(.type != "sysfs" and .type != "cgroup"))'
	chmod 755 "$TMP" "$BUNDLE"
	run_terminal -0
	assert_equal "$(tr -d '\r' <<<"$output" | xargs)" "/dev/pts/0 5 hello"
}

@test "without a devpts there is no terminal, and nothing is left" {
	bundle
	terminal 'echo hello'
	config '.mounts |= map(select(.type != "devpts"))'
	run_terminal -1
	assert_output --partial "/dev/pts/ptmx"
	refute_output --partial "no such file"
	config '.mounts += [{destination: "/dev/pts", type: "tmpfs", source: "tmpfs"}]'
	run_terminal -1
	assert_output --partial "/dev/pts/ptmx"
	assert_nothing_left
}

@test "a read-only /dev has its console all the same" {
	bundle
	terminal 'echo hello >/dev/console; touch /dev/x || echo read-only'
	config '.mounts |= map(if .destination == "/dev" then .options += ["ro"] else . end)'
	run_terminal -0
	assert_output --partial hello
	assert_output --partial read-only
}

@test "a container that shares the host's mounts of /dev keeps them as they are" {
	bundle
	terminal 'tty; echo hello'
	config '.mounts |= map(select(.destination | startswith("/dev") | not)) +
		[{destination: "/dev", type: "bind", source: "/dev", options: ["rbind", "rslave"]}]'
	local before
	[ -e /dev/console ] || skip "no /dev/console here"
	before=$(stat -c '%i %u %a %t' /dev/console)
	run_terminal -0
	assert_output --partial hello
	assert_equal "$(stat -c '%i %u %a %t' /dev/console)" "$before"
}

# in_time COMMAND...: refused within the limit
in_time() {
	local began=$EPOCHSECONDS
	detached "$@"
	[ "$status" = 1 ] || [ "$status" = 255 ] || fail "exit $status: $output $stderr"
	[ $((EPOCHSECONDS - began)) -lt $((12 * ${DAVIT_TEST_SLOW:-1})) ] || fail "too slow"
}

@test "D5 console sockets that nobody serves are an error in time, and nothing is left" {
	bundle
	terminal 'sleep 100'
	receiver stall "$TMP/stall"
	in_time davit create --bundle "$BUNDLE" --console-socket "$TMP/stall" "$ID"
	assert_stderr --partial "--console-socket: nobody accepts connections"
	in_time davit create --bundle "$BUNDLE" --console-socket "$TMP/none" "$ID"
	assert_stderr --partial "--console-socket: cannot connect"
	: >"$TMP/file"
	in_time davit run --detach --bundle "$BUNDLE" --console-socket "$TMP/file" "$ID"
	assert_stderr --partial ECONNREFUSED
	assert_nothing_left
	receiver shut "$TMP/shut" "$TMP/r2"
	local i
	for i in 1 2 3 4 5; do
		detached davit create --bundle "$BUNDLE" --console-socket "$TMP/shut" "$ID"
		# Whether it had closed already when the message went is a matter of luck.
		[ "$status" = 0 ] || assert_stderr --regexp "EPIPE|ECONNRESET"
		[ "$status" = 0 ] || assert_nothing_left
		davit delete --force "$ID"
	done
}

@test "D5 a peer that accepts and reads nothing does not hold create up" {
	bundle
	terminal 'sleep 100'
	receiver unread "$TMP/s"
	create "$ID" --console-socket "$TMP/s"
	davit start "$ID"
	davit kill "$ID" KILL
	wait_status stopped
}

@test "D5 a peer that reads byte by byte gets every byte" {
	bundle
	terminal 'stty -opost; sleep 0.3; seq 1 800'
	receiver bytes "$TMP/s"
	run -0 davit run --detach --bundle "$BUNDLE" --console-socket "$TMP/s" "$ID"
	wait_for 10 grep -q hangup "$TMP/received"
	seq 1 800 >"$TMP/expected"
	grep -xE '[0-9]+' "$TMP/received" | cmp - "$TMP/expected"
}

@test "D5 console sockets of every length of path are reached" {
	bundle
	terminal 'sleep 100'
	local n dir path
	for n in 107 108 109 200 500; do
		dir=$TMP
		while [ $((n - ${#dir})) -gt 100 ]; do dir+=/$(printf "%0$((n - ${#dir} > 300 ? 200 : 40))d" 0); done
		mkdir -p "$dir"
		path=$dir/$(printf "%0$((n - ${#dir} - 1))d" 7)
		assert_equal ${#path} $n
		receiver hold "$path" "$TMP/r$n"
		create "$ID" --console-socket "$path"
		wait_for 5 grep -q "master 5:2" "$TMP/r$n" || fail "$n: $(cat "$TMP/r$n")"
		davit delete --force "$ID"
	done
}

# idle: a container that waits
idle() {
	args sleep 1000
	running
}

@test "PROC-01 exec --tty: a terminal, a session, an exit status [vm] [smoke] [fallback]" {
	bundle
	idle
	run -7 davit exec --tty "$ID" sh -c 'tty; echo to stderr >&2; echo hello >/dev/tty
		[ "$(cut -d" " -f4 /proc/self/stat)" = "$(cut -d" " -f6 /proc/self/stat)" ] && echo leads; exit 7'
	assert_equal "$(tr -d '\r' <<<"$output" | xargs)" "/dev/pts/0 to stderr hello leads"
	run -0 davit exec "$ID" ls /dev/pts
	assert_output ptmx
	# Two at once, while the first lives.
	davit exec -t "$ID" sh -c 'tty; until [ -e /dev/shm/go ]; do sleep 0.1; done' </dev/null >"$TMP/first" 2>&1 &
	local pid=$!
	wait_for 5 grep -q pts/0 "$TMP/first"
	run -0 davit exec -t "$ID" tty
	assert_output --partial /dev/pts/1
	davit exec "$ID" touch /dev/shm/go
	wait $pid
}

@test "exec --process with a terminal: consoleSize, user, and our own terminal's size" {
	bundle
	need_ids
	idle
	jq '.process | .terminal = true | .consoleSize = {height: 33, width: 99} | .user = {uid: 7, gid: 7}
		| .args = ["sh", "-c", "stty size; stat -c %u $(tty); id -u"]' "$BUNDLE/config.json" >"$TMP/p.json"
	run -0 davit exec --process "$TMP/p.json" "$ID"
	assert_equal "$(tr -d '\r' <<<"$output" | xargs)" "33 99 7 7"
	# Engines say it twice; either is enough.
	run -0 davit exec --tty --process "$TMP/p.json" "$ID"
	assert_equal "$(tr -d '\r' <<<"$output" | xargs)" "33 99 7 7"
	jq '.terminal = false | .args = ["tty"]' "$TMP/p.json" >"$TMP/p2.json"
	run -0 davit exec --tty --process "$TMP/p2.json" "$ID"
	assert_output --partial /dev/pts/0
	on_pty -s 44x144 "$DAVIT" --root "$ROOT" exec --process "$TMP/p.json" "$ID" </dev/null
	assert_equal "$(shown | xargs)" "44 144 7 7"
	assert_equal "$(cat "$TMP/said")" "exit 0 modes same"
}

@test "exec --tty beside a process file, as conmon gives them: it has a terminal whatever the file says" {
	bundle
	args sleep 100
	running
	local terminal
	for terminal in true false; do
		jq --argjson t $terminal '.process | .args = ["tty"] | .terminal = $t' \
			"$BUNDLE/config.json" >"$TMP/process.json"
		run -0 davit exec --tty --process "$TMP/process.json" "$ID"
		assert_output --partial /dev/pts/0
	done
}

@test "exec --tty: a person types" {
	bundle
	idle
	: >"$TMP/shown"
	(
		wait_for 10 grep -q ready "$TMP/shown"
		printf 'echo a$((40+2))b\r'
		wait_for 10 grep -q a42b "$TMP/shown"
		printf 'exit 9\r'
		sleep 0.5
	) | on_pty "$DAVIT" --root "$ROOT" exec -t "$ID" sh -c 'echo ready; exec sh' || true
	grep -q a42b "$TMP/shown"
	assert_equal "$(cat "$TMP/said")" "exit 9 modes same"
	on_pty "$DAVIT" --root "$ROOT" exec -t "$ID" /no/such </dev/null || true
	assert_equal "$(cat "$TMP/said")" "exit 255 modes same"
}

@test "exec --detach: the console socket gets the master, and the process keeps nothing of ours" {
	bundle
	idle
	receiver copy "$TMP/s"
	run -0 within 10 "$DAVIT" --root "$ROOT" exec --detach --tty --console-socket "$TMP/s" --pid-file "$TMP/pid" \
		"$ID" sh -c 'echo hello; sleep 0.5; echo bye' 3>&- 4>&-
	[ -s "$TMP/pid" ]
	wait_for 5 grep -q bye "$TMP/received"
	wait_for 5 grep -q hangup "$TMP/received"
	grep -q "fds 1 " "$TMP/received"
}

@test "PROC-01 D5 exec refuses what create refuses, in time, and leaves nothing" {
	bundle
	idle
	receiver stall "$TMP/stall"
	in_time davit exec --detach --tty "$ID" true
	assert_stderr --partial "--console-socket"
	in_time davit exec --detach --console-socket "$TMP/stall" "$ID" true
	assert_stderr --partial "process.terminal"
	in_time davit exec --tty --console-socket "$TMP/stall" "$ID" true
	in_time davit exec --detach --tty --console-socket "$TMP/stall" --pid-file "$TMP/pid" "$ID" true
	assert_stderr --partial "nobody accepts connections"
	in_time davit exec --detach --tty --console-socket "$TMP/none" --pid-file "$TMP/pid" "$ID" true
	[ ! -e "$TMP/pid" ]
	run -0 davit exec "$ID" ps -o comm
	refute_output --partial davit
	run -0 davit exec "$ID" ls /dev/pts
	assert_output ptmx
}

@test "32 execs with terminals at once: every byte, nothing left" {
	bundle
	config '.linux.resources.pids = {limit: 500}'
	idle
	local i pids=() rc
	for i in $(seq 32); do
		davit exec --tty "$ID" sh -c "stty -opost; seq $i 1000; exit 5" </dev/null >"$TMP/o.$i" 2>&1 &
		pids+=($!)
	done
	for i in $(seq 32); do
		rc=0
		wait "${pids[i - 1]}" || rc=$?
		[ "$rc" = 5 ] || fail "exec $i: $rc $(cat "$TMP/o.$i")"
		seq "$i" 1000 | cmp - "$TMP/o.$i"
	done
	run -0 davit exec "$ID" ls /dev/pts
	assert_output ptmx
}

@test "README's first container works as it is written there" {
	need_root
	local block
	busybox_tree
	block=$(sed -n '/^## First container/,/^## Commands/s/^    //p' "$BATS_TEST_DIRNAME/../../README.md")
	assert_equal "$(grep -c davit <<<"$block")" 5
	mkdir "$TMP/bin"
	printf '#!/bin/sh\nexec "$@"\n' >"$TMP/bin/sudo"
	printf '#!/bin/sh\nexec "%s" --root "%s" "$@"\n' "$DAVIT" "$ROOT" >"$TMP/bin/davit"
	chmod +x "$TMP/bin/sudo" "$TMP/bin/davit"
	cd "$TMP"
	# What is typed is for the shell of the first container.
	run -0 on_pty env PATH="$TMP/bin:$PATH" bash -ec "${block//\/path\/to\/some\/root/$TREE}" \
		<<<'echo $((6 * 7)) from inside; exit'
	assert_equal "$(shown | grep -c '^42 from inside$')" 1
	assert_equal "$(shown | sed -n '/^{/,/^}/p' | jq -r .status)" created
	assert_equal "$(davit list -q)" ""
}
