#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The process: user, environment, working folder, scheduler, personality, and so on
# (docs/conformance.md section 5).
load ../lib/helpers

@test "PROC-27 PROC-29 user, group and supplementary groups are exactly those given [vm fallback]" {
	bundle
	need_ids
	# As many as an ordinary user can map.
	local high=70000
	[ "$(id -u)" = 0 ] || high=60000
	config --argjson g $high '.process.user = {"uid": 1000, "gid": 1001, "additionalGids": [5, 77, $g]}'
	in_container 'grep -E "^(Uid|Gid|Groups)" /proc/self/status | tr -s "\t " " "'
	assert_line "Uid: 1000 1000 1000 1000"
	assert_line "Gid: 1001 1001 1001 1001"
	assert_line --regexp "^Groups: 5 77 $high ?\$"
}

@test "PROC-29 more groups than a small list holds" {
	bundle
	need_ids
	config '.process.user.additionalGids = [range(1; 301)]'
	in_container 'id -G | wc -w'
	assert_output 301
}

@test "PROC-28 umask is set when given, and 0022 when not [fallback]" {
	bundle
	config '.process.user.umask = 23'
	in_container umask
	assert_output 0027
	config '.process.user.umask = 0'
	in_container umask
	assert_output 0000
	config 'del(.process.user.umask)'
	in_container umask
	assert_output 0022
}

@test "PROC-06 the environment is exactly the one given, of two values the last [fallback]" {
	bundle
	config '.process.env = ["PATH=/bin", "A=1", "B=x=y z", "A=2", "EMPTY=", "HOME=/tmp"] |
		.process.args = ["env"]'
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_equal "$(sort <<<"$output" | tr '\n' ',')" 'A=2,B=x=y z,EMPTY=,HOME=/tmp,PATH=/bin,'
}

@test "PROC-06 HOME is taken from the container's passwd by uid where it is not given, else /" {
	bundle
	need_ids
	local uid want
	while read -r uid want; do
		config --argjson u "$uid" '.process.user.uid = $u'
		in_container 'echo $HOME'
		assert_output "$want"
	done <<-E
		0 /root
		1000 /home/user
		4321 /
	E
	# A masked one is the null device.
	config '.linux.maskedPaths += ["/etc/passwd"] | .process.user.uid = 1000'
	in_container 'echo $HOME'
	assert_output /
	rm "$BUNDLE/rootfs/etc/passwd"
	in_container 'echo $HOME'
	assert_output /
	config '.process.env += ["HOME=/elsewhere"]'
	in_container 'echo $HOME'
	assert_output /elsewhere
}

@test "PROC-06 PROC-07 LIFE-09 the program is looked for in the PATH of the configuration alone" {
	bundle
	mkdir -p "$BUNDLE/rootfs/opt/a" "$BUNDLE/rootfs/opt/b"
	printf '#!/bin/sh\necho from b $0 "$@"\n' >"$BUNDLE/rootfs/opt/b/prog"
	chmod 755 "$BUNDLE/rootfs/opt/b/prog"
	# Neither a folder nor a file that cannot be run ends the search.
	mkdir "$BUNDLE/rootfs/opt/prog"
	echo x >"$BUNDLE/rootfs/opt/a/prog"
	config '.process.env = ["PATH=/opt:/opt/a:/opt/b"] | .process.args = ["prog", "x y", ""]'
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_output "from b /opt/b/prog x y "
	config '.process.cwd = "/opt" | .process.args = ["b/prog"]'
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_output --partial "from b"
	config '.process.env = ["PATH=/nowhere"] | .process.args = ["prog"]'
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial 'executable file not found in $PATH'
}

@test "PROC-07 args[0] is the program's name as it was given" {
	bundle
	config '.process.args = ["sh", "-c", "tr \"\\\\0\" , </proc/self/cmdline; echo; tr \"\\\\0\" , </proc/1/cmdline"]'
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_line --regexp '^sh,-c,'
}

@test "PROC-04 PROC-05 cwd: where it is, and made for root where it is missing [vm fallback]" {
	bundle
	need_ids
	config '.process.cwd = "/home/user"'
	in_container pwd
	assert_output /home/user
	config '.process.cwd = "/new/folder" | .process.user = {"uid": 1000, "gid": 1000}'
	in_container 'pwd; stat -c "%a %u:%g" . ..'
	assert_output /new/folder$'\n'"755 0:0"$'\n'"755 0:0"
	# On a tmpfs that is made read-only at the end.
	config '.process.cwd = "/m/x" | .mounts += [{"destination": "/m", "type": "tmpfs", "source": "t", "options": ["ro"]}]'
	run davit run --bundle "$BUNDLE" "$ID"
	assert_nothing_left
}

@test "PROC-04 a cwd that only the user may enter, and one that only root may" {
	need_root
	bundle
	mkdir "$BUNDLE/rootfs/home/private"
	chown 1000:1000 "$BUNDLE/rootfs/home/private"
	chmod 700 "$BUNDLE/rootfs/home/private"
	config '.process.cwd = "/home/private" | .process.user = {"uid": 1000, "gid": 1000}'
	in_container pwd
	assert_output /home/private
	config '.process.cwd = "/root"'
	script 'true'
	run davit run --bundle "$BUNDLE" "$ID"
	assert_nothing_left
}

@test "PROC-04 E1 a cwd through a link of the image stays inside" {
	bundle
	mkdir "$BUNDLE/rootfs/real"
	ln -s /real "$BUNDLE/rootfs/abs"
	ln -s ../../../../real "$BUNDLE/rootfs/up"
	local way
	for way in /abs /up /abs/. /real/../up; do
		config --arg c "$way" '.process.cwd = $c'
		in_container 'readlink /proc/self/cwd'
		assert_output /real
	done
}

@test "PROC-18 noNewPrivileges is set when true, and only then [fallback]" {
	bundle
	local value want
	for value in true false null; do
		config --argjson v $value 'if $v == null then del(.process.noNewPrivileges) else .process.noNewPrivileges = $v end'
		in_container 'grep NoNewPrivs /proc/self/status | cut -f2'
		want=0
		[ $value != true ] || want=1
		assert_output $want
	done
}

@test "PROC-20 PROC-21 the scheduler's policy and its numbers [vm]" {
	need_cap 23
	bundle
	local scheduler want
	while IFS='|' read -r scheduler want; do
		config --argjson s "$scheduler" '.process.scheduler = $s'
		args cat /proc/self/stat
		run davit run --bundle "$BUNDLE" "$ID"
		[ "$status" = 0 ] || fail "$scheduler: $output"
		# Nice value, real-time priority, policy.
		assert_equal "$scheduler: $(awk '{ print $19, $40, $41 }' <<<"$output")" "$scheduler: $want"
	done <<-'E'
		{"policy": "SCHED_OTHER", "nice": 7}|7 0 0
		{"policy": "SCHED_OTHER", "nice": -5}|-5 0 0
		{"policy": "SCHED_BATCH", "nice": 3}|3 0 3
	E
}

@test "PROC-20 SCHED_IDLE, whose nice value the kernel leaves as it is [vm]" {
	bundle
	config '.process.scheduler = {"policy": "SCHED_IDLE"}'
	args cat /proc/self/stat
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_equal "$(awk '{ print $40, $41 }' <<<"$output")" "0 5"
}

@test "PROC-20 PROC-21 real-time policies and their priority [vm]" {
	need_cap 23
	# A v1 cgroup has no real-time budget of its own.
	[ ! -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ] || skip "needs real-time budget in the cgroup"
	# With RT_GROUP_SCHED no v2 cgroup but the root has one, and none can be given.
	if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
		mkdir "/sys/fs/cgroup/$ID-probe"
		undo rmdir "/sys/fs/cgroup/$ID-probe"
		sh -c "echo \$\$ >/sys/fs/cgroup/$ID-probe/cgroup.procs && exec chrt -f 1 true" 2>/dev/null ||
			skip "this kernel gives v2 cgroups no real-time budget"
	fi
	bundle
	args cat /proc/self/stat
	config '.process.scheduler = {"policy": "SCHED_FIFO", "priority": 12}'
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_equal "$(awk '{ print $40, $41 }' <<<"$output")" "12 1"
	config '.process.scheduler = {"policy": "SCHED_RR", "priority": 1}'
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_equal "$(awk '{ print $40, $41 }' <<<"$output")" "1 2"
}

@test "PROC-20 PROC-21 real-time policies where the v1 cgroup is given a budget" {
	need_cap 23
	[ -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ] || skip "needs a v1 cpu controller with real-time budgets"
	bundle
	config --arg p "/$ID" '.linux.cgroupsPath = $p | .linux.resources.cpu.realtimeRuntime = 10000 |
		.process.scheduler = {"policy": "SCHED_FIFO", "priority": 12}'
	args cat /proc/self/stat
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_equal "$(awk '{ print $40, $41 }' <<<"$output")" "12 1"
	config '.process.scheduler = {"policy": "SCHED_RR", "priority": 99, "flags": ["SCHED_FLAG_RESET_ON_FORK"]}'
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_equal "$(awk '{ print $40, $41 }' <<<"$output")" "99 2"
	config 'del(.linux.resources.cpu)'
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "sched_setattr: EPERM"
	assert_nothing_left
}

@test "PROC-20 PROC-21 PROC-22 SCHED_DEADLINE with its three numbers and its flags" {
	need_cap 23
	need_cmd chrt
	chrt --deadline --sched-runtime 1000000 --sched-deadline 20000000 --sched-period 30000000 0 true 2>/dev/null ||
		skip "this machine gives no deadline scheduling"
	bundle
	args sleep 1000
	config '.process.scheduler = {"policy": "SCHED_DEADLINE", "runtime": 1000000, "deadline": 20000000,
		"period": 30000000, "flags": ["SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN"]}'
	running
	run -0 chrt -p "$(pid_of)"
	assert_line --partial "SCHED_DEADLINE"
	assert_line --partial "1000000/20000000/30000000"
	davit delete --force "$ID"
	# The kernel's rule: runtime <= deadline <= period.
	config '.process.scheduler.deadline = 40000000'
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "sched_setattr: EINVAL"
	assert_nothing_left
}

@test "PROC-22 every flag reaches the kernel, which says what it lacks [vm]" {
	bundle
	args cat /proc/self/stat
	local flag
	for flag in KEEP_POLICY KEEP_PARAMS UTIL_CLAMP_MIN UTIL_CLAMP_MAX; do
		config --arg f "SCHED_FLAG_$flag" '.process.scheduler = {"policy": "SCHED_OTHER", "flags": [$f]}'
		run davit run --bundle "$BUNDLE" "$ID"
		# Kernels without UCLAMP_TASK; EINVAL would be a structure that is too short.
		[ "$status" = 0 ] || assert_output --partial "sched_setattr: EOPNOTSUPP"
		assert_nothing_left
	done
}

@test "PROC-22 SCHED_FLAG_RESET_ON_FORK: children have the default nice value" {
	need_cap 23
	bundle
	config '.process.scheduler = {"policy": "SCHED_BATCH", "nice": -3, "flags": ["SCHED_FLAG_RESET_ON_FORK"]}'
	in_container 'cut -d" " -f41 /proc/$$/stat; cat /proc/self/stat; true'
	assert_equal "${lines[0]}" 3
	assert_equal "$(awk '{ print $19, $41 }' <<<"${lines[1]}")" "0 3"
}

@test "PROC-20 without a scheduler the process has the default one, whatever the caller has" {
	bundle
	args cat /proc/self/stat
	run -0 nice -n 5 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&- 4>&-
	assert_equal "$(awk '{ print $41 }' <<<"$output")" 0
}

@test "PROC-24 the I/O priority is that of the process group [fallback]" {
	bundle
	local class priority
	while read -r class priority want; do
		config --arg c "IOPRIO_CLASS_$class" --argjson p "$priority" '.process.ioPriority = {"class": $c, "priority": $p}'
		in_container 'ionice -p $$'
		assert_output --regexp "$want"
	done <<-'E'
		BE 2 best-effort.*prio.2
		IDLE 0 idle
	E
}

@test "PROC-20 PROC-24 what only root of the host may give a process, one in a user namespace has too" {
	need_root
	need_cap 23
	bundle
	config '.linux.namespaces += [{"type": "user"}] |
		.linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}] |
		.linux.gidMappings = .linux.uidMappings |
		.process.scheduler = {"policy": "SCHED_BATCH", "nice": -3} |
		.process.ioPriority = {"class": "IOPRIO_CLASS_RT", "priority": 6}'
	args sleep 1000
	running
	run -0 ionice -p "$(pid_of)"
	assert_output --regexp "realtime.*prio.6"
	assert_equal "$(awk '{ print $19, $41 }' "/proc/$(pid_of)/stat")" "-3 3"
	run -0 davit exec "$ID" sh -c 'ionice -p $$; cat /proc/self/stat; true'
	assert_line --regexp "realtime.*prio.6"
	assert_equal "$(awk 'NR == 2 { print $19, $41 }' <<<"$output")" "-3 3"
	davit delete --force "$ID"
	# What the kernel refuses is told from there as well.
	config '.process.scheduler = {"policy": "SCHED_DEADLINE", "runtime": 30000000, "deadline": 20000000, "period": 30000000}'
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "sched_setattr: EINVAL"
	assert_nothing_left
}

@test "PROC-24 the real-time class of I/O, which is not for everybody" {
	bundle
	config '.process.ioPriority = {"class": "IOPRIO_CLASS_RT", "priority": 7}'
	script 'ionice -p $$'
	if [ "$(id -u)" = 0 ]; then
		run -0 davit run --bundle "$BUNDLE" "$ID"
		assert_output --regexp "realtime.*prio.7"
	else
		run -1 davit run --bundle "$BUNDLE" "$ID"
		assert_output --partial "cannot set the I/O priority: ioprio_set: EPERM"
		assert_nothing_left
	fi
}

# policies: those in numa_maps, each once.
policies() { sed -E 's/^[0-9a-f]+ //; s/ (file=|heap|stack|anon=|mapped=|dirty=).*//' <<<"$output" | sort -u; }

@test "MPOL-01 MPOL-02 MPOL-03 the memory policy with its nodes and flags is the program's [fallback]" {
	[ -e /proc/self/numa_maps ] || skip "needs a kernel with NUMA"
	bundle
	local policy want
	while IFS='|' read -r policy want; do
		config --argjson p "$policy" '.linux.memoryPolicy = $p'
		# A child, so that it is seen to be inherited.
		in_container 'cat /proc/self/numa_maps; true'
		assert_equal "$policy: $(policies)" "$policy: $want"
	done <<-'E'
		{"mode": "MPOL_DEFAULT"}|default
		{"mode": "MPOL_DEFAULT", "nodes": ""}|default
		{"mode": "MPOL_BIND", "nodes": "0"}|bind:0
		{"mode": "MPOL_BIND", "nodes": "0-0, 0", "flags": ["MPOL_F_STATIC_NODES"]}|bind=static:0
		{"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_RELATIVE_NODES"]}|bind=relative:0
		{"mode": "MPOL_INTERLEAVE", "nodes": "0"}|interleave:0
		{"mode": "MPOL_PREFERRED", "nodes": "0"}|prefer:0
		{"mode": "MPOL_PREFERRED"}|local
		{"mode": "MPOL_LOCAL"}|local
	E
	need_kernel 6.9
	while IFS='|' read -r policy want; do
		config --argjson p "$policy" '.linux.memoryPolicy = $p'
		in_container 'cat /proc/self/numa_maps; true'
		assert_equal "$policy: $(policies)" "$policy: $want"
	done <<-'E'
		{"mode": "MPOL_PREFERRED_MANY", "nodes": "0"}|prefer (many):0
		{"mode": "MPOL_WEIGHTED_INTERLEAVE", "nodes": "0"}|weighted interleave:0
	E
}

@test "MPOL-01 exec'd processes have the memory policy too" {
	[ -e /proc/self/numa_maps ] || skip "needs a kernel with NUMA"
	bundle
	config '.linux.memoryPolicy = {"mode": "MPOL_BIND", "nodes": "0"}'
	args sleep 1000
	running
	run -0 davit exec "$ID" cat /proc/self/numa_maps
	assert_equal "$(policies)" bind:0
}

@test "MPOL-02 MPOL-03 what the kernel refuses is an error with its place, and leaves nothing" {
	[ -e /proc/self/numa_maps ] || skip "needs a kernel with NUMA"
	bundle
	args true
	local policy
	while read -r policy; do
		config --argjson p "$policy" '.linux.memoryPolicy = $p'
		run -1 davit create --bundle "$BUNDLE" "$ID"
		assert_output --partial 'cannot set the memory policy: set_mempolicy: EINVAL'
		assert_nothing_left
	done <<-'E'
		{"mode": "MPOL_BIND", "nodes": "1000"}
		{"mode": "MPOL_INTERLEAVE", "nodes": "0", "flags": ["MPOL_F_NUMA_BALANCING"]}
	E
}

@test "MPOL-01 a kernel without memory policies is an error that names the call" {
	need_cmd gcc
	bundle
	args true
	config '.linux.memoryPolicy = {"mode": "MPOL_LOCAL"}'
	if [ -e /proc/self/numa_maps ]; then
		# A filter stands for the kernel.
		cat >"$TMP/without.c" <<-'E'
			#include <errno.h>
			#include <linux/filter.h>
			#include <linux/seccomp.h>
			#include <stddef.h>
			#include <sys/prctl.h>
			#include <sys/syscall.h>
			#include <unistd.h>
			int main(int argc, char **argv)
			{
				struct sock_filter f[] = {
					BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
					BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_set_mempolicy, 0, 1),
					BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
					BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
				};
				struct sock_fprog p = { 4, f };
				if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
				    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &p) == 0)
					execv(argv[1], argv + 1);
				return 99;
			}
		E
		gcc -o "$TMP/without" "$TMP/without.c"
	else
		ln -s "$(command -v env)" "$TMP/without"
	fi
	run -1 "$TMP/without" "$DAVIT" --root "$ROOT" create --bundle "$BUNDLE" "$ID"
	assert_output --partial 'cannot set the memory policy: set_mempolicy: ENOSYS'
	assert_nothing_left
}

@test "PERS-01 personality: LINUX32 tells of a 32-bit machine, LINUX of the real one [fallback]" {
	bundle
	config '.linux.personality = {"domain": "LINUX32"}'
	in_container 'cat /proc/self/personality'
	assert_output 00000008
	config '.linux.personality = {"domain": "LINUX"}'
	in_container 'cat /proc/self/personality'
	assert_output 00000000
	config 'del(.linux.personality)'
	in_container 'cat /proc/self/personality'
	assert_output 00000000
}

@test "PROC-19 oomScoreAdj of every kind" {
	# Less than the session's is for the privileged.
	need_root
	bundle
	local n
	for n in 0 1 1000 -17; do
		config --argjson n "$n" '.process.oomScoreAdj = $n'
		[ "$n" -ge 0 ] || need_cap 24
		in_container 'cat /proc/self/oom_score_adj'
		assert_output "$n"
	done
}

@test "PROC-30 the session keyring is the container's own, and the caller's with --no-new-keyring" {
	need_cmd python3
	[ -e "$DAVIT_BUILD/tests/attack/probe" ] || skip "needs tests/attack/probe"
	cp "$DAVIT_BUILD/tests/attack/probe" "$TMP/probe"
	"$TMP/probe" | grep -q '^keyring [0-9]' || skip "this kernel has no keyrings"
	bundle
	cp "$TMP/probe" "$BUNDLE/rootfs/probe"
	args /probe
	local mine
	mine=$("$TMP/probe" | grep '^keyring' | cut -d' ' -f2)
	run -0 davit run --bundle "$BUNDLE" "$ID"
	local theirs
	theirs=$(grep '^keyring' <<<"$output" | cut -d' ' -f2)
	[ -n "$theirs" ] && [ "$theirs" != "$mine" ]
	run -0 davit run --no-new-keyring --bundle "$BUNDLE" "$ID"
	assert_equal "$(grep '^keyring' <<<"$output" | cut -d' ' -f2)" "$mine"
}

@test "CONF-02 CONF-03 host and domain name are the container's, the host's stay [vm fallback]" {
	bundle
	local host domain
	host=$(cat /proc/sys/kernel/hostname)
	domain=$(cat /proc/sys/kernel/domainname)
	config '.hostname = "inside" | .domainname = "example.org"'
	in_container 'cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname; hostname'
	assert_output inside$'\n'example.org$'\n'inside
	assert_equal "$(cat /proc/sys/kernel/hostname)" "$host"
	assert_equal "$(cat /proc/sys/kernel/domainname)" "$domain"
	config 'del(.hostname, .domainname)'
	in_container 'cat /proc/sys/kernel/hostname'
	assert_output "$host"
}

@test "FD-04 D6 pipes of the caller belong to the process's user" {
	bundle
	need_ids
	config '.process.user = {"uid": 1000, "gid": 1000}'
	in_container 'echo again >/dev/stdout; stat -Lc %u /proc/self/fd/1'
	assert_output again$'\n'1000
}

@test "FD-03 standard descriptors that are the host's null device become the container's" {
	bundle
	script 'for i in 0 1 2; do stat -Lc "%t:%T %d" /proc/self/fd/$i; done >/tmp/fds; stat -Lc "%t:%T %d" /dev/null >>/tmp/fds'
	config '.root.readonly = false'
	"$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>/dev/null 3>&- 4>&-
	assert_equal "$(sort -u "$BUNDLE/rootfs/tmp/fds" | wc -l)" 2
	# The second is the file that the loop writes to.
	assert_equal "$(grep -c '^1:3 ' "$BUNDLE/rootfs/tmp/fds")" 3
	assert_equal "$(sed -n 1p "$BUNDLE/rootfs/tmp/fds")" "$(sed -n 4p "$BUNDLE/rootfs/tmp/fds")"
}

@test "PROC-24 exec'd processes have the I/O priority and the scheduler too" {
	bundle
	config '.process.ioPriority = {"class": "IOPRIO_CLASS_BE", "priority": 1} | .process.scheduler = {"policy": "SCHED_BATCH", "nice": 2}'
	args sleep 1000
	running
	run -0 davit exec "$ID" sh -c 'ionice -p $$; cat /proc/self/stat; true'
	assert_line --regexp 'best-effort.*prio.1'
	assert_equal "$(awk 'NR == 2 { print $19, $41 }' <<<"$output")" "2 3"
}

@test "PERS-01 exec'd processes have the personality too" {
	bundle
	config '.linux.personality = {"domain": "LINUX32"}'
	args sleep 1000
	running
	run -0 davit exec "$ID" cat /proc/self/personality
	assert_output 00000008
}

@test "CONF-02 CONF-03 host and domain name are set in a uts namespace that is joined" {
	need_root
	unshare --uts sleep 1000 3>&- 4>&- &
	local other=$!
	undo end_background $other
	wait_for 5 eval '[ "$(readlink /proc/'$other'/ns/uts)" != "$(readlink /proc/self/ns/uts)" ]'
	bundle
	args cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname
	config --arg p "/proc/$other/ns/uts" '.hostname = "joined" | .domainname = "example.org" |
		.linux.namespaces |= map(if .type == "uts" then .path = $p else . end)'
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_output joined$'\n'example.org
	run -0 nsenter --uts="/proc/$other/ns/uts" uname -n
	assert_output joined
}
