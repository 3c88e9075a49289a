#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Intel RDT (docs/conformance.md section 15), on a folder that stands for the resctrl file
# system: builds for tests make in it what the kernel would make.
load ../lib/helpers

setup() {
	test_setup
	need_hooks
	bundle
	args sleep 1000
	export DAVIT_TEST_RESCTRL=$TMP/resctrl
	mkdir -p "$DAVIT_TEST_RESCTRL"/{info,mon_groups,theirs/mon_groups}
	cd "$DAVIT_TEST_RESCTRL"
	echo "ok" >info/last_cmd_status
	echo "L3:0=fffff" | tee schemata >theirs/schemata
	touch tasks theirs/tasks
}

teardown() {
	test_teardown
	local rc=$?
	unset DAVIT_TEST_RESCTRL
	return $rc
}

rdt() { config --argjson r "$1" '.linux.intelRdt = $r'; }
groups_now() { find . -mindepth 1 -type d ! -name mon_groups ! -name info | sort | tr '\n' ' '; }

@test "RDT-01 without intelRdt nothing of resctrl is opened, even where it is mounted" {
	need_cmd strace
	running
	davit kill "$ID" KILL
	wait_status stopped
	strace -f -o "$TMP/trace" env ASAN_OPTIONS=detect_leaks=0 "$DAVIT" --root "$ROOT" delete "$ID"
	args true
	strace -f -o "$TMP/trace2" env ASAN_OPTIONS=detect_leaks=0 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&- 4>&-
	run -1 grep resctrl "$TMP/trace" "$TMP/trace2"
	[ ! -s tasks ]
}

@test "RDT-01 RDT-02 RDT-07 RDT-09 a group of its own: made, written once in order, entered" {
	need_cmd strace
	# For an ordinary user another process does it, in the user namespace, which is not traced.
	need_root
	rdt '{"schemata": ["L2:0=3"], "memBwSchema": "MB:0=20", "l3CacheSchema": "L3:0=f"}'
	detached strace -e trace=write -s 200 -o "$TMP/trace" env ASAN_OPTIONS=detect_leaks=0 "$DAVIT" --root "$ROOT" create --bundle "$BUNDLE" "$ID"
	assert_equal "$status" 0
	assert_equal "$(cat "$ID/schemata")" $'L3:0=f\nMB:0=20\nL2:0=3'
	assert_equal "$(grep -c 'L3:0=f' "$TMP/trace")" 1
	assert_equal "$(cat "$ID/tasks")" 0
	[ ! -s tasks ]
}

@test "RDT-01 RDT-07 an empty object is a group with nothing written" {
	rdt '{}'
	create
	assert_equal "$(groups_now)" "./$ID ./theirs "
	[ ! -e "$ID/schemata" ]
}

@test "RDT-11 the container's own group goes with a delete by another process" {
	rdt '{"l3CacheSchema": "L3:0=f"}'
	running
	assert_equal "$(jq -c '[.rdt_group, .rdt_own]' "$ROOT/$ID/state.json")" "[\"$ID\",true]"
	davit delete --force "$ID"
	assert_equal "$(groups_now)" "./theirs "
}

@test "RDT-09 RDT-11 a named group is made where it is missing, and stays" {
	rdt '{"closID": "shared", "l3CacheSchema": "L3:0=f"}'
	running
	assert_equal "$(cat shared/schemata)" "L3:0=f"
	davit delete --force "$ID"
	assert_equal "$(groups_now)" "./shared ./theirs "
	# The next one finds it as it wants it.
	running
	davit delete --force "$ID"
}

@test "RDT-08 a named group with other values is left alone, and create fails" {
	rdt '{"closID": "theirs", "l3CacheSchema": "L3:0=0fffff"}'
	create
	davit delete "$ID"
	local r
	for r in '{"closID": "theirs", "l3CacheSchema": "L3:0=f"}' '{"closID": "theirs", "schemata": ["L2:0=1"]}' \
		'{"closID": "theirs", "memBwSchema": "MB:0=10"}'; do
		rdt "$r"
		run -1 davit create --bundle "$BUNDLE" "$ID"
		assert_output --partial "exists already, with other schemata"
		assert_nothing_left
	done
	assert_equal "$(cat theirs/schemata)" "L3:0=fffff"
	assert_equal "$(groups_now)" "./theirs "
}

@test "RDT-10 closID alone must be there" {
	rdt '{"closID": "theirs"}'
	create
	assert_equal "$(cat theirs/tasks)" 0
	davit delete "$ID"
	rdt '{"closID": "nobodys"}'
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "there is no resctrl group nobodys"
	assert_nothing_left
	assert_equal "$(groups_now)" "./theirs "
}

@test "RDT-03 closID / is the root of resctrl, which is neither written nor removed" {
	rdt '{"closID": "/", "l3CacheSchema": "L3:0=fffff", "enableMonitoring": true}'
	create
	assert_equal "$(cat tasks)" 0
	assert_equal "$(cat "mon_groups/$ID/tasks")" 0
	assert_equal "$(groups_now)" "./mon_groups/$ID ./theirs "
	davit delete "$ID"
	assert_equal "$(groups_now)" "./theirs "
	assert_equal "$(cat schemata)" "L3:0=fffff"
}

@test "RDT-12 a monitoring group below a named group and below one of its own" {
	rdt '{"closID": "theirs", "enableMonitoring": true}'
	running
	assert_equal "$(cat theirs/tasks "theirs/mon_groups/$ID/tasks")" 00
	davit delete --force "$ID"
	assert_equal "$(groups_now)" "./theirs "
	rdt '{"l3CacheSchema": "L3:0=f", "enableMonitoring": true}'
	running
	assert_equal "$(cat "$ID/mon_groups/$ID/tasks")" 0
	davit delete --force "$ID"
	assert_equal "$(groups_now)" "./theirs "
}

@test "RDT-12 where monitoring groups are not to be had create fails and leaves nothing" {
	rmdir mon_groups
	rdt '{"l3CacheSchema": "L3:0=f", "enableMonitoring": true}'
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "no monitoring groups"
	assert_nothing_left
	assert_equal "$(groups_now)" "./theirs "
	mkdir -p "theirs/mon_groups/$ID"
	rdt '{"closID": "theirs", "enableMonitoring": true}'
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "there is a monitoring group $ID already"
	[ -d "theirs/mon_groups/$ID" ]
}

@test "RDT-01 exec'd processes enter the groups; where they are gone exec fails" {
	rdt '{"l3CacheSchema": "L3:0=f", "enableMonitoring": true}'
	running
	rm "$ID/tasks" "$ID/mon_groups/$ID/tasks"
	davit exec "$ID" true
	assert_equal "$(cat "$ID/tasks" "$ID/mon_groups/$ID/tasks")" 00
	mv "$ID" aside
	run -255 davit exec "$ID" true
	assert_output --partial "the resctrl group $ID is gone"
	mv aside "$ID"
}

@test "ERR-01 RDT-07 what resctrl refuses is told in the kernel's words, and nothing is left" {
	need_root
	# A full file system refuses the write as the kernel refuses a mask.
	mkdir "$TMP/small"
	mount -t tmpfs -o size=4k,nr_inodes=20 tmpfs "$TMP/small"
	undo umount "$TMP/small"
	mkdir "$TMP/small/info"
	echo "mask 5 has non-consecutive 1-bits" >"$TMP/small/info/last_cmd_status"
	export DAVIT_TEST_RESCTRL=$TMP/small
	rdt '{"l3CacheSchema": "L3:0=5"}'
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "cannot write the schemata: mask 5 has non-consecutive 1-bits: write: ENOSPC"
	[ ! -e "$TMP/small/$ID" ]
	[ ! -e "$ROOT/$ID" ] && no_cgroups
	# No more groups.
	while mkdir "$TMP/small/$((++i))" 2>/dev/null; do :; done
	run -1 davit --log "$TMP/log" --log-format json create --bundle "$BUNDLE" "$ID"
	assert_output --partial "cannot make the resctrl group $ID: mkdirat: ENOSPC"
	jq -e '.path == "linux.intelRdt" and (.hint | contains("CLOSID"))' "$TMP/log"
	[ ! -e "$ROOT/$ID" ] && no_cgroups
}

@test "ERR-01 a create that fails later takes the group with it" {
	rdt '{"l3CacheSchema": "L3:0=f", "enableMonitoring": true}'
	args /no/such/program
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_equal "$(groups_now)" "./theirs "
	rdt '{"closID": "new", "l3CacheSchema": "L3:0=f"}'
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_equal "$(groups_now)" "./theirs "
}

@test "RDT-02 a group of the container's name that is somebody else's is not taken" {
	mkdir "$ID"
	rdt '{}'
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "there is a resctrl group $ID already"
	[ -d "$ID" ]
}

@test "RDT-13 members of older versions are ignored" {
	rdt '{"closID": "theirs", "enableCMT": true, "enableMBM": true}'
	create
}

@test "RDT-01 where resctrl is not mounted create says so" {
	unset DAVIT_TEST_RESCTRL
	[ ! -e /sys/fs/resctrl/schemata ] || skip "resctrl is mounted"
	rdt '{}'
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "resctrl is not mounted here"
	assert_nothing_left
}

@test "RDT-11 run takes the group with it, whatever the program's end" {
	rdt '{"l3CacheSchema": "L3:0=f", "enableMonitoring": true}'
	args sh -c 'exit 3'
	run -3 davit run --bundle "$BUNDLE" "$ID"
	assert_equal "$(groups_now)" "./theirs "
}

@test "RDT-11 the group of a create that was killed goes with delete, unless somebody uses it" {
	rdt '{"l3CacheSchema": "L3:0=f"}'
	config '.hooks.createRuntime = [{"path": "/bin/sh", "args": ["sh", "-c", "kill -KILL $PPID"]}]'
	local i
	for i in ours theirs; do
		run davit create --bundle "$BUNDLE" "$ID"
		assert_failure 137
		wait_for 5 no_orphans
		[ -d "$ID" ]
		[ $i = ours ] || echo 1 >"$ID/tasks"
		davit delete --force "$ID"
		[ ! -e "$ROOT/$ID" ]
	done
	assert_equal "$(groups_now)" "./$ID ./theirs "
}

@test "RDT-11 a record of another boot removes nothing" {
	rdt '{"l3CacheSchema": "L3:0=f"}'
	args true
	running
	wait_status stopped
	jq '.boot_id = "11111111-2222-3333-4444-555555555555"' "$ROOT/$ID/state.json" >"$TMP/record"
	cat "$TMP/record" >"$ROOT/$ID/state.json"
	davit delete "$ID"
	[ -d "$ID" ]
	for d in $(cgroups_of "$ID" | sort -r); do rmdir "$d"; done
}

@test "RDT-07 update writes the schemata of the container's group in one write" {
	need_cmd strace
	rdt '{"l3CacheSchema": "L3:0=f"}'
	running
	strace -e trace=write -s 200 -o "$TMP/trace" env ASAN_OPTIONS=detect_leaks=0 "$DAVIT" --root "$ROOT" \
		update --mem-bw-schema MB:0=20 --l3-cache-schema L3:0=3 "$ID"
	assert_equal "$(cat "$ID/schemata")" $'L3:0=3\nMB:0=20'
	assert_equal "$(grep -c 'L3:0=3' "$TMP/trace")" 1
}

@test "RDT-05 RDT-07 update refuses lines that are none, and containers without a group" {
	rdt '{"l3CacheSchema": "L3:0=f"}'
	running
	local line
	for line in MB:0=3 0=3 $'L3:0=3\nMB:0=1' ''; do
		run -1 davit update --l3-cache-schema "$line" "$ID"
		assert_output --partial "--l3-cache-schema takes one line"
	done
	assert_equal "$(cat "$ID/schemata")" "L3:0=f"
	davit delete --force "$ID"
	config 'del(.linux.intelRdt)'
	running
	run -1 davit update --l3-cache-schema L3:0=3 "$ID"
	assert_output --partial "no resctrl group"
}

@test "RDT-07 an update that fails puts the schemata back" {
	rdt '{"l3CacheSchema": "L3:0=f"}'
	running
	run -1 davit update --l3-cache-schema L3:0=3 --cpuset-cpus 4000 "$ID"
	assert_equal "$(cat "$ID/schemata")" "L3:0=f"
}
