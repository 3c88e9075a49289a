#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tags: vm
# events: statistics in the form that engines read, and the stream.
load ../lib/helpers

v2_dir() {
	if [ "$(cgroup_mode)" = v2 ]; then echo "$CGROUP_ROOT/$(cgroup_dir)"; else echo "$CGROUP_ROOT/unified/$(cgroup_dir)"; fi
}
# v2_tells FILE: has the container's v2 cgroup this file?
need_v2_file() { [ -e "$(v2_dir)/$1" ] || skip "no $1 of cgroup v2"; }
asleep() {
	bundle
	config --arg p "$(cgroup_path)" '.linux.cgroupsPath = $p'
	args sleep 100
	[ $# = 0 ] || config "$@"
	running
}
# watching [OPTION...]: the stream goes to $TMP/bg.out from now on.
watching() {
	background "$DAVIT" --root "$ROOT" events --interval 1h "$@" "$ID"
	wait_for 10 on_watch || fail "$(cat "$TMP/bg.err")"
}
# on_watch: it has what it watches with, and sleeps
on_watch() {
	fds_of "$BG" | grep -qE 'anon_inode:(inotify|\[eventfd\])' && sleep 0.1 && grep -q '^State:.S' "/proc/$BG/status"
}
told() { jq -e -s "$1" "$TMP/bg.out" >/dev/null; }

@test "events --stats prints one line in the types that engines decode [fallback smoke]" {
	asleep
	run -0 davit events --stats "$ID"
	[ "${#lines[@]}" = 1 ] || fail "$output"
	[ -z "${stderr-}" ]
	assert_json --arg id "$ID" '.type == "stats" and .id == $id' 2>/dev/null || assert_json '.type == "stats"'
	assert_json '.data | has("cpu") and has("memory") and has("pids") and has("blkio") and has("hugetlb") and has("network_interfaces")'
	# Every number is an unsigned integer, but for one.
	assert_json '[.data | del(.cpuset.sched_relax_domain_level) | .. | numbers] | all(. >= 0 and floor == .)'
	assert_json '.data.cpu.usage | (.total | type) == "number" and (.kernel | type) == "number" and (.user | type) == "number"'
	assert_json '.data.cpu.throttling | keys == ["periods", "throttledPeriods", "throttledTime"]'
	assert_json '.data.memory | (.raw | type) == "object" and (.usage | keys) == ["failcnt", "limit", "max", "usage"] and has("swap") and has("kernel") and has("kernelTCP") and has("cache")'
	assert_json '.data.blkio | [.[] | type == "array"] | all'
	assert_json '.data.blkio | [.[][] | (.major | type) == "number" and (.op | type) == "string" and (.value | type) == "number"] | all'
}

@test "events --stats counts what the container uses" {
	need_controller memory pids cpu
	bundle
	config --arg p "$(cgroup_path)" '.linux.cgroupsPath = $p | .linux.resources += {"memory": {"limit": 134217728}, "pids": {"limit": 30}}'
	script 'x=$(head -c 20000000 /dev/zero | tr "\0" a); i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done; sleep 100 & sleep 100 & echo ready; wait'
	running
	wait_for 20 grep -q ready "$TMP/out"
	run -0 davit events --stats "$ID"
	assert_json '.data.pids == {"current": 3, "limit": 30}'
	assert_json '.data.memory.usage | .limit == 134217728 and .usage > 10000000 and .usage < 134217728'
	assert_json '.data.cpu.usage.total > 1000000'
	assert_json '.data.memory.raw | length > 10'
	davit update --pids-limit -1 "$ID"
	run -0 davit events --stats "$ID"
	assert_json '.data.pids == {"current": 3}'
}

@test "events: statistics each interval until the container ends [fallback]" {
	asleep
	background "$DAVIT" --root "$ROOT" events --interval 200ms "$ID"
	wait_for 10 sh -c "[ \$(wc -l <'$TMP/bg.out') -ge 3 ]"
	davit kill "$ID" KILL
	wait_for 10 sh -c "! kill -0 $BG 2>/dev/null"
	told 'map(select(.type == "stats")) | length >= 3'
	run wait "$BG"
}

@test "events ends with 0 when the container ends, at once [fallback]" {
	local start
	asleep
	watching
	start=$SECONDS
	davit kill "$ID" KILL
	wait "$BG"
	[ $((SECONDS - start)) -le $((5 * ${DAVIT_TEST_SLOW:-1})) ]
}

@test "events: an OOM kill is told as oom" {
	need_controller memory
	need_no_asan
	asleep '.linux.resources.memory = {"limit": 16777216, "swap": 16777216}'
	watching
	davit exec "$ID" sh -c 'head -c 100000000 /dev/zero | tail -c 99999999 >/dev/null' || true
	wait_for 10 grep -q '"oom"' "$TMP/bg.out"
	told 'map(select(.type == "oom")) | length >= 1'
	[ "$(cgroup_mode)" != v2 ] || told 'map(select(.type == "oom_kill" and .data.count >= 1)) | length >= 1'
}

@test "events: init that is killed for want of memory is told before the end" {
	need_controller memory
	need_no_asan
	# With init systemd takes the cgroup away, and the counter in it.
	need_cgroupfs
	bundle
	config --arg p "$(cgroup_path)" '.linux.cgroupsPath = $p | .linux.resources.memory = {"limit": 16777216, "swap": 16777216}'
	config '.root.readonly = false | .process.args = ["/bin/sh", "-c", "while [ ! -e /tmp/go ]; do sleep 0.05; done; exec dd if=/dev/zero of=/dev/null bs=100M count=1"]'
	running
	watching
	: >"/proc/$(pid_of)/root/tmp/go"
	wait "$BG"
	told 'map(select(.type == "oom")) | length >= 1'
}

@test "events: frozen, populated and a reached pids.max of v2" {
	asleep
	need_v2_file cgroup.events
	watching
	if [ "$(cgroup_mode)" = v2 ]; then
		davit pause "$ID"
		wait_for 5 told 'map(select(.type == "frozen" and .data.frozen)) | length == 1'
		davit resume "$ID"
		wait_for 5 told 'map(select(.type == "frozen" and (.data.frozen | not))) | length == 1'
	fi
	if [ -e "$(v2_dir)/pids.events" ]; then
		davit update --pids-limit 1 "$ID"
		run davit exec "$ID" true
		wait_for 5 told 'map(select(.type == "pids_max" and .data.count >= 1)) | length >= 1'
	fi
	davit kill "$ID" KILL
	wait "$BG"
	told 'map(select(.type == "populated" and (.data.populated | not))) | length == 1'
}

@test "events: the end of a cgroup that is removed at once, as systemd does, is told" {
	need_cgroupfs
	asleep
	need_v2_file cgroup.events
	watching
	kill -STOP "$BG"
	davit kill "$ID" KILL
	wait_for 5 rmdir "$(v2_dir)"
	kill -CONT "$BG"
	wait "$BG"
	told 'map(select(.type == "populated" and (.data.populated | not))) | length == 1'
}

@test "events: pressure of v2 where the kernel has PSI" {
	asleep
	need_v2_file cpu.pressure
	grep -q some "$(v2_dir)/cpu.pressure" || skip "PSI is off"
	watching
	local i
	for i in $(seq $(($(nproc) * 3))); do davit exec --detach "$ID" sh -c 'i=0; while [ $i -lt 100000000 ]; do i=$((i + 1)); done'; done
	wait_for 20 told 'map(select(.type == "pressure" and .data.resource == "cpu" and (.data.some.avg10 | type) == "number" and .data.some.total > 0)) | length >= 1'
}

@test "events of what does not run, and wrong intervals" {
	local i
	bundle
	config --arg p "$(cgroup_path)" '.linux.cgroupsPath = $p'
	args true
	create
	run -0 davit events --stats "$ID"
	# As Go writes a duration.
	for i in 1 1.5 1.5s 0.5s 1us 1µs 1μs 10ns 1h2m3.25s 8760h 0.000000001s; do
		run -0 davit events --stats --interval "$i" "$ID"
	done
	for i in 0 -1 x 5x 1. .5s 1.s 1..5s 1s2 0s 0.0000000001s "" 99999999999h 8761h 9999999999999999999s; do
		run -1 timeout $((5 * ${DAVIT_TEST_SLOW:-1})) "$DAVIT" --root "$ROOT" events --interval "$i" "$ID"
	done
	davit start "$ID"
	wait_status stopped
	run -1 davit events --stats "$ID"
	assert_output --partial "container not running"
	run -1 davit events "$ID-b"
	assert_output --partial "does not exist"
}

@test "events whose reader has gone end" {
	asleep
	run timeout $((20 * ${DAVIT_TEST_SLOW:-1})) bash -c '"$0" --root "$1" events --interval 50ms "$2" | head -1' "$DAVIT" "$ROOT" "$ID"
	[ "$status" = 0 ]
	assert_output --partial '"stats"'
}
