#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# containerd with its own client: create, start, kill, delete and delete --force by the shim.
# shellcheck disable=SC2016 # the container's shell expands
load engines

setup_file() {
	engine_setup_file containerd ctr jq
	cat >"$ENGINE/config.toml" <<-E
		version = 2
		root = "$ENGINE/root"
		state = "/run/ctrd"
		disabled_plugins = ["io.containerd.grpc.v1.cri"]
		[grpc]
		  address = "/run/ctrd.sock"
	E
	daemon containerd containerd --config "$ENGINE/config.toml"
	wait_for 20 ctr version || fail "containerd does not come up: $(tail "$ENGINE/containerd.log")"
}
teardown_file() { engine_teardown_file; }
teardown() {
	local c
	[ -z "${ID-}" ] || for c in $(ctr container ls -q); do
		ctr task rm -f "$c" >/dev/null 2>&1 || true
		ctr container rm "$c"
	done
	engine_teardown
}

ctr() { engine ctr --address /run/ctrd.sock "$@"; }
# start OPTION... NAME COMMAND...: ctr run with davit, on the folder $ENGINE/rootfs
start() {
	local options=()
	while [[ $1 == -* ]]; do options+=("$1"); shift; done
	ctr run --runc-binary "$DAVIT" --cgroup "/$ID/$1" "${options[@]}" \
		--rootfs --env PATH=/bin "$ENGINE/rootfs" "$@"
}
# once [OPTION...] TEXT: a shell script, what it says in $output; options with a value
# as --option=value. EXPECT is its exit status.
once() {
	# shellcheck disable=SC2086 # a number
	run -${EXPECT:-0} start --rm "${@:1:$#-1}" box /bin/sh -c "${*: -1}"
}
status_of() { ctr task ls | awk -v id="$1" '$1 == id { print $3 }'; }
is() { [ "$(status_of "$1")" = "$2" ]; }
# gone NAME: remove what has ended
gone() {
	wait_for 5 is "$1" STOPPED || fail "$1 is $(status_of "$1")"
	ctr task rm "$1" 2>/dev/null || true
	ctr container rm "$1"
}
own_state() { "$DAVIT" --root /run/containerd/runc/default state "$1"; }

@test "ctr run gives output and exit status, and leaves nothing" {
	once 'echo "hello from inside"; echo "and on stderr" >&2'
	assert_line "hello from inside"
	assert_line "and on stderr"
	EXPECT=7 once 'exit 7'
	# Its client does not pass on an end of input that comes before the task is there.
	run -0 start --rm box cat < <(echo "through standard input"; sleep 2)
	assert_output "through standard input"
	assert_engine_clean
}

@test "ctr run of what cannot be run says why, and leaves nothing" {
	run -1 start --rm box nosuch
	assert_output --partial 'OCI runtime create failed: exec: "nosuch": executable file not found in $PATH'
	run -1 start --rm box /no/such
	assert_output --partial 'exec: "/no/such": stat /no/such: no such file or directory'
	run -1 start --rm box /etc
	assert_output --partial 'exec: "/etc": permission denied'
	run -1 start --rm box /bin/badfmt
	assert_output --partial 'exec: "/bin/badfmt": exec format error'
	run -1 start --rm --cwd=/etc/passwd box /bin/true
	assert_output --partial "/etc/passwd"
	assert_equal "$(ctr task ls -q)$(ctr container ls -q)" ""
	assert_engine_clean
}

@test "a detached task: state, pid file, metrics, signals, exit status, delete" {
	start --detach --pid-file="$TMP/pid" --annotation=color=blue --log-uri="file://$TMP/log" \
		web /bin/sh -c 'trap "echo hup" HUP; trap "echo term; exit 3" TERM
			echo ready; while :; do sleep 0.05; done'
	wait_for 5 grep -q ready "$TMP/log"
	run -0 own_state web
	assert_json --arg pid "$(cat "$TMP/pid")" '.status == "running" and .annotations.color == "blue"
		and (.pid | tostring) == $pid'
	run -0 ctr task metrics web
	assert_output --regexp '(memory|pids).*current|memory.usage'
	ctr task kill -s HUP web
	wait_for 5 grep -q hup "$TMP/log"
	ctr task kill web
	wait_for 5 is web STOPPED
	assert_equal "$(own_state web | jq -r .status)" stopped
	run -0 ctr task rm web
	assert_output --partial "exit with non-zero exit code 3"
	ctr container rm web
	assert_engine_clean
}

@test "task rm -f of a running task; kill of one that has ended" {
	start --detach web /bin/sleep 100
	ctr task rm -f web 2>/dev/null || true
	assert_equal "$(status_of web)" ""
	ctr container rm web
	start --detach web /bin/sleep 100
	ctr task kill -s KILL web
	wait_for 5 is web STOPPED
	run ctr task kill -s KILL web
	assert_failure
	assert_output --partial "not found"
	gone web
	assert_engine_clean
}

@test "a second container in the pid namespace of the first; kill --all reaches its children" {
	start --detach web /bin/sleep 100
	local pid
	pid=$(own_state web | jq .pid)
	start --detach --with-ns="pid:/proc/$pid/ns/pid" side /bin/sh -c 'sleep 4712 & sleep 4712'
	wait_for 5 both_sleep
	run -0 own_state side
	assert_equal "$(readlink "/proc/$(jq .pid <<<"$output")/ns/pid")" "$(readlink "/proc/$pid/ns/pid")"
	ctr task kill -a -s KILL side
	gone side
	run -1 pgrep -fx 'sleep 4712'
	assert_equal "$(status_of web)" RUNNING
	ctr task kill -s KILL web
	gone web
	assert_engine_clean
}
both_sleep() { [ "$(pgrep -fxc 'sleep 4712')" = 2 ]; }

@test "limits: memory, cpu shares and quota" {
	need_v1
	need_controller memory cpu
	once --memory-limit=67108864 --cpu-shares=512 --cpu-quota=50000 --cpu-period=100000 '
		cd /sys/fs/cgroup 2>/dev/null || mount -t tmpfs none /sys/fs/cgroup
		cat /proc/self/cgroup'
	assert_output --partial ":memory:/$ID/box"
	start --detach --memory-limit=67108864 --cpu-shares=512 web /bin/sleep 100
	assert_equal "$(cat "/sys/fs/cgroup/memory/$ID/web/memory.limit_in_bytes")" 67108864
	assert_equal "$(cat "/sys/fs/cgroup/cpu/$ID/web/cpu.shares")" 512
	ctr task kill -s KILL web
	gone web
	assert_engine_clean
}

@test "task pause, resume, ps, metrics" {
	start --detach web /bin/sh -c 'sleep 4713 & wait'
	wait_for 5 pgrep -fx 'sleep 4713'
	ctr task pause web
	is web PAUSED
	assert_equal "$(own_state web | jq -r .status)" paused
	run ctr task exec --exec-id e1 web true
	assert_failure
	ctr task resume web
	is web RUNNING
	run -0 ctr task ps web
	assert_output --partial "$(pgrep -fx 'sleep 4713')"
	run -0 ctr task metrics web
	assert_output --regexp 'pids.current +2'
	ctr task pause web
	ctr task kill -s KILL web
	gone web
	assert_engine_clean
}

@test "capabilities, seccomp, no new privileges, privileged" {
	once 'grep -E "^(CapEff|Seccomp|NoNewPrivs):" /proc/self/status | cut -f 2'
	assert_output $'00000000a80425fb\n1\n0'
	once --seccomp --cap-drop=CAP_CHOWN --cap-drop=CAP_MKNOD --cap-add=CAP_SYS_TIME --allow-new-privs \
		'grep -E "^(CapEff|Seccomp|NoNewPrivs):" /proc/self/status | cut -f 2'
	assert_output $'00000000a20425fa\n0\n2'
	once --privileged 'grep -E "^(CapEff|Seccomp):" /proc/self/status | cut -f 2; [ -c /dev/kmsg ] && echo kmsg'
	assert_output --regexp '^0000[0-9a-f]*\n?'
	assert_line "$(sed -n 's/^CapEff:\t//p' /proc/self/status)"
	assert_engine_clean
}

@test "mounts, read-only root, the host's network, a joined one" {
	mkdir "$TMP/vol"
	echo outside >"$TMP/vol/f"
	once --read-only --net-host --mount="type=bind,src=$TMP/vol,dst=/mnt,options=rbind:ro" '
		cat /mnt/f
		(: >/mnt/g) 2>/dev/null && echo "the bind is writable"
		(: >/g) 2>/dev/null && echo "the root is writable"
		readlink /proc/self/ns/net'
	assert_output $'outside\n'"$(engine readlink /proc/self/ns/net)"
	once --with-ns="network:$ENGINE/net" 'readlink /proc/self/ns/net'
	assert_output "$(engine readlink /proc/self/ns/net)"
	assert_engine_clean
}

@test "a configuration of one's own, with a user namespace" {
	bundle
	config --arg cg "/$ID/box" '.linux.namespaces += [{type: "user"}] | .linux.cgroupsPath = $cg
		| .linux.uidMappings = [{containerID: 0, hostID: 200000, size: 5000}]
		| .linux.gidMappings = [{containerID: 0, hostID: 300000, size: 5000}]
		| .root.path = $ARGS.positional[0]' --args "$BUNDLE/rootfs"
	script 'tr -s " " </proc/self/uid_map; tr -s " " </proc/self/gid_map; id -u'
	run -0 ctr run --rm --runc-binary "$DAVIT" --config "$BUNDLE/config.json" box
	assert_output $' 0 200000 5000\n 0 300000 5000\n0'
	assert_engine_clean
}

@test "ctr run --tty and task exec --tty: terminals over the console socket" {
	{ sleep 3; printf 'echo a$((40+2))b\r'; sleep 0.5; printf 'exit\r'; sleep 2; } |
		typing ctr --address /run/ctrd.sock run --rm --tty --runc-binary "$DAVIT" --cgroup "/$ID/tty" \
			--rootfs --env PATH=/bin "$ENGINE/rootfs" tty /bin/sh
	run -0 shown
	assert_output --partial a42b
	assert_equal "$(cat "$TMP/said")" "exit 0 modes same"
	start --detach web /bin/sleep 100
	{ sleep 3; printf 'tty; echo a$((40+2))b\r'; sleep 0.5; printf 'exit\r'; sleep 2; } |
		typing ctr --address /run/ctrd.sock task exec --tty --exec-id e1 web /bin/sh
	run -0 shown
	assert_output --partial a42b
	assert_output --partial /dev/pts/0
	ctr task kill -s KILL web
	gone web
	assert_engine_clean
}
