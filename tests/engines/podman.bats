#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Podman as root, with davit as its runtime and cgroupfs as its cgroup manager.
# shellcheck disable=SC2016 # the container's shell expands
load podman
export ENGINE_CGROUPS='conmon|[0-9a-f]{64}' # its containers are libpod-ID

setup_file() {
	engine_setup_file podman conmon jq
	mkdir "$ENGINE/networks" /run/netns
	# Podman would make it so with its first network, and leave it.
	mount --bind /run/netns /run/netns
	mount --make-shared /run/netns
	containers_config /run/containers/storage \
		'default_capabilities = ["CHOWN", "KILL", "SETUID", "SETGID", "NET_BIND_SERVICE"]'
	printf '%s\n' '[network]' "network_config_dir = \"$ENGINE/networks\"" >>"$ENGINE/containers.conf"
	export CONTAINERS_CONF=$ENGINE/containers.conf CONTAINERS_STORAGE_CONF=$ENGINE/storage.conf
	engine podman --runtime davit import -q "$ENGINE/bb.tar" localhost/bb:latest >/dev/null
}
teardown_file() { engine_teardown_file; }
teardown() {
	[ -z "${ID-}" ] || podman rm --all --force --time 0 >/dev/null
	engine_teardown
}

# A Podman that fails leaves its storage mounted on itself; the next one would unmount it.
engine_settled() { umount "$ENGINE/storage/overlay" 2>/dev/null || true; }

podman() { engine podman --runtime davit "$@"; }
# start OPTION... IMAGE COMMAND...: podman run with this test's cgroup and no network
start() { podman run --cgroup-parent "/$ID" --network none "$@"; }

@test "podman runs davit, and shows its version" {
	run -0 podman info --format '{{.Host.OCIRuntime.Name}} {{.Host.OCIRuntime.Path}} {{.Host.OCIRuntime.Version}}'
	assert_line "davit $DAVIT davit version $("$DAVIT" --version | sed -n '1s/.* //p')"
	run -0 start -d --name web bb sleep 100
	local cid=$output
	run -0 podman inspect -f '{{.OCIRuntime}} {{.State.Pid}}' web
	assert_output "davit $("$DAVIT" state "$cid" | jq .pid)"
	run -0 "$DAVIT" state "$cid"
	assert_json '.status == "running" and (.bundle | endswith("/userdata")) and .ociVersion != ""'
	assert_json '.annotations["io.container.manager"] == "libpod"'
	run -0 "$DAVIT" list --quiet
	assert_line "$cid"
	podman rm -f -t 0 web
	assert_engine_clean
}

@test "podman run gives output and exit status, and leaves nothing" {
	once bb echo "hello from inside"
	assert_output "hello from inside"
	EXPECT=7 once_sh 'exit 7'
	EXPECT=137 once_sh --pid host 'kill -9 $$; sleep 5'
	run -0 start --rm -i bb cat <<<"through standard input"
	assert_output "through standard input"
	assert_engine_clean
}

@test "podman run of what cannot be run: 127 for missing, 126 for not executable" {
	EXPECT=127 once bb nosuch
	assert_output --partial 'exec: "nosuch": executable file not found in $PATH'
	EXPECT=127 once bb /no/such
	assert_output --partial 'exec: "/no/such": stat /no/such: no such file or directory'
	EXPECT=126 once bb /etc
	assert_output --partial 'exec: "/etc": permission denied'
	EXPECT=126 once bb /etc/notexec
	assert_output --partial 'exec: "/etc/notexec": permission denied'
	assert_engine_clean
}

@test "podman run of a program in no known format ends with 1 and says so in the log" {
	run start --name bad bb /bin/badfmt
	assert_failure
	assert_output --partial 'exec: "/bin/badfmt": exec format error'
	podman rm bad
	assert_engine_clean
}

@test "a failure that is not about the command is not taken for one" {
	EXPECT=126 once --sysctl net.ipv4.no_such=1 bb true
	assert_output --partial "OCI runtime error"
	assert_output --partial no_such
	refute_output --partial "not found"
	assert_engine_clean
}

@test "podman run -d, logs, kill HUP, wait, stop, restart, rm" {
	start_web
	web_does_as_it_is_told
	run -0 podman stop -t 5 web
	run -0 podman rm web
	assert_engine_clean
}

@test "the terminals of run -it and exec -it" {
	need_cmd script
	# Podman 4.3 loses what a program writes in its last instant, with any runtime.
	local podman="podman --runtime davit"
	run -4 engine script -qec "$podman run --rm --cgroup-parent /$ID --network none -it bb sh -c 'tty; sleep 1; exit 4'" /dev/null
	assert_output --partial /dev/pts/0
	start -d --name web bb sleep 100
	run -6 engine script -qec "$podman exec -it web sh -c 'tty; sleep 1; exit 6'" /dev/null
	assert_output --partial /dev/pts/0
	podman rm -f -t 0 web
	assert_engine_clean
}

@test "podman stop kills what does not listen" {
	start -d --name web bb sleep 100
	run -0 podman stop -t 1 web
	run -0 podman wait web
	assert_output 137
	podman rm web
	assert_engine_clean
}

@test "podman rm -f of a running container, and of one that was only created" {
	start -d --name web bb sleep 100
	run -0 podman rm -f -t 0 web
	run -0 podman create --cgroup-parent "/$ID" --network none --name made bb sleep 100
	run -0 podman init made
	assert_equal "$("$DAVIT" list --format json | jq -r '.[].status')" created
	run -0 podman rm -f made
	assert_engine_clean
}

@test "podman --init: catatonit is pid 1 and reaps" {
	need_cmd catatonit
	once_sh --init 'tr "\0" " " </proc/1/cmdline'
	assert_output --regexp '^/.*init -- sh -c'
	assert_engine_clean
}

@test "volumes: read-write, read-only, a single file, and nothing of them stays mounted" {
	mkdir "$TMP/vol"
	echo outside >"$TMP/vol/f"
	once_sh -v "$TMP/vol:/v" -v "$TMP/vol:/ro:ro" -v "$TMP/vol/f:/etc/one:ro" '
		cat /ro/f /etc/one
		echo inside >/v/g
		(: >/ro/h) 2>/dev/null && echo "ro is writable"
		(: >/etc/one) 2>/dev/null && echo "one is writable"
		grep -o " /ro .* ro," /proc/mounts | cut -d " " -f 2'
	assert_output $'outside\noutside\n/ro'
	assert_equal "$(cat "$TMP/vol/g")" inside
	assert_engine_clean
}

@test "read-only root with its tmpfs folders, and tmpfs with the mode that was asked for" {
	once_sh --read-only --tmpfs /t:size=1m,mode=1700 '
		(: >/file) 2>/dev/null && echo "the root is writable"
		: >/tmp/file && : >/run/file && : >/t/file && echo "tmpfs are writable"
		stat -c "%a" /t /tmp
		df -k /t | awk "END { print \$2 }"'
	assert_output $'tmpfs are writable\n1700\n1777\n1024'
	assert_engine_clean
}

@test "MOPT-23 --tmpfs over a folder of the image begins with its content and mode" {
	once_sh --tmpfs /home --tmpfs /root:mode=750 '
		ls /home; stat -c %a /home /root; grep -c "^tmpfs /home " /proc/mounts'
	assert_output $'user\n755\n750\n1'
	assert_engine_clean
}

@test "capabilities: a default set, --cap-drop, --cap-add, --user" {
	once_sh 'grep -E "^Cap(Prm|Eff|Bnd)" /proc/self/status | cut -f 2 | sort -u'
	assert_output 00000000000004e1
	once_sh --cap-drop all --cap-add net_raw 'sed -n "s/^Cap...:\t//p" /proc/self/status | uniq'
	assert_output $'0000000000000000\n0000000000002000\n0000000000000000'
	once_sh --user 1000:1000 --group-add 1001 'id -u; id -g; id -G; grep CapEff /proc/self/status'
	assert_output $'1000\n1000\n1000 1001\nCapEff:\t0000000000000000'
	assert_engine_clean
}

@test "the default seccomp profile, none, and no new privileges" {
	once_sh 'grep -E "^(Seccomp|NoNewPrivs):" /proc/self/status'
	assert_output $'NoNewPrivs:\t0\nSeccomp:\t2'
	once_sh --security-opt seccomp=unconfined --security-opt no-new-privileges \
		'grep -E "^(Seccomp|NoNewPrivs):" /proc/self/status'
	assert_output $'NoNewPrivs:\t1\nSeccomp:\t0'
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95}]}' >"$TMP/seccomp.json"
	once_sh --security-opt "seccomp=$TMP/seccomp.json" 'mkdir /x 2>&1; true'
	assert_output --partial "not supported"
	assert_engine_clean
}

@test "--privileged: all capabilities that there are, devices, no filter, /proc and /sys open" {
	once_sh --privileged 'grep -E "^(CapEff|Seccomp):" /proc/self/status | cut -f 2
		[ -c /dev/kmsg ] && echo kmsg
		grep -c "^proc /proc.* ro," /proc/mounts
		grep "^sysfs /sys " /proc/mounts | grep -o " rw,"'
	assert_line "$(sed -n 's/^CapEff:\t//p' /proc/self/status)"
	assert_line kmsg
	assert_line " rw,"
	assert_line 0
	assert_engine_clean
}

@test "a user namespace with mappings of its own" {
	once_sh --uidmap 0:200000:5000 --gidmap 0:300000:5000 '
		tr -s " " </proc/self/uid_map; tr -s " " </proc/self/gid_map
		id -u; : >/tmp/file && stat -c "%u:%g" /tmp/file /etc /proc/1; readlink /proc/self/ns/user'
	assert_line " 0 200000 5000"
	assert_line " 0 300000 5000"
	assert_line 0:0
	refute_line "$(readlink /proc/self/ns/user)"
	start -d --name web --uidmap 0:200000:5000 --gidmap 0:300000:5000 --user 7:8 bb sleep 100
	assert_equal "$(stat -c %u:%g "/proc/$(podman inspect -f '{{.State.Pid}}' web)")" 200007:300008
	podman rm -f -t 0 web
	assert_engine_clean
}

@test "namespaces of the host: pid, ipc, uts, net, cgroup" {
	local ns now=''
	for ns in pid ipc uts cgroup; do now+=$(readlink "/proc/self/ns/$ns")$'\n'; done
	now+=$(engine readlink /proc/self/ns/net)
	run -0 podman run --rm --cgroup-parent "/$ID" --pid host --ipc host --uts host --cgroupns host \
		--network host bb sh -c 'for n in pid ipc uts cgroup net; do readlink /proc/self/ns/$n; done'
	assert_output "$now"
	once_sh --cgroupns private 'for n in pid ipc uts cgroup net; do readlink /proc/self/ns/$n; done'
	for ns in $now; do refute_line "$ns"; done
	assert_engine_clean
}

@test "without a pid namespace, everything that the container started goes with it" {
	start -d --name web --pid host bb sh -c 'sleep 4711 & setsid sleep 4711 & wait'
	wait_for 5 both_sleep
	podman rm -f -t 0 web
	run -1 pgrep -fx 'sleep 4711'
	assert_engine_clean
}

both_sleep() { [ "$(pgrep -fxc 'sleep 4711')" = 2 ]; }

@test "memory and pids limits are in force" {
	need_controller memory pids
	local text='cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max'
	[ "$(cgroup_mode)" = v2 ] || text='cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids/pids.max'
	once_sh --memory 64m --pids-limit 20 "$text"
	assert_output $'67108864\n20'
	once_sh --memory 64m --pids-limit 20 'i=0
		while [ $i -lt 40 ]; do (sleep 2) & i=$((i + 1)); done 2>&1 | head -1; true'
	assert_output --partial "can't fork"
	need_no_asan
	EXPECT=137 once_sh --memory 32m --memory-swap 32m 'tail /dev/zero'
	assert_engine_clean
}

@test "podman pause, unpause, stats, top, update" {
	local dir file
	need_controller memory pids cpu
	[ "$(cgroup_mode)" = v2 ] || need_controller freezer
	start -d --name web --memory 64m --pids-limit 50 bb sh -c 'while :; do echo x >>/beat; sleep 0.05; done'
	podman pause web
	run -0 podman inspect -f '{{.State.Status}}' web
	assert_output paused
	run podman exec web true
	assert_failure
	podman unpause web
	run -0 podman exec web echo again
	assert_output again
	run -0 podman top web args
	assert_output --partial "sleep 0.05"
	run -0 podman stats --no-stream --format '{{.PIDs}}' web
	assert_output --regexp '^[1-9]'
	dir=$(own_cgroup web)
	if podman update --help >/dev/null 2>&1; then
		podman update --memory 96m --cpu-shares 256 web
		if [ "$(cgroup_mode)" = v2 ]; then file=$CGROUP_ROOT$dir/memory.max; else file=$CGROUP_ROOT/memory$dir/memory.limit_in_bytes; fi
		assert_equal "$(cat "$file")" $((96 << 20))
		run -0 podman exec web sh -c 'echo x >/dev/null && echo fine'
		assert_output fine
	fi
	podman pause web
	podman rm -f -t 0 web
	assert_engine_clean
}
# own_cgroup NAME: the memory cgroup of its init, or that of v2
own_cgroup() {
	local pid
	pid=$(podman inspect -f '{{.State.Pid}}' "$1")
	awk -F: '$2 == "memory" || $1 == 0 { p = $3; if ($2 == "memory") exit } END { print p }' "/proc/$pid/cgroup"
}

@test "containers without cgroups of their own" {
	run -0 podman run --rm --network none --cgroups disabled bb cat /proc/self/cgroup
	assert_equal "$(grep -v ::/ <<<"$output" | sort)" "$(grep -v ::/ /proc/self/cgroup | sort)"
	assert_engine_clean
}

@test "sysctl, ulimits, hostname, environment, working folder, devices" {
	once_sh --sysctl net.ipv4.ip_forward=1 --sysctl kernel.msgmax=4096 \
		--ulimit nofile=123:456 --ulimit nproc=1000:1000 --ulimit core=0 \
		--hostname box --env WORD=value --workdir /home/user \
		--device /dev/kmsg:/dev/other:r '
		cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax
		ulimit -Sn; ulimit -Hn; ulimit -c; hostname; echo $WORD; pwd
		stat -c "%F %t:%T" /dev/other
		(: >/dev/other) 2>/dev/null && echo "may be opened for writing"; true'
	EXPECT=$'1\n4096\n123\n456\n0\nbox\nvalue\n/home/user\ncharacter special file 1:b'
	assert_output "$EXPECT"
	assert_engine_clean
}

@test "a pod: shared namespaces, containers come and go, all of it is removed" {
	pod_of_two --cgroup-parent "/$ID"
	assert_engine_clean
}

@test "the default network: an address, and another container answers" {
	need_cmd iptables
	[ -x /usr/lib/podman/netavark ] || need_cmd netavark
	podman run -d --name web --cgroup-parent "/$ID" bb sh -c 'mkdir /tmp/w; echo served >/tmp/w/f; exec httpd -f -p 80 -h /tmp/w'
	local ip
	ip=$(podman inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' web)
	[ -n "$ip" ]
	run -0 podman run --rm --cgroup-parent "/$ID" bb sh -c "ip -4 -o addr show eth0 | grep -c 'inet 10'
		wget -q -O - http://$ip/f"
	assert_output $'1\nserved'
	podman rm -f -t 0 web
	assert_engine_clean
}

@test "podman run -it: a terminal with the size of ours, its modes, its exit status" {
	{ sleep 2; printf 'echo a$((40+2))b\r'; sleep 0.5; printf 'stty size; exit 5\r'; sleep 1; } |
		typing -s 33x99 podman --runtime davit run -it --rm --cgroup-parent "/$ID" --network none bb sh
	run -0 shown
	assert_output --partial a42b
	assert_output --partial "33 99"
	assert_equal "$status" 0
	assert_equal "$(cat "$TMP/said")" "exit 5 modes same"
	assert_engine_clean
}

@test "podman exec -it: a terminal beside the container's own" {
	run -0 start -dt --name web bb sh -c 'tty; sleep 100'
	{ sleep 2; printf 'tty; echo a$((40+2))b\r'; sleep 0.5; printf 'exit 6\r'; sleep 1; } |
		typing podman --runtime davit exec -it web sh
	run -0 shown
	assert_output --partial a42b
	assert_output --partial /dev/pts/1
	assert_equal "$(cat "$TMP/said")" "exit 6 modes same"
	run -0 podman exec -t web sh -c 'test -t 0 && test -t 1 && echo terminal'
	assert_output --partial terminal
	run -0 podman logs web
	assert_output --partial /dev/pts/0
	podman rm -f -t 0 web
	assert_engine_clean
}

@test "podman --preserve-fds passes a descriptor through" {
	echo passed >"$TMP/3"
	run -0 timeout 50 nsenter --net="$ENGINE/net" podman --runtime davit run --rm --cgroup-parent "/$ID" \
		--network none --preserve-fds 1 bb sh -c 'cat <&3' 3<"$TMP/3" 4>&-
	assert_output --partial passed
	assert_engine_clean
}
