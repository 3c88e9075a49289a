#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tags: vm
# linux.resources as the kernel shows them (docs/conformance.md section 14), on v1, hybrid and v2.
load ../lib/helpers

# controller NAME: the container's directory in the hierarchy where the controller (its v1 name) is.
# What no hierarchy of v1 has may be in the unified one of a hybrid machine.
controller() {
	local root=$CGROUP_ROOT
	if [ "$(cgroup_mode)" != v2 ]; then
		root=$(awk -v c="$1" '/ - cgroup / { n = split($NF, o, ","); for (i = 1; i <= n; i++) if (o[i] == c) print $5 }' \
			/proc/self/mountinfo | head -1)
		: "${root:=$CGROUP_ROOT/unified}"
	fi
	echo "$root/$(cgroup_dir)"
}

# there NAME: has this machine the controller, wherever?
there() {
	has_controller "$1" || grep -qsw "$1" "$CGROUP_ROOT/unified/cgroup.controllers"
}

# set_to JSON: a bundle with these resources beside the device rules.
set_to() {
	if [ -z "${BUNDLE-}" ]; then bundle; else spec_config; fi
	args sleep 100
	config --arg p "$(cgroup_path)" --argjson r "$1" '.linux.cgroupsPath = $p | .linux.resources += $r'
}

# has CONTROLLER V1-FILE V1-VALUE V2-FILE V2-VALUE: the file has the value. A line, where it has more.
has() {
	local file=$2 want=$3 dir
	dir=$(controller "$1")
	if [ "$(stat -fc %T "$dir")" = cgroup2fs ]; then file=$4 want=$5; fi
	[ "$file" != - ] || return 0
	[ -e "$dir/$file" ] || fail "no $file in $dir"
	grep -qxF -e "$want" "$dir/$file" || fail "$file: $(cat "$dir/$file"), not $want"
}

need_io() { has_controller io || has_controller blkio || skip "needs the cgroup controller io"; }

# disk: MAJOR:MINOR of some disk.
disk() {
	local d
	for d in /sys/block/*; do
		if [ -e "$d/queue" ]; then
			cat "$d/dev"
			return
		fi
	done
}

@test "RES-05 RES-06 RES-07 memory limit, reservation and swap [fallback]" {
	need_controller memory
	set_to '{"memory": {"limit": 33554432, "reservation": 16777216, "swap": 67108864}}'
	create
	has memory memory.limit_in_bytes 33554432 memory.max 33554432
	has memory memory.soft_limit_in_bytes 16777216 memory.low 16777216
	has memory memory.memsw.limit_in_bytes 67108864 memory.swap.max 33554432
}

@test "RES-07 swap: as much as the limit is none, -1 is without end" {
	need_controller memory
	set_to '{"memory": {"limit": 33554432, "swap": 33554432}}'
	create
	has memory memory.memsw.limit_in_bytes 33554432 memory.swap.max 0
	davit delete --force "$ID"
	config '.linux.resources.memory.swap = -1'
	create
	has memory memory.limit_in_bytes 33554432 memory.max 33554432
	has memory - - memory.swap.max max
}

@test "RES-09 RES-10 swappiness and the OOM killer are of v1 alone" {
	need_controller memory
	set_to '{"memory": {"swappiness": 7, "disableOOMKiller": true}}'
	if [ "$(cgroup_mode)" = v2 ]; then
		run -1 davit create --bundle "$BUNDLE" "$ID"
		assert_output --partial "has no counterpart on cgroup v2"
		assert_nothing_left
	else
		create
		has memory memory.swappiness 7 - -
		has memory memory.oom_control "oom_kill_disable 1" - -
	fi
}

@test "RES-08 kernel memory limits are ignored with a warning" {
	need_controller memory
	set_to '{"memory": {"kernel": 4096, "kernelTCP": 4096}}'
	detached davit --log "$TMP/log" --log-level warning create --bundle "$BUNDLE" "$ID"
	assert_success
	grep -q kernelTCP "$TMP/log"
}

@test "RES-13 RES-14 RES-15 CPU shares, quota, period, burst [fallback]" {
	need_controller cpu
	set_to '{"cpu": {"shares": 512, "quota": 20000, "period": 50000}}'
	[ ! -e /sys/fs/cgroup/cpu/cpu.cfs_burst_us ] || config '.linux.resources.cpu.burst = 5000'
	create
	has cpu cpu.shares 512 cpu.weight 59
	has cpu cpu.cfs_quota_us 20000 cpu.max "20000 50000"
	has cpu cpu.cfs_period_us 50000 - -
	[ ! -e /sys/fs/cgroup/cpu/cpu.cfs_burst_us ] || has cpu cpu.cfs_burst_us 5000 - -
}

@test "RES-14 a quota of -1 is none; a period alone stands" {
	need_controller cpu
	set_to '{"cpu": {"quota": -1, "period": 50000}}'
	create
	has cpu cpu.cfs_quota_us -1 cpu.max "max 50000"
}

@test "RES-18 an idle container, whose shares do not matter" {
	need_controller cpu
	need_kernel 5.15
	set_to '{"cpu": {"idle": 1, "shares": 512}}'
	create
	has cpu cpu.idle 1 cpu.idle 1
}

@test "RES-17 the CPUs and memory nodes of the program" {
	need_controller cpuset
	set_to '{"cpu": {"cpus": "0", "mems": "0"}}'
	create
	has cpuset cpuset.cpus 0 cpuset.cpus 0
	has cpuset cpuset.mems 0 cpuset.mems 0
	assert_equal "$(awk '/^Cpus_allowed_list/ { print $2 }' "/proc/$(pid_of)/status")" 0
	davit delete --force "$ID"
	config '.linux.resources.cpu.cpus = "4000"'
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial cpuset.cpus
	assert_nothing_left
}

@test "RES-19 the weight of disk access where the kernel has it, and a warning where not" {
	need_io
	set_to '{"blockIO": {"weight": 200}}'
	detached davit --log "$TMP/log" --log-level warning create --bundle "$BUNDLE" "$ID"
	assert_success
	local dir n=0 f
	dir=$(controller blkio)
	for f in blkio.bfq.weight blkio.weight; do
		[ ! -e "$dir/$f" ] || { grep -qE '(^| )200$' "$dir/$f" && n=$((n + 1)); }
	done
	[ ! -e "$dir/io.bfq.weight" ] || { grep -qx "default 200" "$dir/io.bfq.weight" && n=$((n + 1)); }
	if [ "$n" = 0 ] && [ -e "$dir/io.weight" ]; then grep -qx "default 1920" "$dir/io.weight" && n=1; fi
	[ "$n" = 1 ] || grep -q "weight is not applied" "$TMP/log" || fail "neither written nor told"
}

@test "RES-22 throttling by device, and 0 for no limit" {
	local d
	need_io
	d=$(disk)
	[ -n "$d" ] || skip "no disk"
	set_to "$(jq -n --argjson a "${d%:*}" --argjson i "${d#*:}" '{blockIO: {
		throttleReadBpsDevice: [{major: $a, minor: $i, rate: 1048576}],
		throttleWriteIOPSDevice: [{major: $a, minor: $i, rate: 100}],
		throttleWriteBpsDevice: [{major: $a, minor: $i, rate: 0}]}}')"
	if [ "$(cgroup_mode)" = v2 ]; then
		echo +io >"$CGROUP_ROOT/cgroup.subtree_control"
		mkdir "$CGROUP_ROOT/probe-$ID"
		if [ ! -e "$CGROUP_ROOT/probe-$ID/io.max" ]; then
			rmdir "$CGROUP_ROOT/probe-$ID"
			skip "a kernel without throttling"
		fi
		rmdir "$CGROUP_ROOT/probe-$ID"
	fi
	create
	has blkio blkio.throttle.read_bps_device "$d 1048576" io.max "$d rbps=1048576 wbps=max riops=max wiops=100"
	has blkio blkio.throttle.write_iops_device "$d 100" - -
	[ "$(cgroup_mode)" = v2 ] || [ ! -s "$(controller blkio)/blkio.throttle.write_bps_device" ]
}

@test "RES-23 huge pages" {
	there hugetlb || skip "needs the cgroup controller hugetlb"
	set_to '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
	create
	has hugetlb hugetlb.2MB.limit_in_bytes 4194304 hugetlb.2MB.max 4194304
	[ ! -e "$(controller hugetlb)/hugetlb.2MB.rsvd.max" ] || has hugetlb - - hugetlb.2MB.rsvd.max 4194304
}

@test "RES-23 RES-24 RES-26 CG-11 a controller that is not there is named, and nothing is left" {
	local name json cases=(
		'hugetlb {"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
		'net_prio {"network": {"priorities": [{"name": "lo", "priority": 1}]}}'
		'net_cls {"network": {"classID": 1048577}}'
		'rdma {"rdma": {"mlx5_1": {"hcaHandles": 3}}}'
	)
	for json in "${cases[@]}"; do
		name=${json%% *} json=${json#* }
		! there "$name" || continue
		set_to "$json"
		run -1 davit create --bundle "$BUNDLE" "$ID"
		case $(cgroup_mode)/$name in
		v2/net_*) assert_output --partial "has no counterpart on cgroup v2" ;;
		*) assert_output --partial "$name" ;;
		esac
		assert_nothing_left
	done
}

@test "RES-24 network class and priorities" {
	need_v1
	need_controller net_cls net_prio
	set_to '{"network": {"classID": 1048577, "priorities": [{"name": "lo", "priority": 3}]}}'
	create
	has net_cls net_cls.classid 1048577 - -
	has net_prio net_prio.ifpriomap "lo 3" - -
}

@test "RES-27 unified: files as they are, after what was converted, line by line" {
	need_v2
	need_controller memory
	set_to '{"memory": {"limit": 67108864}, "unified": {"memory.max": "33554432", "memory.high": "25165824",
		"cgroup.max.depth": "5\n"}}'
	create
	has - - - memory.max 33554432
	has - - - memory.high 25165824
	has - - - cgroup.max.depth 5
	davit delete --force "$ID"
	config '.linux.resources.unified = {"memory.nosuch": "1"}'
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial memory.nosuch
	assert_nothing_left
	config '.linux.resources.unified = {"../memory.max": "1"}'
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_nothing_left
}

@test "RES-27 unified on a machine with v1 is refused" {
	need_v1
	set_to '{"unified": {"memory.high": "25165824"}}'
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "cgroup v2"
	assert_nothing_left
}

@test "RES-27 CG-05 controllers are enabled all the way down to a deep cgroup" {
	need_cgroupfs
	need_v2
	need_controller pids memory
	bundle
	args sleep 100
	config --arg p "/davit-$ID/a/b/c" '.linux.cgroupsPath = $p |
		.linux.resources += {"pids": {"limit": 9}, "memory": {"limit": 33554432}}'
	create
	assert_equal "$(cat "$CGROUP_ROOT/$(cgroup_dir)/a/b/c/pids.max")" 9
	assert_equal "$(cat "$CGROUP_ROOT/$(cgroup_dir)/a/b/c/memory.max")" 33554432
}

@test "a value that the kernel refuses fails create by its place in the configuration" {
	need_controller cpu
	set_to '{"cpu": {"period": 1}}'
	run -1 davit --log "$TMP/log" --log-format json create --bundle "$BUNDLE" "$ID"
	assert_equal "$(jq -r .path "$TMP/log")" linux.resources.cpu.period
	assert_nothing_left
}
