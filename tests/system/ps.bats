#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tags: vm
# ps: the processes of a container, as JSON for engines and as a table for people.
load ../lib/helpers

pids() { davit ps --format json "$ID"; }
count_is() { [ "$(pids | jq length)" = "$1" ]; }

@test "ps lists init, its children and what exec has brought, by their numbers on the host [smoke]" {
	bundle
	script 'sleep 1000 & sleep 1001 & wait'
	running
	wait_for 5 count_is 3
	davit exec --detach --pid-file "$TMP/pid" "$ID" sleep 1002
	run -0 --separate-stderr davit ps --format json "$ID"
	assert_stderr ""
	assert_json "length == 4 and . == (. | sort | unique) and all(. > 0)"
	assert_json --argjson init "$(pid_of)" --argjson other "$(cat "$TMP/pid")" 'contains([$init, $other])'
	assert_equal "${#lines[@]}" 1
}

@test "ps looks into cgroups below the container's" {
	bundle
	args sleep 1000
	running
	local dir pid
	dir=$(cgroups_of "$ID" | tail -1)
	davit exec --detach --pid-file "$TMP/pid" "$ID" sleep 1001
	pid=$(cat "$TMP/pid")
	for dir in $(cgroups_of "$ID"); do
		mkdir "$dir/below"
		[ ! -e "$dir/cpuset.cpus" ] || [ -e "$dir/cgroup.events" ] || {
			cat "$dir/cpuset.cpus" >"$dir/below/cpuset.cpus"
			cat "$dir/cpuset.mems" >"$dir/below/cpuset.mems"
		}
		echo "$pid" >"$dir/below/cgroup.procs"
	done
	run -0 davit ps -f json "$ID"
	assert_json --argjson pid "$pid" 'length == 2 and contains([$pid])'
}

@test "ps of a created container is its init, of a stopped one an empty array" {
	bundle
	args true
	create
	run -0 davit ps --format=json "$ID"
	assert_output "[$(pid_of)]"
	davit start "$ID"
	wait_status stopped
	run -0 davit ps --format=json "$ID"
	assert_output "[]"
	run -0 --separate-stderr davit ps "$ID"
	assert_output --regexp '^UID +PID .*$'
}

@test "ps of a container whose init has ended lists what is left in a shared pid namespace" {
	# Without a pid namespace of its own, in which only root may mount a new proc.
	need_root
	bundle
	config '.linux.namespaces |= map(select(.type != "pid"))'
	script 'sleep 1000 & exit 0'
	running
	wait_status stopped
	run -0 davit ps --format json "$ID"
	assert_json 'length == 1'
	davit kill --all "$ID" KILL
}

@test "ps filters what the machine's ps prints, and passes options on to it" {
	need_cmd ps
	ps -ef >/dev/null || skip "the ps of this machine does not work"
	bundle
	args sleep 1000
	running
	run -0 davit ps "$ID"
	assert_equal "${#lines[@]}" 2
	assert_line --regexp '^UID +PID '
	assert_line --regexp "^$(id -un) +$(pid_of) .* sleep 1000$"
	run -0 davit ps "$ID" -o args,pid
	assert_equal "${lines[0]}" "$(ps -o args,pid | head -1)"
	run -0 davit ps "$ID" -e -o pid,comm
	assert_equal "${#lines[@]}" 2
	assert_line --regexp "^ *$(pid_of) sleep$"
	run -0 davit ps --format table "$ID" -- -e -o pid,comm
	assert_line --regexp "^ *$(pid_of) sleep$"
}

@test "ps with options that hide the column, or that ps does not know, is an error of one line" {
	need_cmd ps
	bundle
	args sleep 1000
	running
	run -1 --separate-stderr davit ps "$ID" -e -o comm
	assert_output ""
	assert_stderr --partial "no column PID"
	run -1 --separate-stderr davit ps "$ID" -e -o nosuchcolumn
	assert_output ""
	assert_stderr --partial "davit: "
	run -1 --separate-stderr davit ps "$ID" -p 4194305
	assert_output ""
	assert_stderr --partial "ps failed with status 1"
}

@test "ps without a ps on the machine prints the numbers in a column" {
	bundle
	args sleep 1000
	running
	mkdir "$TMP/empty"
	run -0 env PATH="$TMP/empty" "$DAVIT" --root "$ROOT" ps "$ID"
	assert_output "PID
$(pid_of)"
	run -1 env PATH="$TMP/empty" "$DAVIT" --root "$ROOT" ps "$ID" -ef
	assert_output --partial "cannot run ps"
}

@test "ps of many processes gives all of them" {
	bundle
	script 'i=0; while [ $i -lt 300 ]; do sleep 1000 & i=$((i + 1)); done; echo ready; wait'
	running
	wait_for 20 count_is 301
}

@test "ps of no container, of one without a cgroup, with a wrong format: an error" {
	run -1 davit ps --format json "$ID"
	assert_output --partial "container does not exist"
	run -1 davit ps --format yaml "$ID"
	run -1 davit ps
	bundle
	args sleep 1000
	detached "$DAVIT" --root "$ROOT" --cgroup-manager disabled run --detach --bundle "$BUNDLE" "$ID"
	assert_equal "$status" 0
	run -1 davit ps --format json "$ID"
	assert_output --partial "has no cgroup"
}
