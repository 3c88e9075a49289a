#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tags: vm
# pause and resume: the freezer of v1 and of v2.
load ../lib/helpers

# The container's freezer: its directory.
freezer() {
	if [ "$(cgroup_mode)" = v2 ]; then echo "$CGROUP_ROOT/$(cgroup_dir)"; else echo "$CGROUP_ROOT/freezer/$(cgroup_dir)"; fi
}
need_freezer() { [ "$(cgroup_mode)" = v2 ] || need_controller freezer; }
# frozen: yes or no, as the kernel has it
frozen() {
	# systemd takes the cgroup away with the last process.
	[ -e "$(freezer)" ] || { echo no; return; }
	if [ "$(cgroup_mode)" = v2 ]; then
		awk '$1 == "frozen" { print $2 ? "yes" : "no" }' "$(freezer)/cgroup.events"
	else
		sed 's/^FROZEN$/yes/; s/^THAWED$/no/' "$(freezer)/freezer.state"
	fi
}
at_work() {
	bundle
	config --arg p "$(cgroup_path)" '.linux.cgroupsPath = $p | .root.readonly = false'
	script 'echo ready; while :; do echo x >>/tmp/beat; sleep 0.05; done'
	running
	wait_for 5 grep -q ready "$TMP/out"
}
more_beats() { [ "$(beats)" -gt "$1" ]; }
beats() { wc -c <"/proc/$(pid_of)/root/tmp/beat"; }

@test "pause stops every process, resume lets them go on, and state tells [fallback smoke]" {
	local n
	need_freezer
	at_work
	wait_for 5 test -s "/proc/$(pid_of)/root/tmp/beat"
	run -0 davit pause "$ID"
	assert_output ""
	assert_equal "$(state_of) $(frozen)" "paused yes"
	n=$(beats)
	sleep 0.3
	assert_equal "$(beats)" "$n"
	run -0 davit resume "$ID"
	assert_output ""
	assert_equal "$(state_of) $(frozen)" "running no"
	wait_for 5 more_beats "$n"
}

@test "pausing what is paused and resuming what runs are errors in the engines' words" {
	need_freezer
	at_work
	run -1 davit resume "$ID"
	assert_output --partial "container not paused"
	davit pause "$ID"
	run -1 davit pause "$ID"
	assert_output --partial "container not running"
	assert_equal "$(frozen)" yes
}

@test "exec in a paused container is refused, and waits when it is told to" {
	need_freezer
	at_work
	davit pause "$ID"
	run -255 davit exec "$ID" true
	assert_output --partial "cannot exec in a paused container"
	background "$DAVIT" --root "$ROOT" exec --ignore-paused "$ID" echo here
	sleep 0.3
	[ ! -s "$TMP/bg.out" ]
	davit resume "$ID"
	wait_for 5 grep -q here "$TMP/bg.out"
}

@test "a container that was created and not started is paused and resumed; start waits for that" {
	need_freezer
	bundle
	config --arg p "$(cgroup_path)" '.linux.cgroupsPath = $p | .root.readonly = false'
	args sleep 100
	create
	davit pause "$ID"
	assert_equal "$(state_of)" paused
	run within 20 "$DAVIT" --root "$ROOT" start "$ID"
	assert_failure
	davit resume "$ID"
	assert_equal "$(state_of)" created
	davit start "$ID"
	assert_equal "$(state_of)" running
}

@test "a stopped container is neither paused nor resumed, and its cgroup does not stay frozen" {
	need_freezer
	at_work
	davit kill "$ID" KILL
	wait_status stopped
	run -1 davit pause "$ID"
	assert_output --partial "container not running"
	run -1 davit resume "$ID"
	assert_output --partial "container not paused"
	assert_equal "$(frozen)" no
}

@test "a container that dies while it is paused leaves no frozen cgroup [fallback]" {
	local i
	need_freezer
	bundle
	config --arg p "$(cgroup_path)" '.linux.cgroupsPath = $p | .root.readonly = false'
	script 'sleep 0.1'
	for i in $(seq 10); do
		running
		sleep "0.0$((i + 4))"
		run within 10 "$DAVIT" --root "$ROOT" pause "$ID"
		if [ "$status" = 0 ]; then
			assert_equal "$(state_of)" paused
			davit resume "$ID"
		else
			assert_output --partial "container not running"
			assert_equal "$(frozen)" no
		fi
		wait_status stopped
		davit delete "$ID"
	done
}

@test "kill and delete --force of a paused container take effect [fallback smoke]" {
	need_freezer
	at_work
	davit pause "$ID"
	davit kill "$ID" KILL
	wait_status stopped
	davit delete "$ID"
	assert_nothing_left
	running
	davit pause "$ID"
	run -1 davit delete "$ID"
	assert_output --partial "not stopped"
	within 10 "$DAVIT" --root "$ROOT" delete --force "$ID"
	assert_nothing_left
}

@test "TERM to a paused container is there when it goes on" {
	need_freezer
	bundle
	config --arg p "$(cgroup_path)" '.linux.cgroupsPath = $p | .root.readonly = false'
	script 'trap "echo got it" TERM; echo ready; while :; do sleep 0.05; done'
	running
	wait_for 5 grep -q ready "$TMP/out"
	davit pause "$ID"
	davit kill "$ID" TERM
	sleep 0.2
	run ! grep -q "got it" "$TMP/out"
	davit resume "$ID"
	wait_for 5 grep -q "got it" "$TMP/out"
}

@test "processes of exec and in cgroups below are stopped with the others" {
	local n below
	need_freezer
	at_work
	davit exec --detach "$ID" sh -c 'while :; do echo y >>/tmp/other; sleep 0.05; done'
	wait_for 5 test -s "/proc/$(pid_of)/root/tmp/other"
	below=$(freezer)/below
	mkdir "$below"
	undo remove_cgroup "$below"
	pgrep -f 'echo y >>/tmp/other' | head -1 >"$below/cgroup.procs"
	davit pause "$ID"
	n=$(wc -c <"/proc/$(pid_of)/root/tmp/other")
	sleep 0.3
	assert_equal "$(wc -c <"/proc/$(pid_of)/root/tmp/other")" "$n"
	davit resume "$ID"
	davit delete --force "$ID"
}

@test "a container without a cgroup cannot be paused, and is told so" {
	bundle
	args sleep 100
	config 'del(.linux.resources)'
	detached davit --cgroup-manager disabled create --bundle "$BUNDLE" "$ID"
	davit start "$ID"
	run -1 davit pause "$ID"
	assert_output --partial "no cgroup that could be frozen"
}

@test "a cgroup that was frozen from above is no davit's to thaw" {
	need_cgroupfs
	need_v2
	bundle
	config --arg p "/davit-$ID/c" '.linux.cgroupsPath = $p'
	args sleep 100
	running
	echo 1 >"$CGROUP_ROOT/$(cgroup_dir)/cgroup.freeze"
	wait_for 5 grep -q "frozen 1" "$CGROUP_ROOT/$(cgroup_dir)/c/cgroup.events"
	run -1 davit resume "$ID"
	assert_output --partial "is frozen"
	echo 0 >"$CGROUP_ROOT/$(cgroup_dir)/cgroup.freeze"
	davit delete --force "$ID"
}
