#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Hostile containers and sad moments around cgroups and their limits (I1, I3 to I7, J6).
load attack

# dir_of CONTROLLER PATH: a cgroup in the hierarchy of a v1 controller, or of v2
dir_of() {
	if [ "$(cgroup_mode)" = v2 ]; then echo "$CGROUP_ROOT/$2"; else echo "$CGROUP_ROOT/$1/$2"; fi
}

# quickly SECONDS COMMAND...: it ends within this time (times slowness), and works.
quickly() {
	local s=$(($1 * ${DAVIT_TEST_SLOW:-1}))
	shift
	timeout "$s" "$@" || fail "$*: $?"
}

@test "I4 a live change of device rules has no moment in which a denied device can be opened" {
	local i n
	bundle
	inside opener
	mkdir "$BUNDLE/rootfs/n"
	mknod "$BUNDLE/rootfs/n/kmsg" c 1 11
	chmod 666 "$BUNDLE/rootfs/n/kmsg"
	config --arg p "/$ID-rules" '.linux.cgroupsPath = $p | .root.readonly = false |
		.process.capabilities |= map_values(. + ["CAP_SYSLOG", "CAP_SYS_ADMIN"])'
	args /opener /n/kmsg /tmp/stop
	running
	wait_for 10 grep -q ready "$TMP/out"
	n=$(rounds 40 1000)
	for ((i = 0; i < n; i++)); do
		davit update --device-allow "c 10:$((i % 50)) rw" "$ID" || fail "update $i"
		davit update --device-deny "c 10:$((i % 50)) rw" "$ID" || fail "update $i"
		[ $((i % 10)) != 0 ] || davit update --device-deny a "$ID" || fail "update $i"
	done
	: >"/proc/$(pid_of)/root/tmp/stop"
	wait_for 10 grep -q opened "$TMP/out"
	grep -qx "opened 0" "$TMP/out" || fail "$(cat "$TMP/out")"
	[ "$(sed -n 's/^tries //p' "$TMP/out")" -gt 1000 ]
}

@test "I4 the program that looks for gaps would find one" {
	bundle
	inside opener
	mkdir "$BUNDLE/rootfs/n"
	mknod "$BUNDLE/rootfs/n/kmsg" c 1 11
	chmod 666 "$BUNDLE/rootfs/n/kmsg"
	config --arg p "/$ID-rules" '.linux.cgroupsPath = $p | .root.readonly = false |
		.process.capabilities |= map_values(. + ["CAP_SYSLOG", "CAP_SYS_ADMIN"])'
	args /opener /n/kmsg /tmp/stop
	running
	wait_for 10 grep -q ready "$TMP/out"
	davit update --device-allow "c 1:11 r" "$ID"
	sleep 0.3
	davit update --device-deny "c 1:11 r" "$ID"
	: >"/proc/$(pid_of)/root/tmp/stop"
	wait_for 10 grep -q opened "$TMP/out"
	[ "$(sed -n 's/^opened //p' "$TMP/out")" -gt 0 ] || fail "$(cat "$TMP/out")"
}

# a_bomb [FILTER]: a container that forks without end, in a cage that keeps the machine alive.
a_bomb() {
	local cage
	need_controller pids
	cage=$(dir_of pids "$ID-cage")
	mkdir "$cage"
	[ "$(cgroup_mode)" != v2 ] || echo +pids >"$CGROUP_ROOT/cgroup.subtree_control"
	echo "$(rounds 300 2000)" >"$cage/pids.max"
	bundle
	config --arg p "/$ID-cage/bomb" '.linux.cgroupsPath = $p | del(.linux.resources.pids)'
	[ $# = 0 ] || config "$1"
	inside bomb
	args /bomb
	running
	wait_for 10 grep -q ready "$TMP/out"
	wait_for 10 sh -c "[ \$(cat $cage/pids.current) -gt 100 ]"
}
no_bomb() { [ "$(cat "$(dir_of pids "$ID-cage")/pids.current")" = 0 ]; }

@test "J6 a fork bomb without a limit is ended by KILL and delete" {
	a_bomb
	quickly 5 "$DAVIT" --root "$ROOT" kill "$ID" KILL
	wait_for 10 no_bomb
	wait_status stopped
	quickly 5 "$DAVIT" --root "$ROOT" delete "$ID"
	wait_for 5 rmdir "$(dir_of pids "$ID-cage")"
	assert_nothing_left
}

@test "J6 a fork bomb is ended by delete --force [fallback]" {
	a_bomb
	quickly 10 "$DAVIT" --root "$ROOT" delete --force "$ID"
	no_bomb
	wait_for 5 rmdir "$(dir_of pids "$ID-cage")"
	assert_nothing_left
}

@test "J6 a fork bomb in a shared pid namespace is ended with its cgroup [fallback]" {
	a_bomb 'del(.linux.namespaces[] | select(.type == "pid"))'
	quickly 10 "$DAVIT" --root "$ROOT" kill "$ID" KILL
	wait_for 10 no_bomb
	quickly 10 "$DAVIT" --root "$ROOT" delete --force "$ID"
	wait_for 5 rmdir "$(dir_of pids "$ID-cage")"
	assert_nothing_left
}

@test "J6 kill --all ends what a dead init has left in a shared pid namespace" {
	local left
	bundle
	config --arg p "/$ID-left" '.linux.cgroupsPath = $p | del(.linux.namespaces[] | select(.type == "pid"))'
	script 'sleep 1000 & sleep 1000 & echo ready; exec sleep 1000'
	running
	wait_for 5 grep -q ready "$TMP/out"
	kill -KILL "$(pid_of)"
	wait_status stopped
	left=$(dir_of pids "$ID-left")
	[ "$(wc -l <"$left/cgroup.procs")" = 2 ]
	run -1 davit kill "$ID" KILL
	assert_output --partial "container not running"
	run -0 davit kill --all "$ID" KILL
	wait_for 5 sh -c "[ ! -s $left/cgroup.procs ]"
	run -0 davit kill --all "$ID" KILL
	davit delete "$ID"
	assert_nothing_left
}

@test "J6 kill --all of a crowd needs little memory and time" {
	need_controller pids
	bundle
	config --arg p "/$ID-crowd" '.linux.cgroupsPath = $p'
	inside bomb
	args /bomb 2000
	running
	wait_for 20 grep -q ready "$TMP/out"
	# Nobody ends of that one.
	if grep -q __asan_init "$DAVIT"; then
		quickly 10 "$DAVIT" --root "$ROOT" kill --all "$ID" CONT
	else
		quickly 10 sh -c 'ulimit -v 20480; exec "$@"' sh "$DAVIT" --root "$ROOT" kill --all "$ID" CONT
	fi
	quickly 10 "$DAVIT" --root "$ROOT" kill --all "$ID" TERM
	wait_for 10 sh -c "[ \$(cat '$(dir_of pids "$ID-crowd")/pids.current') = 1 ]"
}

@test "J6 cgroups that the container has frozen below its own are killed, too" {
	local below
	bundle
	if [ "$(cgroup_mode)" != v2 ]; then need_controller freezer; fi
	config --arg p "/$ID-froz" '.linux.cgroupsPath = $p | del(.linux.namespaces[] | select(.type == "pid"))'
	script 'sleep 1000 & echo $!; exec sleep 1000'
	running
	wait_for 5 test -s "$TMP/out"
	below=$(dir_of freezer "$ID-froz")/own
	mkdir "$below"
	cat "$TMP/out" >"$below/cgroup.procs"
	if [ "$(cgroup_mode)" = v2 ]; then echo 1 >"$below/cgroup.freeze"; else echo FROZEN >"$below/freezer.state"; fi
	quickly 5 "$DAVIT" --root "$ROOT" kill "$ID" KILL
	wait_status stopped
	quickly 10 "$DAVIT" --root "$ROOT" delete --force "$ID"
	assert_nothing_left
}

# User-mode Linux panics when a page is refused while a program is loaded (elf_load, clear_user).
need_real_machine() { ! grep -qi "user mode linux" /proc/cpuinfo || skip "user-mode Linux itself falls over this"; }

@test "I6 memory limits of 256 KiB to 4 MiB: it starts, or the error names the limit; nothing stays" {
	local l i
	need_controller memory
	need_no_asan
	need_real_machine
	bundle
	args /bin/true
	for l in 262144 327680 393216 524288 1048576 2097152 4194304; do
		config --argjson l "$l" '.linux.resources.memory = {"limit": $l, "swap": $l}'
		for i in 1 2; do
			rc=0
			timeout 20 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null >"$TMP/out" 2>&1 || rc=$?
			case $rc in
			0 | 137) ;; # started; perhaps its program got no memory
			1) grep -q "memory limit of $l bytes" "$TMP/out" || fail "$l: $(cat "$TMP/out")" ;;
			*) fail "$l: $rc: $(cat "$TMP/out")" ;;
			esac
			assert_nothing_left
		done
	done
	[ "$rc" = 0 ] || fail "4 MiB are not enough: $(cat "$TMP/out")"
}

@test "I6 create with a limit that is too small fails as a whole; start does not hang" {
	need_controller memory
	need_no_asan
	need_real_machine
	bundle
	args /bin/true
	config '.linux.resources.memory = {"limit": 65536, "swap": 65536}'
	rc=0
	timeout 20 "$DAVIT" --root "$ROOT" create --bundle "$BUNDLE" "$ID" </dev/null >"$TMP/out" 2>&1 || rc=$?
	[ "$rc" = 1 ] || fail "$rc"
	grep -q "memory limit of 65536 bytes" "$TMP/out" || fail "$(cat "$TMP/out")"
	assert_nothing_left
}

@test "I7 deep and wide trees below the container are removed in bounded memory and time" {
	local top n depth
	bundle
	args sleep 100
	config --arg p "/$ID-tree" '.linux.cgroupsPath = $p'
	running
	if [ "$(cgroup_mode)" = v2 ]; then top=$CGROUP_ROOT/$ID-tree; else top=$CGROUP_ROOT/pids/$ID-tree; fi
	n=$(rounds 2000 20000) depth=$(rounds 200 1000)
	(cd "$top" && seq -f 'w%.0f' "$n" | xargs -n 500 mkdir && for ((i = 0; i < depth; i++)); do mkdir d && cd d || exit 1; done)
	# Whatever the size: no more than this much of address space.
	if grep -q __asan_init "$DAVIT"; then
		quickly 10 "$DAVIT" --root "$ROOT" delete --force "$ID"
	else
		quickly 10 sh -c 'ulimit -v 65536; exec "$@"' sh "$DAVIT" --root "$ROOT" delete --force "$ID"
	fi
	assert_nothing_left
}

@test "I3 a cgroup that was removed behind our back, and a container that was moved out" {
	local dir
	need_controller pids
	bundle
	args sleep 100
	config --arg p "/$ID-gone" '.linux.cgroupsPath = $p'
	running
	for dir in $(cgroups_of "$ID-gone"); do
		pid_of >"${dir%/*}/cgroup.procs"
		rmdir "$dir"
	done
	assert_equal "$(state_of)" running
	run -0 davit kill --all "$ID" TERM
	run davit events --stats "$ID"
	run -1 davit pause "$ID"
	run -1 davit update --pids-limit 3 "$ID"
	timeout 10 "$DAVIT" --root "$ROOT" delete --force "$ID"
	assert_nothing_left
}

@test "I3 a stranger that came into the container's path after its cgroup was removed is not killed by state, pause or update" {
	local dir stranger
	need_controller pids
	bundle
	args sleep 100
	config --arg p "/$ID-taken" '.linux.cgroupsPath = $p'
	running
	dir=$(dir_of pids "$ID-taken")
	pid_of >"${dir%/*}/cgroup.procs"
	background sleep 1000
	stranger=$BG
	echo "$stranger" >"$dir/cgroup.procs"
	assert_equal "$(state_of)" running
	if [ "$(cgroup_mode)" = v2 ]; then
		run -1 davit pause "$ID"
		run -1 davit update --pids-limit 1 "$ID"
		grep -qx max "$dir/pids.max"
	fi
	davit kill "$ID" TERM
	kill -0 "$stranger"
}

@test "state of a dying container answers within a second" {
	local i start
	need_controller pids
	bundle
	script 'i=0; while [ $i -lt 200 ]; do sleep 1000 & i=$((i + 1)); done; echo ready; wait'
	running
	wait_for 20 grep -q ready "$TMP/out"
	davit kill "$ID" KILL
	for i in $(seq 20); do
		start=$(date +%s%N)
		state_of >"$TMP/state"
		[ $((($(date +%s%N) - start) / 1000000)) -le $((1000 * ${DAVIT_TEST_SLOW:-1})) ] || fail "slow"
		! grep -q stopped "$TMP/state" || break
	done
	wait_status stopped
}

@test "I1 release_agent and notify_on_release are out of reach of a container" {
	local f
	need_v1
	bundle
	canary
	config --arg p "/$ID-agent" '.linux.cgroupsPath = $p'
	in_container '
		mkdir /tmp/c 2>/dev/null
		mount -t cgroup -o pids none /dev/shm 2>/dev/null && echo "mounted v1"
		mount -t cgroup -o none,name=davit none /dev/shm 2>/dev/null && echo "mounted a named one"
		for d in /sys/fs/cgroup/*; do
			[ ! -e $d/release_agent ] || echo "$d has release_agent"
			(echo 1 >$d/notify_on_release) 2>/dev/null && echo "wrote $d/notify_on_release"
			(echo /evil >$d/release_agent) 2>/dev/null && echo "wrote $d/release_agent"
			mkdir $d/x 2>/dev/null && echo "made $d/x"
		done
		echo done'
	assert_output "done"
	for f in "$CGROUP_ROOT"/*/release_agent; do
		[ ! -s "$f" ] || ! grep -q evil "$f" || fail "$f"
	done
	assert_canary
}

@test "I5 limits given by unified are in force from the first instant" {
	local dir
	need_v2
	need_controller pids
	bundle
	config --arg p "/$ID-first" '.linux.cgroupsPath = $p | .linux.resources.unified = {"pids.max": "20"}'
	script 'for i in 1 2 3; do sh -c "while :; do sleep 100 & done" 2>&- & done; exec sleep 100'
	running
	sleep 0.5
	dir=$CGROUP_ROOT/$ID-first
	[ "$(cat "$dir/pids.peak" 2>&- || cat "$dir/pids.current")" -le 20 ]
	timeout 10 "$DAVIT" --root "$ROOT" delete --force "$ID"
	assert_nothing_left
}

# without_leader [FILTER]: a container whose first thread has ended while another works.
without_leader() {
	[ -d "${BUNDLE-}" ] || bundle
	[ $# = 0 ] || config "$1"
	inside leader
	args /leader
	running
	wait_for 5 grep -q alive "$TMP/out"
	wait_for 5 grep -q '^State:.Z' "/proc/$(pid_of)/status"
}

@test "J6 a container whose first thread has ended runs, and is killed and deleted as any [fallback]" {
	without_leader
	assert_equal "$(state_of)" running
	run -1 davit delete "$ID"
	assert_output --partial "that is not stopped"
	davit kill "$ID" KILL
	wait_status stopped
	davit delete "$ID"
	assert_nothing_left
}

@test "J6 processes whose first thread has ended are ended by kill --all and by delete --force [fallback]" {
	without_leader
	quickly 5 "$DAVIT" --root "$ROOT" kill --all "$ID" KILL
	wait_status stopped
	davit delete "$ID"
	without_leader 'del(.linux.namespaces[] | select(.type == "pid"))'
	quickly 5 "$DAVIT" --root "$ROOT" delete --force "$ID"
	assert_nothing_left
}
