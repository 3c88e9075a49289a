#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tags: vm
# update: resources of a container that is there, on v1, hybrid and v2.
load ../lib/helpers

# controller NAME: the container's directory in the hierarchy where the controller (its v1 name) is.
controller() {
	local root=$CGROUP_ROOT
	if [ "$(cgroup_mode)" != v2 ]; then
		root=$(awk -v c="$1" '/ - cgroup / { n = split($NF, o, ","); for (i = 1; i <= n; i++) if (o[i] == c) print $5 }' \
			/proc/self/mountinfo | head -1)
		: "${root:=$CGROUP_ROOT/unified}"
	fi
	echo "$root/$(cgroup_dir)"
}

# has CONTROLLER V1-FILE V1-VALUE V2-FILE V2-VALUE
has() {
	local file=$2 want=$3 dir
	dir=$(controller "$1")
	if [ "$(stat -fc %T "$dir")" = cgroup2fs ]; then file=$4 want=$5; fi
	[ "$file" != - ] || return 0
	grep -qxF -e "$want" "$dir/$file" || fail "$file: $(cat "$dir/$file"), not $want"
}

# asleep [RESOURCES]: a container that sleeps.
asleep() {
	bundle
	args sleep 100
	config --arg p "$(cgroup_path)" --argjson r "${1:-{\}}" '.linux.cgroupsPath = $p | .linux.resources += $r'
	running
}
stored() { jq -c "$1" "$ROOT/$ID/config.json"; }
update() {
	run -0 davit update "$@" "$ID"
	assert_output ""
}

@test "each option of update is in force and stored [fallback smoke]" {
	need_controller memory cpu pids
	asleep
	update --memory 64M --memory-swap 128M --memory-reservation 32m --cpu-share 512 --cpu-quota 30000 \
		--cpu-period 60000 --pids-limit 50
	has memory memory.limit_in_bytes 67108864 memory.max 67108864
	has memory memory.memsw.limit_in_bytes 134217728 memory.swap.max 67108864
	has memory memory.soft_limit_in_bytes 33554432 memory.low 33554432
	has cpu cpu.shares 512 cpu.weight 59
	has cpu cpu.cfs_quota_us 30000 cpu.max "30000 60000"
	has cpu cpu.cfs_period_us 60000 - -
	# As runc takes them.
	update --memory "64 MiB" --memory-swap 0.125GB --memory-reservation 33554432b
	has memory memory.limit_in_bytes 67108864 memory.max 67108864
	has memory memory.memsw.limit_in_bytes 134217728 memory.swap.max 67108864
	has memory memory.soft_limit_in_bytes 33554432 memory.low 33554432
	has pids pids.max 50 pids.max 50
	assert_equal "$(stored .linux.resources.memory)" '{"limit":67108864,"reservation":33554432,"swap":134217728}'
	assert_equal "$(stored .linux.resources.pids.limit)" 50
	# A burst is bounded by the quota: both at once, in both directions.
	[ ! -e "$(controller cpu)/cpu.cfs_burst_us" ] && [ ! -e "$(controller cpu)/cpu.max.burst" ] || {
		update --cpu-quota 50000 --cpu-burst 40000
		update --cpu-quota 20000 --cpu-burst 10000
		has cpu cpu.cfs_burst_us 10000 cpu.max.burst 10000
	}
	update --cpu-idle 1
	has cpu cpu.idle 1 cpu.idle 1
	update --cpu-idle 0 --cpu-share 1024
	has cpu cpu.shares 1024 cpu.weight 100
}

@test "update --cpuset-cpus and --cpuset-mems" {
	need_controller cpuset
	asleep
	update --cpuset-cpus 0 --cpuset-mems 0
	has cpuset cpuset.cpus 0 cpuset.cpus 0
	assert_equal "$(awk '/^Cpus_allowed_list/ { print $2 }' "/proc/$(pid_of)/status")" 0
	run -1 davit update --cpuset-cpus 4000 "$ID"
	assert_output --partial cpuset.cpus
	has cpuset cpuset.cpus 0 cpuset.cpus 0
	assert_equal "$(stored .linux.resources.cpu.cpus)" '"0"'
}

@test "memory and swap grow, shrink and cross, whatever the kernel's order is" {
	need_controller memory
	local pair l s
	asleep '{"memory": {"limit": 33554432, "swap": 67108864}}'
	for pair in 128:256 16:32 64:64 24:512 300:400 20:20 40:-1 80:80; do
		l=${pair%:*} s=${pair#*:}
		if [ "$s" = -1 ]; then update --memory "${l}M" --memory-swap -1; else update --memory "${l}M" --memory-swap "${s}M"; fi
		has memory memory.limit_in_bytes $((l << 20)) memory.max $((l << 20))
		if [ "$s" != -1 ]; then
			has memory memory.memsw.limit_in_bytes $((s << 20)) memory.swap.max $(((s - l) << 20))
		else
			has memory - - memory.swap.max max
		fi
	done
}

@test "with v2 the swap follows the limit, a quota the period" {
	need_v2
	need_controller memory cpu
	asleep '{"memory": {"limit": 33554432, "swap": 67108864}, "cpu": {"quota": 20000, "period": 50000}}'
	update --memory 48M
	has memory - - memory.max 50331648
	has memory - - memory.swap.max 16777216
	update --cpu-period 80000
	has cpu - - cpu.max "20000 80000"
	update --cpu-quota -1
	has cpu - - cpu.max "max 80000"
}

@test "a swap below the stored limit is refused before anything is written" {
	need_controller memory
	asleep '{"memory": {"limit": 67108864, "swap": 67108864}}'
	run -1 davit update --memory-swap 32M --pids-limit 9 "$ID"
	assert_output --partial swap
	assert_equal "$(stored .linux.resources.pids)" null
	assert_equal "$(stored .linux.resources.memory.swap)" 67108864
}

@test "--resources from a file and from the standard input, as engines send them" {
	need_controller memory cpu pids
	asleep '{"pids": {"limit": 40}}'
	# What docker and podman send: zeros and empty texts for what was not asked, devices that deny all.
	cat >"$TMP/r.json" <<-'E'
		{"devices": [{"allow": false, "access": "rwm"}], "memory": {"limit": 67108864, "reservation": 0, "swap": 0},
		 "cpu": {"shares": 2048, "quota": 0, "period": 0, "cpus": "", "mems": ""}, "blockIO": {"weight": 0}}
	E
	update --resources "$TMP/r.json"
	has memory memory.limit_in_bytes 67108864 memory.max 67108864
	has cpu cpu.shares 2048 cpu.weight 174
	has pids pids.max 40 pids.max 40
	run -0 davit exec "$ID" sh -c 'echo x >/dev/null && head -c 1 /dev/zero | wc -c'
	assert_output 1
	run -0 davit update --resources=- "$ID" <<<'{"pids": {"limit": 30}}'
	has pids pids.max 30 pids.max 30
	run -0 davit update --resources - "$ID" <<<'{"pids": {"limit": -1}}'
	has pids pids.max max pids.max max
	run -0 davit update "$ID" --resources "$TMP/r.json"
}

@test "update: wrong requests are told, and change nothing" {
	need_controller pids
	asleep '{"pids": {"limit": 40}}'
	run -1 davit update "$ID"
	assert_output --partial "nothing to change"
	run -1 davit update --memory 12Q "$ID"
	assert_output --partial "--memory"
	run -1 davit update --pids-limit 1x "$ID"
	assert_output 'davit: update: option --pids-limit takes a number, not "1x"'
	run -1 davit update --cpu-idle 7 "$ID"
	assert_output "davit: update: option --cpu-idle: expected 0 or 1, found 7"
	run -1 davit update --blkio-weight 5 --cpu-idle 7 --pids-limit 3 "$ID"
	assert_output "davit: update: option --cpu-idle: expected 0 or 1, found 7 (and 1 more)"
	run -0 davit --log-level warning update --kernel-memory 1G "$ID"
	assert_output --partial "option --kernel-memory: "
	run -1 davit update --resources "$TMP/absent" "$ID"
	run -1 davit update --resources - --pids-limit 3 "$ID" <<<'{}'
	assert_output --partial "--resources"
	run -1 davit update --resources - "$ID" <<<'{"pids": {"limit": "many"}}'
	assert_output --partial "the standard input:1:20: pids.limit: "
	run -1 davit update --resources - "$ID" <<<'[]'
	run -1 davit update --resources - "$ID" <<<'{"pids": '
	run -1 davit update --resources - "$ID" <<<'{"pids": {"limit": 3}, "cpu": {"idle": 5}}'
	run -1 davit update --device-allow "c 1" "$ID"
	run -1 davit update --device-allow "c 1:x rw" "$ID"
	run -1 davit update --device-allow "d 1:1 rw" "$ID"
	run -1 davit update --pids-limit 3 "$ID-b"
	assert_output --partial "does not exist"
	has pids pids.max 40 pids.max 40
	assert_equal "$(stored .linux.resources.pids.limit)" 40
}

@test "a value that the kernel refuses: what was written before it is put back" {
	need_controller memory cpu pids
	local before after
	asleep '{"memory": {"limit": 67108864}, "cpu": {"shares": 512, "quota": 20000, "period": 50000}, "pids": {"limit": 40}}'
	before=$(stored .linux.resources)
	run -1 davit update --resources - "$ID" <<<'{"memory": {"limit": 33554432}, "cpu": {"shares": 256, "period": 1}, "pids": {"limit": 5}}'
	assert_output --partial "cpu"
	has memory memory.limit_in_bytes 67108864 memory.max 67108864
	has cpu cpu.shares 512 cpu.weight 59
	has cpu cpu.cfs_quota_us 20000 cpu.max "20000 50000"
	has pids pids.max 40 pids.max 40
	after=$(stored .linux.resources)
	assert_equal "$after" "$before"
}

@test "update of created and paused containers, not of stopped ones" {
	need_controller pids
	bundle
	args sleep 100
	config --arg p "$(cgroup_path)" '.linux.cgroupsPath = $p'
	create
	update --pids-limit 11
	has pids pids.max 11 pids.max 11
	davit start "$ID"
	if [ "$(cgroup_mode)" = v2 ] || has_controller freezer; then
		davit pause "$ID"
		update --pids-limit 12
		has pids pids.max 12 pids.max 12
		davit resume "$ID"
	fi
	davit kill "$ID" KILL
	wait_status stopped
	run -1 davit update --pids-limit 13 "$ID"
	assert_output --partial "container not running"
}

@test "pids.limit 0 by update: no further process, and exec says why" {
	need_controller pids
	asleep
	update --pids-limit 0
	has pids pids.max 0 pids.max 0
	run -255 davit --log "$TMP/log" --log-format json exec "$ID" true
	grep -q pids.max "$TMP/log"
	update --pids-limit 20
	run -0 davit exec "$ID" true
}

@test "RES-12 checkBeforeUpdate refuses a limit below what is in use" {
	need_controller memory
	need_no_asan
	bundle
	config --arg p "$(cgroup_path)" '.linux.cgroupsPath = $p | .linux.resources.memory = {"limit": 268435456}'
	script 'x=$(head -c 50000000 /dev/zero | tr "\0" a); echo ready; while :; do sleep 1; done'
	running
	wait_for 20 grep -q ready "$TMP/out"
	run -1 davit update --resources - "$ID" <<<'{"memory": {"limit": 4194304, "checkBeforeUpdate": true}}'
	has memory memory.limit_in_bytes 268435456 memory.max 268435456
	assert_equal "$(state_of)" running
	run -0 davit update --resources - "$ID" <<<'{"memory": {"limit": 200000000, "checkBeforeUpdate": true}}'
}

@test "RES-27 unified by update: files that were not there before, line by line" {
	need_v2
	need_controller memory
	asleep
	run -0 davit update --resources - "$ID" <<<'{"unified": {"memory.high": "33554432"}}'
	has memory - - memory.high 33554432
	run -1 davit update --resources - "$ID" <<<'{"unified": {"memory.high": "16777216", "memory.nosuch": "1"}}'
	assert_output --partial memory.nosuch
	has memory - - memory.high 33554432
	run -1 davit update --resources - "$ID" <<<'{"unified": {"../x": "1"}}'
}

@test "RES-27 unified counts over what is converted, in force before or not" {
	need_v2
	need_controller memory
	need_cgroupfs
	asleep
	local i
	for i in 1 2; do
		run -0 davit update --resources - "$ID" \
			<<<'{"memory": {"limit": 134217728}, "unified": {"memory.max": "67108864"}}'
		has memory - - memory.max 67108864
	done
}

@test "update --device-allow and --device-deny are in force at once, and kept by later updates [fallback]" {
	need_root
	bundle
	mkdir "$BUNDLE/rootfs/n"
	mknod "$BUNDLE/rootfs/n/kmsg" c 1 11
	mknod "$BUNDLE/rootfs/n/mem" c 1 1
	chmod 666 "$BUNDLE/rootfs/n"/*
	args sleep 100
	config '.process.capabilities |= map_values(. + ["CAP_SYSLOG", "CAP_SYS_ADMIN"]) | .linux.maskedPaths = []'
	config --arg p "$(cgroup_path)" '.linux.cgroupsPath = $p'
	running
	reach() { davit exec "$ID" dd if="/n/$1" of=/dev/null bs=1 count=0 2>/dev/null; }
	run ! reach kmsg
	update --device-allow 'c 1:11 r'
	reach kmsg
	run davit exec "$ID" sh -c ': >>/n/kmsg'
	assert_failure
	update --device-allow 'c 1:11 w'
	davit exec "$ID" sh -c ': >>/n/kmsg'
	update --pids-limit 33
	reach kmsg
	update --device-deny 'c 1:11 rw'
	run ! reach kmsg
	davit exec "$ID" sh -c 'echo x >/dev/null'
	# Default devices stay, whatever is denied (RES-03).
	update --device-deny a
	davit exec "$ID" sh -c 'echo x >/dev/null'
	assert_equal "$(stored '.linux.resources.devices | length')" "$(($(jq '.linux.resources.devices | length' "$BUNDLE/config.json") + 4))"
}

@test "a cgroup that was removed or that init was moved out of is an error, and no stranger's is touched" {
	need_cgroupfs
	need_controller pids
	local dir
	asleep
	dir=$CGROUP_ROOT
	for dir in $(cgroups_of "davit-$ID"); do
		echo "$(pid_of)" >"${dir%/*}/cgroup.procs"
	done
	run -1 davit update --pids-limit 5 "$ID"
	assert_output --partial "has left"
	run -1 davit pause "$ID"
	assert_output --partial "has left"
	cgroups_of "davit-$ID" | sort -r | while read -r dir; do rmdir "$dir"; done
	run -1 davit update --pids-limit 5 "$ID"
	assert_output --partial "has been removed"
	run -1 davit pause "$ID"
	assert_output --partial "has been removed"
	within 10 "$DAVIT" --root "$ROOT" delete --force "$ID"
	assert_nothing_left
}

@test "two updates at once: both are in force" {
	need_controller pids memory
	local i
	asleep
	for i in $(seq 5); do
		davit update --pids-limit $((40 + i)) "$ID" &
		davit update --memory "$((40 + i))M" "$ID"
		wait $!
	done
	has pids pids.max 45 pids.max 45
	has memory memory.limit_in_bytes $((45 << 20)) memory.max $((45 << 20))
	assert_equal "$(stored '[.linux.resources.pids.limit, .linux.resources.memory.limit]')" "[45,$((45 << 20))]"
}
