#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Podman of an ordinary user, with davit as its runtime: davit is root of Podman's user
# namespace then, without any right on the host's /run, cgroups and devices.
# shellcheck disable=SC2016 # the container's shell expands
load podman

setup_file() {
	engine_setup_file podman conmon jq newuidmap setpriv
	local f
	export HOME_DIR=/run/home RUNDIR=/run/user/4242
	mkdir -p "$HOME_DIR" "$RUNDIR"
	chown 4242:4242 "$HOME_DIR" "$RUNDIR"
	chmod 700 "$HOME_DIR" "$RUNDIR"
	for f in passwd group; do grep -v ':4242:' /etc/$f >"$ENGINE/$f" || true; done
	echo "davituser:x:4242:4242::$HOME_DIR:/bin/sh" >>"$ENGINE/passwd"
	printf 'davituser:x:4242:\ndavitmore:x:4243:davituser\n' >>"$ENGINE/group"
	echo 'davituser:400000:65536' >"$ENGINE/subuid"
	cp "$ENGINE/subuid" "$ENGINE/subgid"
	for f in passwd group subuid subgid; do
		chmod 644 "$ENGINE/$f"
		[ -e "/etc/$f" ] || : >"/etc/$f"
		mount --bind "$ENGINE/$f" "/etc/$f"
	done
	mkdir "$ENGINE/storage"
	chown 4242:4242 "$ENGINE/storage"
	containers_config "$RUNDIR/containers"
	# With the environment and the groups of a login
	cat >"$ENGINE/user" <<-E
		#!/bin/sh
		exec env -i PATH="$PATH" HOME="$HOME_DIR" XDG_RUNTIME_DIR="$RUNDIR" \\
			CONTAINERS_CONF="$ENGINE/containers.conf" \\
			CONTAINERS_STORAGE_CONF="$ENGINE/storage.conf" \\
			PODMAN_IGNORE_CGROUPSV1_WARNING=1 \\
			setpriv --reuid 4242 --regid 4242 --init-groups --inh-caps=-all -- "\$@"
	E
	chmod 755 "$ENGINE/user"
	podman import -q "$ENGINE/bb.tar" localhost/bb:latest >/dev/null
}
teardown_file() { engine_teardown_file; }
teardown() {
	[ -z "${ID-}" ] || podman rm --all --force --time 0 >/dev/null
	end_pause
	engine_teardown
}

# end_pause: the process that keeps Podman's namespaces between two of its commands
end_pause() {
	local pid
	pid=$(cat "$RUNDIR/libpod/tmp/pause.pid" 2>/dev/null) || return 0
	rm "$RUNDIR/libpod/tmp/pause.pid"
	kill -KILL "$pid"
}
assert_clean() {
	end_pause
	assert_engine_clean
}

podman() { engine "$ENGINE/user" podman --runtime davit "$@"; }
# on_terminal TEXT: a command of the user that has a terminal
on_terminal() { engine script -qec "$ENGINE/user sh -c $(printf %q "$1")" /dev/null; }
start() { podman run --network none "$@"; }

# state_folders for the user: its state root is in its runtime folder
state_folders() { find "$RUNDIR/davit" -mindepth 1 2>/dev/null || true; }

@test "run as an ordinary user: output, exit status, state in the user's runtime folder" {
	once bb echo "hello from inside"
	assert_output "hello from inside"
	EXPECT=7 once_sh 'exit 7'
	run -0 start --rm -i bb cat <<<"through standard input"
	assert_output "through standard input"
	run -0 start -d --name web bb sleep 100
	assert_equal "$(ls "$RUNDIR/davit")" "$output"
	assert_equal "$(ls /run/davit 2>/dev/null)" ""
	run -0 podman inspect -f '{{.OCIRuntime}} {{.State.Status}}' web
	assert_output "davit running"
	podman rm -f -t 0 web
	assert_clean
}

@test "what cannot be run: 127 for missing, 126 for not executable, and why" {
	EXPECT=127 once bb nosuch
	assert_output --partial 'exec: "nosuch": executable file not found in $PATH'
	EXPECT=126 once bb /etc/notexec
	assert_output --partial 'exec: "/etc/notexec": permission denied'
	EXPECT=126 once --sysctl net.ipv4.no_such=1 bb true
	assert_output --partial no_such
	assert_clean
}

@test "run -d, exec, exec --user, exec -it, kill, stop, restart, rm" {
	start_web
	run -0 podman exec web sh -c 'id -u; cat /proc/1/comm'
	assert_output $'0\nsh'
	run -0 podman exec --user 1000:1000 --env WORD=value --workdir /home/user web sh -c 'id -u; id -g; echo $WORD; pwd'
	assert_output $'1000\n1000\nvalue\n/home/user'
	run -5 podman exec web sh -c 'exit 5'
	run -127 podman exec web nosuch
	web_does_as_it_is_told
	run -0 podman kill web
	run -0 podman wait web
	assert_output 137
	run -0 podman rm web
	assert_clean
}

@test "the terminals of run -it and exec -it" {
	need_cmd script
	run -4 on_terminal 'podman --runtime davit run --rm --network none -it bb sh -c "tty; sleep 1; exit 4"'
	assert_output --partial /dev/pts/0
	start -d --name web bb sleep 100
	run -6 on_terminal 'podman --runtime davit exec -it web sh -c "tty; sleep 1; exit 6"'
	assert_output --partial /dev/pts/0
	podman rm -f -t 0 web
	assert_clean
}

@test "volumes belong to the user; others' ids come from the user's ranges" {
	mkdir "$TMP/vol"
	echo outside >"$TMP/vol/f"
	chown -R 4242:4242 "$TMP/vol"
	chmod 700 "$TMP/vol"
	once_sh -v "$TMP/vol:/v" -v "$TMP/vol:/ro:ro" -v "$TMP/vol/f:/etc/one:ro" '
		cat /ro/f /etc/one
		: >/v/own
		: >/v/given && chown 33:33 /v/given
		(: >/ro/h) 2>/dev/null && echo "ro is writable"
		(: >/etc/one) 2>/dev/null && echo "one is writable"
		true'
	assert_output $'outside\noutside'
	assert_equal "$(stat -c %u:%g "$TMP/vol/own" "$TMP/vol/given")" $'4242:4242\n400032:400032'
	assert_clean
}

@test "--userns keep-id: the process and what it writes are the user's" {
	mkdir "$TMP/vol"
	chown 4242:4242 "$TMP/vol"
	once_sh --userns keep-id -v "$TMP/vol:/v" 'id -u; id -g; : >/v/own; stat -c %u:%g /v/own'
	assert_output $'4242\n4242\n4242:4242'
	assert_equal "$(stat -c %u:%g "$TMP/vol/own")" 4242:4242
	start -d --name web --userns keep-id bb sleep 100
	run -0 podman exec web id -u
	assert_output 4242
	run -0 podman exec --user 0 web sh -c 'id -u; stat -c %u /proc/1'
	assert_output $'0\n4242'
	podman rm -f -t 0 web
	assert_clean
}

@test "user namespaces in the user's one: nomap, own mappings, another user" {
	once_sh --uidmap 0:1:5000 --gidmap 0:1:5000 'tr -s " " </proc/self/uid_map; stat -c %u:%g /dev/mqueue'
	assert_output $' 0 1 5000\n0:0'
	once_sh --user 1000:1000 --group-add 1001 'id -u; id -g; id -G; grep CapEff /proc/self/status'
	assert_output $'1000\n1000\n1000 1001\nCapEff:\t0000000000000000'
	once_sh --user 5:5 'id -u'
	assert_output 5
	assert_clean
}

@test "G5 --group-add keep-groups keeps the user's groups, and nothing else does" {
	local groups='grep ^Groups: /proc/self/status | tr -s "\t " " "'
	once_sh --group-add keep-groups "$groups"
	assert_output --partial 65534
	once_sh "$groups"
	refute_output --partial 65534
	assert_clean
}

@test "capabilities, seccomp, no new privileges, read-only, tmpfs, devices, limits, hostname, sysctl" {
	once_sh --cap-drop all --cap-add net_raw 'sed -n "s/^Cap...:\t//p" /proc/self/status | uniq'
	assert_output $'0000000000000000\n0000000000002000\n0000000000000000'
	once_sh --security-opt no-new-privileges 'grep -E "^(Seccomp|NoNewPrivs):" /proc/self/status'
	assert_output $'NoNewPrivs:\t1\nSeccomp:\t2'
	once_sh --read-only --tmpfs /t:size=1m,mode=1700 '
		(: >/file) 2>/dev/null && echo "the root is writable"
		: >/tmp/file && : >/t/file && stat -c "%a" /t /tmp'
	assert_output $'1700\n1777'
	once_sh --ulimit nofile=123:456 --hostname box --sysctl kernel.msgmax=4096 --device /dev/full:/dev/other '
		ulimit -Sn; ulimit -Hn; hostname; cat /proc/sys/kernel/msgmax
		stat -c "%F %t:%T" /dev/other /dev/null; (echo >/dev/other) 2>&1 | grep -o "No space.*"'
	EXPECT=$'123\n456\nbox\n4096\ncharacter special file 1:7\ncharacter special file 1:3\nNo space left on device'
	assert_output "$EXPECT"
	assert_clean
}

@test "--privileged has what the user's namespace has, and no more" {
	once_sh --privileged 'grep -E "^(CapEff|Seccomp):" /proc/self/status | cut -f 2
		grep -c "^proc /proc.* ro," /proc/mounts; mknod /tmp/null c 1 3 2>/dev/null || echo "no nodes"'
	assert_line 0
	assert_line "no nodes"
	assert_clean
}

@test "namespaces of the host: pid, uts, net" {
	local now
	now=$(readlink /proc/self/ns/uts; engine readlink /proc/self/ns/net)
	run -0 podman run --rm --pid host --uts host --network host bb sh -c '
		for n in uts net; do readlink /proc/self/ns/$n; done'
	assert_output "$now"
	assert_clean
}

@test "containers without cgroups of their own" {
	once_sh --cgroups disabled 'cat /proc/self/cgroup >/dev/null && echo runs'
	assert_output runs
	assert_clean
}

@test "a pod: shared namespaces, containers come and go, all of it is removed" {
	pod_of_two
	assert_clean
}
