#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Docker, with davit as its default runtime; its bridge network comes by prestart hooks.
# shellcheck disable=SC2016 # the container's shell expands
load engines

setup_file() {
	DOCKER=/usr/bin/docker # another client may come first in PATH
	[ -x $DOCKER ] || DOCKER=docker
	export DOCKER
	engine_setup_file dockerd $DOCKER containerd iptables jq
	cat >"$ENGINE/daemon.json" <<-E
		{"data-root": "$ENGINE/data", "exec-root": "/run/docker", "pidfile": "/run/docker.pid",
		 "hosts": ["unix:///run/docker.sock"], "storage-driver": "overlay2",
		 "exec-opts": ["native.cgroupdriver=cgroupfs"],
		 "default-runtime": "davit", "runtimes": {"davit": {"path": "$DAVIT"}}}
	E
	daemon dockerd dockerd --config-file "$ENGINE/daemon.json"
	wait_for 30 docker version || fail "dockerd does not come up: $(tail "$ENGINE/dockerd.log")"
	docker import "$ENGINE/bb.tar" bb >/dev/null
}
teardown_file() { engine_teardown_file; }
teardown() {
	local c
	[ -z "${ID-}" ] || for c in $(docker ps --all --quiet); do docker rm --force "$c" >/dev/null; done
	engine_teardown
}

docker() { engine "$DOCKER" --host unix:///run/docker.sock "$@"; }
start() { docker run --cgroup-parent "/$ID" "$@"; }
# once [OPTION...] TEXT: a shell script without a network; its output and exit status
once() {
	# shellcheck disable=SC2086 # a number
	run -${EXPECT:-0} start --rm --network none "${@:1:$#-1}" bb sh -c "${*: -1}"
}

@test "docker version and info name davit" {
	run -0 docker version --format '{{json .Server.Components}}'
	assert_json --arg v "$("$DAVIT" --version | sed -n '1s/.* //p')" \
		'.[] | select(.Name == "davit") | .Version == $v'
	run -0 docker info --format '{{.DefaultRuntime}}'
	assert_output davit
}

@test "docker run gives output and exit status, and leaves nothing" {
	once 'echo "hello from inside"'
	assert_output "hello from inside"
	EXPECT=7 once 'exit 7'
	run -0 start --rm -i --network none bb cat <<<"through standard input"
	assert_output "through standard input"
	assert_engine_clean
}

@test "docker run of what cannot be run: 127 for missing, 126 for not executable, 125 else" {
	run -127 start --rm --network none bb nosuch
	assert_output --partial 'exec: "nosuch": executable file not found in $PATH'
	run -127 start --rm --network none bb /no/such
	assert_output --partial 'exec: "/no/such": stat /no/such: no such file or directory'
	run -126 start --rm --network none bb /etc
	assert_output --partial 'exec: "/etc": permission denied'
	run -126 start --rm --network none bb /etc/notexec
	run -125 start --rm --network none --sysctl net.no.such=1 bb true
	assert_output --partial "net/no/such"
	assert_engine_clean
}

@test "a program in no known format: the task is gone, the container may be removed" {
	run -125 start --name bad --network none bb /bin/badfmt
	assert_output --partial 'exec: "/bin/badfmt": exec format error'
	wait_for 5 no_state || fail "state left: $(state_folders)"
	docker rm bad
	assert_engine_clean
}

@test "docker run -d, logs, kill HUP, stop, wait, restart, rm" {
	start -d --name web --network none bb sh -c 'trap "echo hup" HUP; trap "exit 3" TERM
		echo ready; while :; do sleep 0.05; done'
	wait_for 5 grep_logs ready
	docker kill -s HUP web
	wait_for 5 grep_logs hup
	run -0 docker stop -t 5 web
	run -0 docker wait web
	assert_output 3
	docker start web
	run -0 docker inspect -f '{{.State.Status}}' web
	assert_output running
	docker restart -t 5 web
	run -0 docker stop -t 5 web
	run -0 docker rm web
	assert_engine_clean
}
grep_logs() { docker logs web | grep -qx "$1"; }

@test "docker stop kills what does not listen; rm -f of a running container, and of one never started" {
	start -d --name web --network none bb sleep 100
	run -0 docker stop -t 1 web
	run -0 docker inspect -f '{{.State.ExitCode}}' web
	assert_output 137
	docker rm web
	start -d --name web --network none bb sleep 100
	run -0 docker rm -f web
	docker create --name web bb true
	run -0 docker rm web
	assert_engine_clean
}

@test "the bridge network, set up by a prestart hook" {
	start -d --name web bb sh -c 'mkdir /w; echo served >/w/f; httpd -f -p 80 -h /w'
	local ip
	ip=$(docker inspect -f '{{.NetworkSettings.IPAddress}}' web)
	[ -n "$ip" ]
	run -0 start --rm bb sh -c "ip -4 -o addr show eth0 | grep -c 'inet 172'; wget -q -O - http://$ip/f"
	assert_output $'1\nserved'
	run -0 start --rm --network container:web bb wget -q -O - http://127.0.0.1/f
	assert_output served
	docker rm -f web
	assert_engine_clean
}

@test "limits are in force, and a container out of memory ends with 137" {
	need_v1
	need_controller memory pids cpu
	once --memory 64m --pids-limit 20 --cpu-shares 512 --cpus 0.5 'cd /sys/fs/cgroup
		cat memory/memory.limit_in_bytes pids/pids.max cpu/cpu.shares cpu/cpu.cfs_quota_us'
	assert_output $'67108864\n20\n512\n50000'
	need_no_asan
	start --name web --network none --memory 16m --memory-swap 16m bb tail /dev/zero || true
	run -0 docker inspect -f '{{.State.ExitCode}}' web
	assert_output 137
	docker rm web
	assert_engine_clean
}

@test "capabilities, seccomp, privileged, user, init" {
	once 'grep -E "^(CapEff|Seccomp|NoNewPrivs):" /proc/self/status | cut -f 2'
	assert_output $'00000000a80425fb\n0\n2'
	once --user 1000:1000 --group-add 1001 --cap-drop all --security-opt no-new-privileges \
		--security-opt seccomp=unconfined 'id -u; id -G
		grep -E "^(CapBnd|Seccomp|NoNewPrivs):" /proc/self/status | cut -f 2'
	assert_output $'1000\n1000 1001\n0000000000000000\n1\n0'
	once --privileged 'sed -n "s/^CapEff:\t//p" /proc/self/status; [ -c /dev/kmsg ] && echo kmsg'
	assert_output --partial kmsg
	once --init 'tr "\0" " " </proc/1/cmdline'
	assert_output --regexp '^/sbin/docker-init -- sh -c'
	assert_engine_clean
}

@test "volumes, tmpfs, read-only root, devices, sysctl, ulimits, hostname" {
	mkdir "$TMP/vol"
	echo outside >"$TMP/vol/f"
	once -v "$TMP/vol:/v:ro" --tmpfs /t:size=1m,mode=1700 --read-only --device /dev/kmsg:/dev/other:r \
		--sysctl net.ipv4.ip_forward=1 --ulimit nofile=100:200 --hostname box --shm-size 2m '
		cat /v/f /proc/sys/net/ipv4/ip_forward; ulimit -Sn; ulimit -Hn; hostname; stat -c %a /t
		df -k /dev/shm | awk "END { print \$2 }"
		for f in /v/g /g /dev/other; do (: >$f) 2>/dev/null && echo "$f is writable"; done
		: >/t/g && stat -c "%F" /dev/other'
	assert_output $'outside\n1\n100\n200\nbox\n1700\n2048\ncharacter special file'
	assert_engine_clean
}

@test "namespaces of the host and of another container" {
	once --pid host --ipc host --uts host 'for n in pid ipc uts; do readlink /proc/self/ns/$n; done'
	assert_output "$(for n in pid ipc uts; do readlink /proc/self/ns/$n; done)"
	start -d --name web --network none --ipc shareable bb sleep 100
	local pid
	pid=$(docker inspect -f '{{.State.Pid}}' web)
	once --pid container:web --ipc container:web 'for n in pid ipc; do readlink /proc/self/ns/$n; done'
	assert_output "$(for n in pid ipc; do readlink "/proc/$pid/ns/$n"; done)"
	docker rm -f web
	assert_engine_clean
}

@test "docker pause, unpause, stats, top, update" {
	local dir
	need_v1
	need_controller memory pids cpu freezer
	start --name web --network none -d --memory 64m --memory-swap 128m --pids-limit 50 bb sh -c \
		'while :; do echo x >>/beat; sleep 0.05; done'
	dir=$ID/$(docker inspect -f '{{.Id}}' web)
	docker pause web
	run -0 docker inspect -f '{{.State.Status}}' web
	assert_output paused
	assert_equal "$(cat "/sys/fs/cgroup/freezer/$dir/freezer.state")" FROZEN
	run -1 docker exec web true
	assert_output --partial paused
	docker unpause web
	run -0 docker exec web echo again
	assert_output again
	run -0 docker stats --no-stream --format '{{.PIDs}} {{.MemUsage}}' web
	assert_output --regexp '^[1-9][0-9]* .*/ 64MiB$'
	run -0 docker top web
	assert_output --partial "sleep 0.05"
	run -0 docker update --memory 96m --memory-swap 192m --cpu-shares 256 --cpus 0.3 --pids-limit 40 web
	assert_equal "$(cat "/sys/fs/cgroup/memory/$dir/memory.limit_in_bytes")" $((96 << 20))
	assert_equal "$(cat "/sys/fs/cgroup/memory/$dir/memory.memsw.limit_in_bytes")" $((192 << 20))
	assert_equal "$(cat "/sys/fs/cgroup/cpu/$dir/cpu.shares")" 256
	assert_equal "$(cat "/sys/fs/cgroup/cpu/$dir/cpu.cfs_quota_us")" 30000
	assert_equal "$(cat "/sys/fs/cgroup/pids/$dir/pids.max")" 40
	# An update revokes no device (engines send a rule that denies all).
	run -0 docker exec web sh -c 'echo x >/dev/null && echo fine'
	assert_output fine
	docker pause web
	docker rm -f web
	assert_engine_clean
}
