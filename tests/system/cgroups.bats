#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tags: vm
# The container's cgroup: where it is, what is in force, its removal (docs/conformance.md
# sections 13 and 14), on v1, hybrid and v2.
load ../lib/helpers

# places PATH: the directory of PATH in each hierarchy.
places() {
	if [ "$(cgroup_mode)" = v2 ]; then
		echo "$CGROUP_ROOT/$1"
	else
		awk '/ - cgroup2? / && $5 ~ "^/sys/fs/cgroup/" { print $5 }' /proc/self/mountinfo | sort -u | sed "s|\$|/$1|"
	fi
}

# controller NAME PATH: the directory of PATH where the controller is.
controller() {
	if [ "$(cgroup_mode)" = v2 ]; then
		echo "$CGROUP_ROOT/$2"
	else
		awk -v c="$1" '/ - cgroup / { n = split($NF, o, ","); for (i = 1; i <= n; i++) if (o[i] == c) print $5 }' \
			/proc/self/mountinfo | head -1 | sed "s|\$|/$2|"
	fi
}

# in_cgroup PATH: init is in PATH of every hierarchy, and nothing else is.
in_cgroup() {
	local dir pid
	pid=$(pid_of)
	for dir in $(places "$1"); do
		[ "$(cat "$dir/cgroup.procs" 2>/dev/null)" = "$pid" ] || fail "$dir: $(cat "$dir/cgroup.procs"), not $pid"
	done
	# In the process's own words: no hierarchy where it sits elsewhere.
	run -0 cut -d: -f3- "/proc/$pid/cgroup"
	[ -z "$(grep -vxF -e "/$1" <<<"$output" | grep -v '^/\.\.' || true)" ] || fail "in $output"
}

@test "CG-01 CG-05 CG-07 an absolute path is made in every hierarchy, parents too, and init is in it [fallback smoke]" {
	need_cgroupfs
	bundle
	args sleep 100
	config --arg p "/davit-$ID/a/b" '.linux.cgroupsPath = $p'
	create
	in_cgroup "davit-$ID/a/b"
	davit start "$ID"
	in_cgroup "davit-$ID/a/b"
	davit delete --force "$ID"
	local dir
	for dir in $(places "davit-$ID/a/b"); do [ ! -e "$dir" ] || fail "$dir is left"; done
	# Parents that were made on the way go too, or are empty.
	cgroups_of "$ID" | sort -r | while read -r dir; do rmdir "$dir"; done
}

@test "CG-01 a path is cleaned: ., .. and double slashes" {
	need_cgroupfs
	bundle
	config --arg p "//davit-$ID/../davit-$ID/./x//" '.linux.cgroupsPath = $p'
	create
	in_cgroup "davit-$ID/x"
	davit delete "$ID"
	cgroups_of "$ID" | sort -r | while read -r dir; do rmdir "$dir"; done
}

@test "CG-02 CG-03 relative and absent paths have one base, and .. ends there" {
	need_cgroupfs
	bundle
	create
	in_cgroup "davit/$ID"
	davit delete "$ID"
	config --arg p "rel-$ID" '.linux.cgroupsPath = $p'
	create
	in_cgroup "davit/rel-$ID"
	davit delete "$ID"
	config --arg p "../../../up-$ID" '.linux.cgroupsPath = $p'
	create
	in_cgroup "davit/up-$ID"
}

@test "CG-04 the systemd manager's form is a path to the cgroupfs manager" {
	need_cgroupfs
	bundle
	config --arg p "system.slice:davit:$ID" '.linux.cgroupsPath = $p'
	create
	in_cgroup "davit/system.slice:davit:$ID"
}

@test "CG-05 a cgroup that is there and empty is taken, and is gone with the container" {
	need_cgroupfs
	bundle
	config --arg p "$(cgroup_path)" '.linux.cgroupsPath = $p'
	local dir
	for dir in $(places "davit-$ID"); do
		mkdir "$dir"
		case $dir in */cpuset/*) for f in cpus mems; do cat "${dir%/*}/cpuset.$f" >"$dir/cpuset.$f"; done ;; esac
	done
	create
	in_cgroup "davit-$ID"
	davit delete "$ID"
	cgroups_of "$ID" | sort -r | while read -r dir; do rmdir "$dir"; done
}

@test "CG-06 a cgroup with a process of somebody else is refused and left as it is [fallback]" {
	need_cgroupfs
	bundle
	config --arg p "$(cgroup_path)" '.linux.cgroupsPath = $p'
	local dir
	dir=$(controller pids "davit-$ID")
	mkdir "$dir"
	background sleep 1000
	echo "$BG" >"$dir/cgroup.procs"
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "davit-$ID"
	assert_equal "$(cat "$dir/cgroup.procs")" "$BG"
	kill -0 "$BG"
	end_background "$BG"
	wait_for 5 rmdir "$dir"
	assert_nothing_left
}

@test "CG-06 a frozen cgroup is refused" {
	need_cgroupfs
	bundle
	config --arg p "$(cgroup_path)" '.linux.cgroupsPath = $p'
	local dir
	dir=$(controller freezer "davit-$ID")
	mkdir "$dir"
	if [ "$(cgroup_mode)" = v2 ]; then echo 1 >"$dir/cgroup.freeze"; else echo FROZEN >"$dir/freezer.state"; fi
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial frozen
	rmdir "$dir"
	assert_nothing_left
}

@test "CG-07 children of the program are in its cgroup" {
	bundle
	config --arg p "$(cgroup_path)" '.linux.cgroupsPath = $p'
	script 'sleep 100 & sleep 100 & echo ready; wait'
	running
	wait_for 5 grep -q ready "$TMP/out"
	assert_equal "$(wc -l <"$(controller pids "$(cgroup_dir)")/cgroup.procs")" 3
}

@test "LC-12 LIFE-15 delete removes cgroups that the container made below its own" {
	bundle
	config --arg p "$(cgroup_path)" '.linux.cgroupsPath = $p |
		.mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)'
	local dir=/sys/fs/cgroup
	[ "$(cgroup_mode)" = v2 ] || dir=/sys/fs/cgroup/pids
	script "mkdir -p $dir/a/b/c $dir/d; sleep 100 & echo \$! >$dir/a/b/cgroup.procs; echo ready; wait"
	running
	wait_for 5 grep -q ready "$TMP/out"
	davit delete --force "$ID"
	assert_nothing_left
}

@test "RES-25 pids.limit is in force: no more processes than that [fallback]" {
	need_controller pids
	bundle
	config --arg p "$(cgroup_path)" '.linux.cgroupsPath = $p | .linux.resources.pids = {"limit": 5}'
	in_container 'i=0; while [ $i -lt 20 ]; do sleep 1 & i=$((i + 1)); done 2>/tmp/e; echo done' || true
	script 'n=0; while [ $n -lt 20 ]; do (sleep 1) & n=$((n + 1)); done; wait'
	create
	local dir
	dir=$(controller pids "$(cgroup_dir)")
	assert_equal "$(cat "$dir/pids.max")" 5
	davit start "$ID"
	local i
	# systemd takes the cgroup away when the last process has ended.
	for i in $(seq 10); do [ "$(cat "$dir/cgroup.procs" 2>/dev/null | wc -l)" -le 5 ]; done
}

@test "RES-25 pids.limit -1, 0 and 1 [fallback]" {
	need_controller pids
	bundle
	args sleep 100
	config --arg p "$(cgroup_path)" '.linux.cgroupsPath = $p'
	local limit want dir
	dir=$(controller pids "$(cgroup_dir)")
	for limit in -1:max 0:0 1:1; do
		config --argjson l "${limit%:*}" '.linux.resources.pids = {"limit": $l}'
		create
		assert_equal "$limit $(cat "$dir/pids.max")" "$limit ${limit#*:}"
		davit start "$ID"
		assert_equal "$(state_of)" running
		davit delete --force "$ID"
	done
}

@test "RES-25 a limit of one process with a relay and hooks on the way" {
	need_controller pids
	need_kernel 5.6
	bundle
	config --arg p "$(cgroup_path)" --arg log "$TMP/log" '.linux.cgroupsPath = $p | .linux.resources.pids = {"limit": 1} |
		.linux.namespaces += [{"type": "time"}] |
		.hooks = {"createContainer": [{"path": "/bin/sh", "args": ["sh", "-c", "echo hook >>\($log)"]}]}'
	in_container 'echo one'
	assert_output one
	assert_equal "$(cat "$TMP/log")" hook
}

@test "RES-05 memory.limit is written and in force" {
	need_controller memory
	need_no_asan
	bundle
	config --arg p "$(cgroup_path)" '.linux.cgroupsPath = $p | .linux.resources.memory = {"limit": 33554432}'
	local file=memory.limit_in_bytes
	[ "$(cgroup_mode)" != v2 ] || file=memory.max
	args sleep 100
	create
	assert_equal "$(cat "$(controller memory "$(cgroup_dir)")/$file")" 33554432
	davit delete "$ID"
	# A string of 256 MB in one process: the kernel ends it.
	script 'head -c 268435456 /dev/zero | tail -c 268435450 >/dev/null; echo "status $?"'
	run davit run --bundle "$BUNDLE" "$ID"
	refute_output --partial "status 0"
}

@test "RES-05 memory.limit -1 is no limit, 0 is not set" {
	need_controller memory
	bundle
	config --arg p "$(cgroup_path)" '.linux.cgroupsPath = $p'
	local file=memory.limit_in_bytes limit unlimited
	[ "$(cgroup_mode)" != v2 ] || file=memory.max
	create
	unlimited=$(cat "$(controller memory "$(cgroup_dir)")/$file")
	davit delete "$ID"
	for limit in -1 0; do
		config --argjson l $limit '.linux.resources.memory = {"limit": $l}'
		create
		assert_equal "$(cat "$(controller memory "$(cgroup_dir)")/$file")" "$unlimited"
		davit delete "$ID"
	done
}

# reach NODES: say which of the nodes in / can be read, and which kinds can be made.
REACH='for n in "$@"; do (dd if=/n/$n of=/dev/null bs=1 count=0) 2>/dev/null && printf "%s " $n; done; echo'

# device_nodes: nodes of harmless devices, not in /dev.
device_nodes() {
	need_root
	mkdir "$BUNDLE/rootfs/n"
	mknod "$BUNDLE/rootfs/n/null" c 1 3
	mknod "$BUNDLE/rootfs/n/kmsg" c 1 11
	mknod "$BUNDLE/rootfs/n/mem" c 1 1
	mknod "$BUNDLE/rootfs/n/zero" c 1 5
	chmod 666 "$BUNDLE/rootfs/n"/*
	config '.process.capabilities |= map_values(. + ["CAP_MKNOD", "CAP_SYSLOG", "CAP_DAC_OVERRIDE", "CAP_SYS_RAWIO"]) |
		.root.readonly = false'
}

# rules JSON: the device rules of linux.resources.
rules() { config --argjson r "$1" '.linux.resources.devices = $r'; }

@test "RES-01 RES-03 DEV-12 only the default devices can be opened, whatever nodes there are [fallback smoke]" {
	need_root
	bundle
	device_nodes
	args sh -c "$REACH" sh null kmsg zero
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_output "null zero "
}

@test "RES-01 RES-02 rules in order: a later one overrides an earlier one [fallback]" {
	bundle
	device_nodes
	args sh -c "$REACH" sh null kmsg zero
	local r want
	while IFS='|' read -r r want; do
		rules "$r"
		run -0 davit run --bundle "$BUNDLE" "$ID"
		assert_equal "$r: $output" "$r: $want "
	done <<-'E'
		[{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 1, "minor": 11, "access": "r"}]|null kmsg zero
		[{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 1, "access": "rw"}]|null kmsg zero
		[{"allow": true, "access": "rwm"}]|null kmsg zero
		[{"allow": true, "access": "rwm"}, {"allow": false, "access": "rwm"}]|null zero
		[{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 1, "minor": 11, "access": "w"}]|null zero
		[{"allow": false, "access": "rwm"}, {"allow": true, "type": "b", "major": 1, "minor": 11, "access": "rwm"}]|null zero
	E
}

@test "RES-01 a rule that takes one device out of many" {
	bundle
	device_nodes
	args sh -c "$REACH" sh null kmsg zero
	rules '[{"allow": true, "access": "rwm"}, {"allow": false, "type": "c", "major": 1, "minor": 11, "access": "rwm"}]'
	run davit run --bundle "$BUNDLE" "$ID"
	if [ "$status" = 0 ]; then
		assert_output "null zero "
	else
		# The v1 files cannot say this of everything else.
		need_v2
		fail "$output"
	fi
}

@test "RES-03 nodes of every kind may be made, and only those that are allowed opened [fallback]" {
	bundle
	device_nodes
	rules '[{"allow": false, "access": "rwm"}]'
	in_container 'mknod /n/c c 1 11 && mknod /n/b b 7 0 && echo made; (dd if=/n/c of=/dev/null bs=1 count=0) 2>/dev/null || echo refused'
	assert_output made$'\n'refused
}

@test "RES-29 without resources the device filter is there still" {
	bundle
	device_nodes
	config 'del(.linux.resources)'
	args sh -c "$REACH" sh null kmsg zero
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_output "null zero "
}

@test "--cgroup-manager disabled: no cgroup is made, and limits are refused" {
	bundle
	config 'del(.linux.resources)'
	args sleep 100
	detached davit --cgroup-manager disabled create --bundle "$BUNDLE" "$ID"
	[ "$status" = 0 ] || fail "$stderr"
	[ -z "$(cgroups_of "$ID")" ]
	assert_equal "$(cat "/proc/$(pid_of)/cgroup")" "$(cat /proc/self/cgroup)"
	davit start "$ID"
	davit kill "$ID" KILL
	wait_status stopped
	davit delete "$ID"
	config '.linux.resources = {"pids": {"limit": 5}}'
	run -1 davit --cgroup-manager disabled create --bundle "$BUNDLE" "$ID"
	assert_nothing_left
}

@test "CG-07 --cgroup-manager of an engine on one command counts for the later ones" {
	bundle
	create
	davit --cgroup-manager disabled delete "$ID"
	assert_nothing_left
}

@test "hundred containers in a row leave no cgroup behind" {
	bundle
	args true
	local i n=30
	[ "${DAVIT_TEST_LONG-}" != 1 ] || n=1000
	local before after
	before=$(find "$CGROUP_ROOT" -type d 2>/dev/null | grep -c "$ID" || true)
	for ((i = 0; i < n; i++)); do davit run --bundle "$BUNDLE" "$ID"; done
	after=$(find "$CGROUP_ROOT" -type d 2>/dev/null | grep -c "$ID" || true)
	assert_equal "$after" "$before"
}
