#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What is joined is what was meant, and a hostile container that is joined learns and gets nothing
# (F1, F2, F8, C5, E6, J4, J5).
load attack

KINDS=(pid net ipc uts mnt user cgroup time)
declare -gA NAME=([pid]=pid [net]=network [ipc]=ipc [uts]=uts [mnt]=mount [user]=user [cgroup]=cgroup [time]=time)

@test "F2 a path of another kind of namespace, or of none, is refused at once, for each kind" {
	bundle
	canary
	args true
	mkfifo "$TMP/fifo"
	local kind path start took
	cp "$BUNDLE/config.json" "$TMP/config"
	for kind in "${KINDS[@]}"; do
		for path in "${KINDS[@]/#//proc/self/ns/}" /proc/self/ns /proc/self/ns/.. "$TMP/fifo" "$TMP" \
			/dev/null /proc/self/exe /proc/self/fd/0 "$TMP/absent"; do
			[ "$path" != "/proc/self/ns/$kind" ] || continue
			cp "$TMP/config" "$BUNDLE/config.json"
			config --arg k "${NAME[$kind]}" --arg p "$path" '.linux.namespaces |=
				(map(select(.type != $k)) + [{type: $k, path: $p}])'
			start=${EPOCHREALTIME/[.,]/}
			run timeout 20 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null
			took=$((${EPOCHREALTIME/[.,]/} - start))
			[ "$status" = 1 ] || fail "$kind by $path: exit $status: $output"
			[ "$took" -lt $((1000000 * ${DAVIT_TEST_SLOW:-1})) ] || fail "$kind by $path: $took us"
		done
	done
	assert_canary
	assert_nothing_left
}

@test "C5 CVE-2015-1334 exec reads and writes nothing in a /proc that the container has covered" {
	bundle
	config '.root.readonly = false | .process.noNewPrivileges = true |
		.process.capabilities |= (.bounding += ["CAP_SYS_ADMIN"] | .effective = .bounding | .permitted = .bounding)'
	# A fake tree over /proc whose files tell by their times and bytes that they were used.
	script 'mkdir -p /fake/self/attr/apparmor /fake/self/fd /fake/thread-self/attr /fake/sys/kernel/random /fake/1/ns
		for f in self/attr/exec self/attr/apparmor/exec thread-self/attr/exec self/oom_score_adj \
			self/uid_map self/status self/timens_offsets sys/kernel/cap_last_cap 1/stat; do echo fake >/fake/$f; done
		for n in user mnt pid net; do echo fake >/fake/1/ns/$n; done
		mount --bind /fake /proc && touch /covered && sleep 1000'
	running
	wait_for 5 test -e "$BUNDLE/rootfs/covered"
	run -0 davit exec "$ID" cat /proc/self/status </dev/null
	assert_output fake
	find "$BUNDLE/rootfs/fake" -type f -exec touch -d @0 {} +
	run -0 davit exec "$ID" true </dev/null
	assert_equal "$(find "$BUNDLE/rootfs/fake" -type f -printf '%A@ %T@\n' | sort -u)" "0.0000000000 0.0000000000"
	# From the host: what was asked for is in force.
	davit exec --detach --pid-file "$TMP/pid" "$ID" sleep 1000 </dev/null >/dev/null 2>&1 3>&-
	grep -q '^NoNewPrivs:.1' "/proc/$(<"$TMP/pid")/status"
}

@test "F8 CVE-2016-8649 nothing of the host is open in a process that exec puts into a container" {
	need_cmd strace
	bundle
	args sleep 1000
	running
	# At the execve of the program: what is open is what it keeps.
	run -0 davit exec "$ID" ls -l /proc/self/fd </dev/null
	refute_output --regexp '(proc|cgroup|davit|state|ns:)[^ ]*$'
	# Before that: from setns on, no descriptor is opened on the host's side but the trusted /proc.
	strace -f -qq -o "$TMP/calls" -e trace=setns,fchdir,chroot,openat,open,openat2,execve \
		"$DAVIT" --root "$ROOT" exec "$ID" true </dev/null >/dev/null 2>&1 3>&-
	run awk '/setns\(/ { pid = $1; inside = 1 } inside && /fchdir\(|AT_FDCWD, "\.\./' "$TMP/calls"
	assert_output ""
}

@test "E6 nobody inside reaches the socket that starts the container" {
	bundle
	# The worst of cases: no mount namespace, so that the state root can be named; another user.
	config '.process.user = {uid: 1000, gid: 1000} | .linux.namespaces |= map(select(.type != "mount")) |
		.root.readonly = false | .mounts = [] | del(.linux.maskedPaths, .linux.readonlyPaths) | .process.capabilities = {}'
	args sleep 1000
	create
	as_user test ! -r "$ROOT/$ID" || fail "another user reads the state folder"
	run as_user python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).connect(sys.argv[1])' "$ROOT/$ID/start.sock"
	assert_failure
	assert_equal "$(state_of)" created
	# A dead init leaves start failing at once.
	kill -KILL "$(pid_of)"
	wait_status stopped
	run timeout 5 "$DAVIT" --root "$ROOT" start "$ID"
	assert_failure 1
}

@test "J4 config.json that changes while davit works counts as it was read first" {
	bundle
	args sh -c 'echo "$MARK"; sleep 1000'
	config '.process.env += ["MARK=first"]'
	create
	config '.process.env += ["MARK=second"] | .process.args = ["false"] | .hooks.poststop = [{path: "/bin/false"}]'
	davit start "$ID"
	wait_for 5 grep -q . "$TMP/out"
	assert_equal "$(cat "$TMP/out")" first
	run -0 davit exec "$ID" sh -c 'echo $MARK' </dev/null
	assert_output first
	davit delete --force "$ID"
	# Swapped all the time: one of the two, never a mixture.
	cp "$BUNDLE/config.json" "$TMP/b"
	jq '.process.args = ["sh", "-c", "echo A $MARK"] | .process.env = ["PATH=/bin", "MARK=A"] | del(.hooks)' "$TMP/b" >"$TMP/one"
	jq '.process.args = ["sh", "-c", "echo B $MARK"] | .process.env = ["PATH=/bin", "MARK=B"] | del(.hooks)' "$TMP/b" >"$TMP/two"
	cp "$TMP/one" "$BUNDLE/config.json"
	cp "$TMP/two" "$BUNDLE/other.json"
	background "$PROGRAMS/swap" "$BUNDLE/config.json" "$BUNDLE/other.json"
	local round
	for ((round = 0; round < $(rounds 30 500); round++)); do
		run -0 davit run --bundle "$BUNDLE" "$ID"
		[[ $output = "A A" || $output = "B B" ]] || fail "round $round: $output"
	done
}

@test "J5 a signal goes to the init that was recorded, never to who has its number now" {
	bundle
	args sleep 1000
	running
	local init
	init=$(pid_of)
	kill -KILL "$init"
	wait_status stopped
	# A process with that number, where one can be had.
	if echo $((init - 1)) >/proc/sys/kernel/ns_last_pid 2>&-; then
		background sleep 1000
	fi
	run -1 davit kill "$ID" KILL
	assert_output --partial "not running"
	[ -z "${BG-}" ] || kill -0 "$BG"
}
