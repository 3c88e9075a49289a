#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The process: user, environment, working folder, scheduler, personality, and so on
# (spec-matrix section 5).
load ../lib/helpers

@test "PROC-27 PROC-29 user, group and supplementary groups are exactly those given [vm fallback]" {
	bundle
	config '.process.user = {"uid": 1000, "gid": 1001, "additionalGids": [5, 77, 70000]}'
	in_container 'grep -E "^(Uid|Gid|Groups)" /proc/self/status | tr -s "\t " " "'
	assert_line "Uid: 1000 1000 1000 1000"
	assert_line "Gid: 1001 1001 1001 1001"
	assert_line --regexp '^Groups: 5 77 70000 ?$'
}

@test "PROC-29 more groups than a small list holds" {
	bundle
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
		RT 7 realtime.*prio.7
		IDLE 0 idle
	E
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
	config '.process.user = {"uid": 1000, "gid": 1000}'
	in_container 'echo again >/dev/stdout; stat -Lc %u /proc/self/fd/1'
	assert_output again$'\n'1000
}
