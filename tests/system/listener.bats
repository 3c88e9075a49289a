#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Filters that ask an agent: linux.seccomp.listenerPath (SEC-13 to SEC-17).
load ../lib/helpers

# mkdir and mkdirat, by the tables of x86-64 and the one that newer machines share
NUMBERS="83 258 34"

# agent MODE [SOCKET]: in the background; what it gets is in $TMP/bg.out
agent() {
	AGENT=$DAVIT_BUILD/tests/attack/agent
	[ -e "$AGENT" ] || skip "needs tests/attack/agent"
	SOCKET=${2:-$TMP/agent.sock}
	rm -f "$SOCKET"
	# shellcheck disable=SC2086 # numbers
	background "$AGENT" "$SOCKET" "$1" $NUMBERS
	wait_for 5 grep -q listening "$TMP/bg.out"
}

# asks NNP [NAME...]: the profile sends these calls (mkdir) to the agent
asks() {
	local nnp=$1
	shift
	[ $# -gt 0 ] || set -- mkdir mkdirat
	config --argjson nnp "$nnp" --arg s "$SOCKET" '.process.noNewPrivileges = $nnp | .linux.seccomp = {
		defaultAction: "SCMP_ACT_ALLOW", listenerPath: $s, listenerMetadata: "of \"the\" test",
		syscalls: [{names: $ARGS.positional, action: "SCMP_ACT_NOTIFY"}]} |
		if any(.mounts[]; .destination == "/t") then . else
			.mounts += [{"destination": "/t", "type": "tmpfs", "source": "t"}] end' --args -- "$@"
}

# The documents that the agent got, and what the calls were
documents() { sed -n 's/^state //p' "$TMP/bg.out"; }

TRIES='mkdir /t/x 2>&1 || true; for f in /proc/self/fd/*; do readlink $f; done | grep -c seccomp || true'

@test "SEC-13 SEC-15 run: the agent gets the state and the descriptor, and its answer counts [vm fallback smoke]" {
	bundle
	local nnp
	for nnp in true false; do
		agent answer
		asks $nnp
		config '.annotations = {"org.example.a": "b"}'
		in_container "$TRIES"
		assert_line --partial "No space left on device"
		# H5: nothing of the listener is open in the program.
		assert_equal "${lines[1]}" 0
		run -0 documents
		assert_equal "$(wc -l <<<"$output")" 1
		assert_json '.ociVersion == "1.3.0" and .fds == ["seccompFd"] and .metadata == "of \"the\" test"'
		assert_json '.pid > 1 and .state.pid == .pid and .state.status == "creating"'
		assert_json ".state.id == \"$ID\" and .state.bundle == \"$BUNDLE\" and .state.annotations == {\"org.example.a\": \"b\"}"
		assert_json '.state.ociVersion == "1.3.0"'
		end_background $BG
	done
}

@test "SEC-13 SEC-17 create and start: the descriptor goes while the filter is installed [vm]" {
	bundle
	local nnp pid
	script "$TRIES; sleep 100"
	for nnp in true false; do
		agent answer
		asks $nnp
		create
		pid=$(pid_of)
		# Without noNewPrivileges it is installed before the privileges go, with it after START.
		if [ $nnp = true ]; then
			assert_equal "$(documents)" ""
		else
			wait_for 5 grep -q '^state ' "$TMP/bg.out"
		fi
		davit start "$ID"
		wait_for 5 grep -qx 0 "$TMP/out"
		grep -q "No space left on device" "$TMP/out"
		run -0 documents
		assert_json ".pid == $pid and .state.pid == $pid and .state.status == \"creating\" and .metadata == \"of \\\"the\\\" test\""
		grep -q "^call [0-9]* $pid\$\|^call " "$TMP/bg.out"
		davit delete --force "$ID"
		end_background $BG
	done
}

@test "SEC-15 exec: a document of its own, with the container's state running [vm]" {
	bundle
	local nnp pid
	args sleep 1000
	for nnp in true false; do
		agent answer
		asks $nnp
		running
		pid=$(pid_of)
		run davit exec "$ID" sh -c "$TRIES" </dev/null
		assert_line --partial "No space left on device"
		assert_equal "${lines[1]}" 0
		run davit exec "$ID" mkdir /t/y </dev/null
		assert_failure 1
		assert_output --partial "No space left on device"
		assert_equal "$(documents | wc -l)" 3
		output=$(documents | tail -1)
		assert_json ".pid != $pid and .pid > 1 and .state.pid == $pid and .state.status == \"running\""
		davit delete --force "$ID"
		end_background $BG
	done
}

@test "SEC-16 calls of our own way to execve may be asked about, the agent lets them through [vm]" {
	bundle
	local nnp
	for nnp in true false; do
		agent answer
		asks $nnp execve openat open read close prctl setresuid capset chdir sendmsg recvmsg
		in_container 'cat /proc/self/status | grep ^Seccomp: | cut -f2'
		assert_output 2
		grep -q '^call' "$TMP/bg.out"
		end_background $BG
	done
}

@test "SEC-16 calls of exec's own way to execve may be asked about, too [vm]" {
	# The descriptor must be fetched where sendmsg is watched, and the memory of a process that has
	# joined an ordinary user's namespace is root's.
	need_root
	bundle
	local nnp
	for nnp in true false; do
		agent answer
		asks $nnp execve openat open read close prctl setresuid capset chdir sendmsg recvmsg
		script 'sleep 100'
		running
		davit exec "$ID" true </dev/null
		davit delete --force "$ID"
		assert_equal "$(documents | wc -l)" 2
		grep -q '^call' "$TMP/bg.out"
		end_background $BG
	done
}

@test "SEC-13 in a user namespace, whether the descriptor is sent or fetched [vm]" {
	need_root
	bundle
	local nnp more uid
	mkdir "$BUNDLE/rootfs/t"
	config '.linux.namespaces += [{"type": "user"}] |
		.linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}] |
		.linux.gidMappings = .linux.uidMappings'
	script "$TRIES"
	for nnp in true false; do
		for more in mkdirat sendmsg; do
			for uid in 0 1000; do
				agent answer
				asks $nnp mkdir mkdirat $more
				config --argjson u $uid '.process.user = {"uid": $u, "gid": $u}'
				in_container "$TRIES"
				assert_output --partial "No space left on device"
				create
				davit start "$ID"
				wait_status stopped
				davit delete "$ID"
				assert_equal "$(documents | wc -l)" 2
				end_background $BG
			done
		done
	done
}

@test "SEC-13 where descriptors cannot be fetched, a profile that watches sendmsg is refused by name [fallback]" {
	bundle
	agent answer
	local nnp
	for nnp in true false; do
		asks $nnp sendmsg
		DAVIT_TEST_WITHOUT=pidfd-getfd detached davit run --bundle "$BUNDLE" "$ID"
		[[ $status == 1 && $stderr == *"no pidfd_getfd (Linux 5.6)"* ]] || fail "$nnp: $status $stderr"
		assert_nothing_left
	done
}

@test "SEC-13 a listener that no rule needs is left alone" {
	bundle
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/nowhere/at/all",
		syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}]}'
	in_container 'echo ran'
	assert_output ran
}

@test "SEC-05 WAIT_KILLABLE_RECV is given to the kernel, or refused by name" {
	need_cmd strace
	bundle
	agent answer
	asks true
	args true
	config '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", "SECCOMP_FILTER_FLAG_TSYNC"]'
	if davit features | jq -e '.linux.seccomp.supportedFlags | index("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV")' >/dev/null; then
		strace -f -qq -o "$TMP/calls" -e trace=seccomp -e raw=seccomp "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&- 4>&-
		grep -q 'seccomp(0x1, 0x28,' "$TMP/calls"
	else
		run davit run --bundle "$BUNDLE" "$ID"
		assert_failure
		assert_output --partial linux.seccomp.flags
	fi
}

@test "SEC-13 a socket behind a path longer than an address, and a symbolic link" {
	bundle
	local dir=$TMP/long i
	for i in 1 2 3 4; do dir+=/$(printf '%060d' $i); done
	mkdir -p "$dir"
	agent answer "$dir/agent.sock"
	asks true
	in_container "$TRIES"
	assert_line --partial "No space left on device"
	ln -s "$dir/agent.sock" "$TMP/link"
	SOCKET=$TMP/link asks false
	in_container "$TRIES"
	assert_line --partial "No space left on device"
}

@test "SEC-15 a document larger than a socket's buffer arrives whole" {
	bundle
	agent answer
	asks true
	# A state record has 4 KiB, the metadata are the configuration's own.
	jq --arg m "$(printf '%0100000d' 7)" '.linux.seccomp.listenerMetadata = ($m * 8)' "$BUNDLE/config.json" >"$TMP/c"
	mv "$TMP/c" "$BUNDLE/config.json"
	in_container "$TRIES"
	assert_line --partial "No space left on device"
	assert_equal "$(documents | jq -r '.metadata | length')" 800000
}

@test "H5 an agent that is not there: an error at create, nothing is left" {
	bundle
	local nnp
	SOCKET=$TMP/none
	for nnp in true false; do
		asks $nnp
		for cmd in create run; do
			detached davit $cmd --bundle "$BUNDLE" "$ID"
			assert_equal "$cmd $nnp $status" "$cmd $nnp 1"
			[[ $stderr == *"$SOCKET"*ENOENT* ]] || fail "$cmd $nnp: $stderr"
			assert_nothing_left
		done
	done
	: >"$SOCKET"
	detached davit create --bundle "$BUNDLE" "$ID"
	[[ $status == 1 && $stderr == *"no socket"* ]] || fail "$stderr"
	assert_nothing_left
}

@test "H5 an agent that went away after create: start fails and the container is gone" {
	bundle
	agent answer
	asks true
	create
	end_background $BG
	run davit start "$ID"
	assert_failure 1
	assert_output --partial ECONNREFUSED
	assert_nothing_left
	# Nobody listens any more: the same for create.
	asks false
	detached davit create --bundle "$BUNDLE" "$ID"
	[[ $status == 1 && $stderr == *ECONNREFUSED* ]] || fail "$stderr"
	assert_nothing_left
}

@test "H5 an agent that hangs up: an error, or a program without answers, never a hang" {
	bundle
	local nnp mode
	for nnp in true false; do
		for mode in hangup dead; do
			agent $mode
			asks $nnp
			script 'mkdir /t/x 2>&1 || echo failed'
			detached within 8 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
			case $status in
			# Nobody answers any more: the kernel says ENOSYS.
			0) [[ $output == *"not implemented"*failed ]] || fail "$mode $nnp: $output" ;;
			1) [[ $stderr == *"$SOCKET"* ]] || fail "$mode $nnp: $stderr" ;;
			*) fail "$mode $nnp: $status $stderr" ;;
			esac
			assert_nothing_left
			end_background $BG
		done
	done
}

@test "H5 an agent that talks rubbish changes nothing" {
	bundle
	local nnp
	for nnp in true false; do
		agent rubbish
		asks $nnp
		in_container "$TRIES"
		assert_line --partial "No space left on device"
		! grep -q "was taken" "$TMP/bg.out" || fail "an answer to nobody was taken"
		end_background $BG
	done
}

@test "H5 an agent that never takes the connection: an error in time, nothing is left" {
	bundle
	agent busy
	asks true
	create
	run within 30 "$DAVIT" --root "$ROOT" start "$ID"
	assert_failure 1
	assert_output --partial "has not taken the notify descriptor within"
	assert_nothing_left
}

@test "H5 an agent that never answers what the start needs: an error in time, nothing is left" {
	bundle
	agent silent
	asks true execve
	detached within 30 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	[[ $status == 1 && $stderr == *"has not answered within"* ]] || fail "$status $stderr"
	assert_nothing_left
	asks false setresuid setgroups
	detached within 30 "$DAVIT" --root "$ROOT" create --bundle "$BUNDLE" "$ID"
	[[ $status == 1 && $stderr == *"has not answered within"* ]] || fail "$status $stderr"
	assert_nothing_left
}

@test "H5 exec with an agent that is gone or never answers: an error in time, the container as it was" {
	bundle
	agent silent
	asks true execve
	args sleep 1000
	# Its filter comes with START, that of exec now.
	create
	run within 30 "$DAVIT" --root "$ROOT" exec "$ID" true </dev/null
	assert_failure 255
	assert_output --partial "has not answered within"
	end_background $BG
	run within 30 "$DAVIT" --root "$ROOT" exec "$ID" true </dev/null
	assert_failure 255
	assert_output --partial ECONNREFUSED
	assert_equal "$(state_of)" created
	assert_equal "$(cat /proc/"$(pid_of)"/task/*/children)" ""
}

@test "H5 an agent that never answers the program: the container starts and can be killed" {
	bundle
	agent silent
	asks true
	args mkdir /t/x
	running
	wait_status running
	davit kill "$ID" KILL
	wait_status stopped
	davit delete "$ID"
}

@test "LC-07 a startContainer hook is under the filter, and may ask as long as it likes" {
	bundle
	agent answer
	asks true
	config '.hooks.startContainer = [{"path": "/bin/sh", "args": ["sh", "-c", "mkdir /t/h; sleep 1; echo >/t/ran"]}]'
	in_container 'ls /t'
	assert_output ran
}
