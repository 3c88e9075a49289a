#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tags: vm
# A container's life: create, start, state, kill, delete, run
# (docs/conformance.md sections 2 and 3).
load ../lib/helpers

@test "LC-02 LC-06 LC-10 LC-11 a container is created, runs, stops and is deleted [fallback smoke]" {
	bundle
	args sleep 100
	create
	assert_equal "$(state_of)" created
	kill -0 "$(pid_of)"
	davit start "$ID"
	assert_equal "$(state_of)" running
	davit kill "$ID" KILL
	wait_status stopped
	assert_equal "$(pid_of)" 0
	davit delete "$ID"
	run -1 davit state "$ID"
	assert_output --partial "container does not exist"
	assert_nothing_left
}

@test "LC-02 the program does not run before start" {
	bundle
	config '.root.readonly = false'
	script 'echo ran > /ran'
	create
	sleep 0.2
	[ ! -e "$BUNDLE/rootfs/ran" ]
	davit start "$ID"
	wait_status stopped
	assert_equal "$(cat "$BUNDLE/rootfs/ran")" ran
}

@test "LC-08 run gives the program's output and exit status and leaves nothing [fallback smoke]" {
	bundle
	EXPECT=7 in_container 'echo hello; exit 7'
	assert_output hello
	assert_nothing_left
}

@test "run ends with 128 and the signal when a signal ends the program" {
	# Without a pid namespace of its own, in which only root may mount a new proc.
	need_root
	bundle
	# Without a pid namespace of its own: pid 1 is immune to its own signals.
	config '.linux.namespaces |= map(select(.type != "pid"))'
	EXPECT=137 in_container 'kill -9 $$; sleep 1'
	assert_nothing_left
}

@test "LIFE-02 an id in use is refused in the words that engines know, and changes nothing" {
	bundle
	args sleep 100
	running
	local pid
	pid=$(pid_of)
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "container with given ID already exists"
	assert_equal "$(pid_of)" "$pid"
	assert_equal "$(state_of)" running
}

@test "LIFE-03 J1 ids that are not of the grammar are refused by every command" {
	bundle
	local id cmd
	mkdir -p "$TMP/root-canary"
	echo keep >"$TMP/root-canary/state.json"
	for id in . .. a/b ../root-canary /etc "" -x .hidden 'a b' $'a\nb' 'ä' "$(printf 'x%.0s' $(seq 201))" "$(printf 'x%.0s' $(seq 5000))"; do
		for cmd in create start state kill delete "delete --force" run; do
			# shellcheck disable=SC2086
			run davit $cmd -- "$id" </dev/null
			[ "$status" = 1 ] || fail "$cmd accepted the id '${id:0:20}': $status $output"
		done
	done
	assert_equal "$(cat "$TMP/root-canary/state.json")" keep
	rm -r "$TMP/root-canary"
}

@test "LIFE-03 ids of the grammar work" {
	bundle
	local id
	for id in "$ID+a_b.C-1" "$ID$(printf 'x%.0s' $(seq $((200 - ${#ID}))))"; do
		create "$id"
		davit delete "$id"
	done
}

@test "LIFE-06 without a process create succeeds and start fails" {
	bundle
	config 'del(.process)'
	create
	assert_equal "$(state_of)" created
	run -1 davit start "$ID"
	assert_output --partial "no process"
	davit delete "$ID"
}

@test "LIFE-08 start of a running container is refused and changes nothing" {
	bundle
	args sleep 100
	running
	run -1 davit start "$ID"
	assert_output --partial "cannot start an already running container"
	assert_equal "$(state_of)" running
}

@test "LIFE-08 start of a stopped container is refused" {
	bundle
	args true
	running
	wait_status stopped
	run -1 davit start "$ID"
	assert_output --partial "cannot start a container that has stopped"
}

@test "LIFE-10 an execve that fails is told by start, with its errno [fallback]" {
	bundle
	config '.root.readonly = false'
	printf 'garbage' >"$BUNDLE/rootfs/bin/badfmt"
	chmod 755 "$BUNDLE/rootfs/bin/badfmt"
	args /bin/badfmt
	create
	run -1 davit start "$ID"
	assert_output --partial 'exec: "/bin/badfmt": exec format error'
	# Engines delete at once: it has ended before start tells.
	assert_equal "$(state_of)" stopped
	assert_equal "$(cat "$TMP/err")" 'exec: "/bin/badfmt": exec format error'
	davit delete "$ID"
}

@test "LIFE-09 PROC-06 what is not in PATH is told by create, in the words that engines know" {
	bundle
	args no-such-program
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial 'exec: "no-such-program": executable file not found in $PATH'
	args /bin/none
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial 'exec: "/bin/none": stat /bin/none: no such file or directory'
	assert_nothing_left
}

@test "LIFE-09 what cannot be executed is told by create: a folder, a file without mode bits" {
	bundle
	args /bin
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial 'exec: "/bin": '
	assert_output --partial 'permission denied'
	echo x >"$BUNDLE/rootfs/bin/notexec"
	chmod 644 "$BUNDLE/rootfs/bin/notexec"
	args /bin/notexec
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial 'exec: "/bin/notexec": permission denied'
	assert_nothing_left
}

@test "LIFE-11 kill of a stopped container says so in the words that engines know" {
	bundle
	args true
	running
	wait_status stopped
	run -1 davit kill "$ID" TERM
	assert_output --partial "container not running"
	davit kill --all "$ID" 9
}

@test "LIFE-12 kill sends exactly the signal it was asked for, by every name of it" {
	bundle
	script 'trap "echo usr1" USR1; trap "echo rt" 34; echo ready; while :; do sleep 0.05; done'
	running
	wait_for 5 grep -q ready "$TMP/out"
	local name n=0
	for name in USR1 SIGUSR1 10 usr1 sigusr1; do
		davit kill "$ID" "$name"
		n=$((n + 1))
		wait_for 5 eval "[ \$(grep -c usr1 '$TMP/out') = $n ]"
	done
	davit kill "$ID" RTMIN
	wait_for 5 grep -q rt "$TMP/out"
	run -1 davit kill "$ID" SIGNONE
	assert_output --partial 'unknown signal "SIGNONE"'
}

@test "LIFE-11 LIFE-12 signal 0 tells whether the container lives, and does nothing to it" {
	bundle
	args sleep 100
	create
	davit kill "$ID" 0
	davit start "$ID"
	davit kill "$ID" 0
	davit kill --all "$ID" 0
	assert_equal "$(state_of)" running
	davit kill "$ID" KILL
	wait_status stopped
	run -1 davit kill "$ID" 0
	assert_output --partial "container not running"
	# As for the other signals.
	davit kill --all "$ID" 0
}

@test "LIFE-11 the signal is TERM when none is named, before or after the id" {
	bundle
	script 'trap "echo term; exit 0" TERM; echo ready; while :; do sleep 0.05; done'
	running
	wait_for 5 grep -q ready "$TMP/out"
	davit kill "$ID"
	wait_status stopped
	grep -q term "$TMP/out"
}

@test "LIFE-13 KILL of a container without a pid namespace of its own ends its whole cgroup" {
	# Without a pid namespace of its own, in which only root may mount a new proc.
	need_root
	bundle
	config '.linux.namespaces |= map(select(.type != "pid")) | .linux.cgroupsPath = $p' --arg p "$(cgroup_path)"
	# A number that no other test's process has.
	local n=1${ID//[^0-9]/}
	script "sleep $n & sleep 1001"
	running
	wait_for 5 pgrep -fx "sleep $n"
	davit kill "$ID" KILL
	wait_status stopped
	wait_for 5 eval "! pgrep -fx 'sleep $n'"
}

@test "LIFE-14 delete of a running container is refused, with --force it works" {
	bundle
	args sleep 100
	running
	run -1 davit delete "$ID"
	assert_output --partial "cannot delete container $ID that is not stopped: running"
	assert_equal "$(state_of)" running
	davit delete --force "$ID"
	assert_nothing_left
}

@test "LIFE-14 nor while it is being started: delete waits, and looks again" {
	bundle
	args sleep 3000
	# Inside, by the busybox of the container.
	config '.hooks.startContainer = [{path: "/bin/sleep", args: ["sleep", "1"]}]'
	create
	background davit start "$ID"
	wait_for 5 pgrep -P "$(pid_of)"
	run -1 davit delete "$ID"
	assert_output --partial "that is not stopped: running"
	wait "$BG"
	assert_equal "$(state_of)" running
}

@test "LIFE-14 a container is running once start or run --detach has returned" {
	local i
	bundle
	args sleep 3000
	config --arg ask "'$DAVIT' --root '$ROOT' state $ID >>'$TMP/poststart'" \
		'.hooks.poststart = [{path: "/bin/sh", args: ["sh", "-c", $ask]}]'
	for i in $(seq 20); do
		detached davit run --detach --bundle "$BUNDLE" "$ID"
		assert_success
		assert_equal "$(state_of)" running
		run -1 davit delete "$ID"
		davit delete --force "$ID"
	done
	assert_equal "$(grep -c '"status": "running"' "$TMP/poststart")" 20
}

@test "LIFE-14 delete of a created container works, with --strict-delete it is refused" {
	bundle
	create
	run -1 davit --strict-delete delete "$ID"
	assert_output --partial "cannot delete container $ID that is not stopped: created"
	davit delete "$ID"
	assert_nothing_left
}

@test "delete --force of an id that is not there succeeds silently; delete says so" {
	run -0 davit delete --force "$ID"
	assert_output ""
	run -1 davit delete "$ID"
	assert_output --partial "container does not exist"
}

@test "LIFE-16 an id is free again after delete" {
	bundle
	args true
	for _ in 1 2 3; do
		create
		davit delete "$ID"
	done
}

@test "LIFE-17 processes that outlive init in a shared pid namespace end with delete" {
	# Without a pid namespace of its own, in which only root may mount a new proc.
	need_root
	bundle
	config '.linux.namespaces |= map(select(.type != "pid")) | .linux.cgroupsPath = $p' --arg p "$(cgroup_path)"
	local n=1${ID//[^0-9]/}
	script "sleep $n & exit 0"
	running
	wait_status stopped
	pgrep -fx "sleep $n"
	davit delete "$ID"
	wait_for 5 eval "! pgrep -fx 'sleep $n'"
	assert_nothing_left
}

@test "ST-01 to ST-07 the state document has what the specification and engines want" {
	bundle
	config '.annotations = {"com.example.a": "b", "empty": ""}'
	args sleep 100
	create
	run -0 davit state "$ID"
	assert_json '.ociVersion == "1.3.0" or (.ociVersion | test("^1\\."))'
	assert_json ".id == \"$ID\" and .status == \"created\" and (.pid | type) == \"number\" and .pid > 1"
	assert_json ".bundle == \"$(realpath "$BUNDLE")\" and .rootfs == \"$(realpath "$BUNDLE")/rootfs\""
	assert_json '.created | test("^[0-9-]{10}T[0-9:]{8}(\\.[0-9]+)?Z$")'
	assert_json '.annotations["com.example.a"] == "b" and .annotations.empty == ""'
	assert_json 'has("owner")'
}

@test "the pid file holds the pid without newline, and is there before create returns" {
	bundle
	create "$ID" --pid-file "$TMP/pid"
	assert_equal "$(od -An -c "$TMP/pid" | tr -d ' ')" "$(printf %s "$(pid_of)" | od -An -c | tr -d ' ')"
	davit delete "$ID"
}

@test "a failed create leaves no pid file" {
	bundle
	args /bin/none
	run -1 davit create --bundle "$BUNDLE" --pid-file "$TMP/pid" "$ID"
	[ ! -e "$TMP/pid" ]
}

@test "state, kill and delete work when the bundle is gone" {
	bundle
	args sleep 100
	running
	mv "$BUNDLE" "$BUNDLE.gone"
	assert_equal "$(state_of)" running
	davit kill "$ID" KILL
	wait_status stopped
	davit delete "$ID"
	mv "$BUNDLE.gone" "$BUNDLE"
}

@test "LC-14 start works and does what create read when config.json was changed in between" {
	bundle
	script 'echo first'
	create
	script 'echo second'
	davit start "$ID"
	wait_status stopped
	assert_equal "$(cat "$TMP/out")" first
}

@test "run --detach returns when the program runs, --keep keeps the stopped container" {
	bundle
	args sleep 100
	detached davit run --detach --bundle "$BUNDLE" "$ID"
	assert_equal "$status" 0
	assert_equal "$(state_of)" running
	davit delete --force "$ID"
	EXPECT=3 in_container --keep 'exit 3'
	assert_equal "$(state_of)" stopped
	davit delete "$ID"
}

@test "run forwards signals to the program" {
	bundle
	script 'trap "exit 42" TERM; echo ready; while :; do sleep 0.05; done'
	"$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" >"$TMP/out" 3>&- 4>&- &
	local pid=$! rc=0
	wait_for 5 grep -q ready "$TMP/out"
	kill -TERM $pid
	wait $pid || rc=$?
	assert_equal $rc 42
}

@test "list shows containers as a table, as JSON, as ids, and nothing without a root" {
	run -0 davit list --format json
	assert_output "[]"
	run -0 davit list -q
	assert_output ""
	bundle
	args sleep 100
	running "$ID-a"
	create "$ID-b"
	run -0 davit list
	assert_line --regexp '^ID +PID +STATUS +BUNDLE +CREATED +OWNER'
	assert_line --regexp "^$ID-a +[0-9]+ +running "
	assert_line --regexp "^$ID-b +[0-9]+ +created "
	run -0 davit list -f json
	assert_json "map(.id) == [\"$ID-a\", \"$ID-b\"] and map(.status) == [\"running\", \"created\"]"
	run -0 davit list -q
	assert_output "$ID-a"$'\n'"$ID-b"
}

@test "a start command that dies right after it asked does not take the container with it" {
	bundle
	args sleep 100
	create
	python3 - "$ROOT/$ID" "$TESTS_DIR/compat/0.1.0/start.hex" <<-'PY'
		import os, socket, sys
		os.chdir(sys.argv[1])
		s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
		s.connect("start.sock")
		s.send(bytes.fromhex(open(sys.argv[2]).read()))
		s.close()
	PY
	wait_status running
	sleep 0.2
	assert_equal "$(state_of)" running
}
