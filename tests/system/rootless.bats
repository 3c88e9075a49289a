#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tags: vm
# Containers of ordinary users: everything is done by uid and gid 4711, which has the
# ranges 700000 to 765535 (tests/lib/rootless.bash).
load ../lib/helpers
load ../lib/rootless

setup() {
	test_setup
	need_root
	rootless_user
}

@test "what spec --rootless writes runs as an ordinary user" {
	rootless_bundle
	script 'id; cat /proc/self/uid_map; ls -ld /dev/mqueue /dev/pts /dev/shm'
	run -0 as_rootless "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_line 'uid=0(root) gid=0(root)'
	assert_line --regexp '^ *0 +4711 +1$'
	refute_output --partial nobody
	assert_rootless_clean
}

@test "a whole life: create, exec, start, state, list, exec, ps, kill, delete, each as the user" {
	rootless_bundle
	args sleep 100
	for maps in own root_is_me root_is_another; do
		$maps
		rootless_create "$ID"
		run -0 as_rootless "$DAVIT" state "$ID"
		assert_json '.status == "created"'
		run -0 as_rootless "$DAVIT" exec "$ID" /bin/id -u
		assert_output 0
		run -0 as_rootless "$DAVIT" start "$ID"
		run -0 as_rootless "$DAVIT" state "$ID"
		assert_json '.status == "running"'
		run -0 as_rootless "$DAVIT" list --quiet
		assert_output "$ID"
		run -0 as_rootless "$DAVIT" exec "$ID" /bin/sh -c 'echo $$ is not 1; cat /proc/1/comm'
		assert_output --partial 'is not 1'
		assert_line sleep
		run -0 as_rootless "$DAVIT" kill "$ID" KILL
		wait_for 10 rootless_status_is stopped "$ID"
		run -0 as_rootless "$DAVIT" delete "$ID"
		assert_rootless_clean
	done
}
own() { config '.linux.uidMappings = [{containerID: 0, hostID: 4711, size: 1}] | .linux.gidMappings = .linux.uidMappings'; }
root_is_me() { maps '0 4711 1' '1 700000 65536'; }
root_is_another() { maps '0 700000 1000' '1000 4711 1' '1001 701000 64536'; }

# on_users_pty COMMAND...: as the user, at a terminal that somebody else has opened for it
on_users_pty() {
	within 30 "$DAVIT_BUILD/tests/attack/ptydrive" env -i PATH="$PATH" HOME=/tmp XDG_RUNTIME_DIR="$RUNDIR" \
		setpriv --reuid 4711 --regid 4711 --clear-groups --inh-caps=-all -- "$@" \
		</dev/null >"$TMP/shown" 2>"$TMP/said" 3>&- 4>&- || fail "$(cat "$TMP/shown" "$TMP/said")"
}

@test "terminals as the user: run, create with a console socket, exec; then kill and delete" {
	rootless_bundle
	local socket=$RUNDIR/console
	mkdir -p "$TMP/program"
	cp "$DAVIT_BUILD/tests/attack/receiver" "$TMP/program"
	chmod -R a+rX "$TMP/program"
	for maps in own root_is_another; do
		$maps
		script 'tty; stat -c "%U %a" "$(tty)"'
		config '.process.terminal = true'
		on_users_pty "$DAVIT" run --bundle "$BUNDLE" "$ID"
		grep -q /dev/pts/0 "$TMP/shown"
		grep -q '^root 6' "$TMP/shown"
		args sleep 100
		# What the one before said must not be taken for its word.
		: >"$TMP/received"
		as_rootless "$TMP/program/receiver" once "$socket" </dev/null >"$TMP/received" 2>&1 &
		wait_for 5 grep -q ready "$TMP/received"
		rootless_create "$ID" --console-socket "$socket"
		wait_for 5 grep -q size "$TMP/received"
		run -0 as_rootless "$DAVIT" start "$ID"
		on_users_pty "$DAVIT" exec --tty "$ID" /bin/sh -c 'tty; echo for it >/dev/tty'
		grep -q /dev/pts/1 "$TMP/shown"
		grep -q 'for it' "$TMP/shown"
		run -0 as_rootless "$DAVIT" kill "$ID" KILL
		wait_for 10 rootless_status_is stopped "$ID"
		run -0 as_rootless "$DAVIT" delete "$ID"
		rm -f "$socket"
		assert_rootless_clean
	done
}

@test "delete --force ends a running container of the user" {
	rootless_bundle
	args sleep 100
	rootless_create "$ID"
	as_rootless "$DAVIT" start "$ID"
	run -0 as_rootless "$DAVIT" delete --force "$ID"
	assert_rootless_clean
}

@test "MAP-02 more ids than the own come from newuidmap, and any of them can be the process" {
	rootless_bundle
	root_is_me
	config '.process.user = {uid: 1000, gid: 1001, additionalGids: [7, 8]}'
	script 'id; grep -E "^(Uid|Groups)" /proc/self/status'
	run -0 as_rootless "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_line --regexp '^uid=1000.* gid=1001'
	assert_line --regexp '^Groups:.*7 8'
	assert_rootless_clean
}

@test "MAP-04 who names no mappings gets the own id as root and the own ranges from 1 on" {
	rootless_bundle
	config 'del(.linux.uidMappings, .linux.gidMappings)'
	args sleep 100
	rootless_create "$ID"
	run -0 as_rootless "$DAVIT" exec "$ID" /bin/cat /proc/self/uid_map /proc/self/gid_map
	assert_equal "$(tr -s ' ' <<<"$output")" "$(printf ' 0 4711 1\n 1 700000 65536\n 0 4711 1\n 1 700000 65536')"
	run -0 as_rootless "$DAVIT" delete --force "$ID"
	# Root has no ids of its own that it could mean.
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "linux.uidMappings: a new user namespace needs uidMappings, found none"
	run -0 davit check --bundle "$BUNDLE"
	assert_output --partial "a new user namespace without uidMappings is for ordinary users"
	# One of the two.
	config '.linux.gidMappings = [{containerID: 0, hostID: 4711, size: 1}]'
	script 'cat /proc/self/uid_map /proc/self/gid_map'
	run -0 as_rootless "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_equal "$(tr -s ' ' <<<"$output")" "$(printf ' 0 4711 1\n 1 700000 65536\n 0 4711 1')"
	assert_rootless_clean
}

@test "MAP-02 ids outside of /etc/subuid and /etc/subgid are refused by name" {
	rootless_bundle
	maps '0 4711 1' '1 600000 10'
	run -1 as_rootless "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output --partial "the host's users 600000 to 600009 are not ours to map"
	maps '0 4711 1' '1 700000 70000'
	run -1 as_rootless "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output --partial "the host's users 700000 to 769999 are not ours to map"
	maps '0 4711 1' '1 700000 65536'
	config '.linux.gidMappings = [{containerID: 0, hostID: 4711, size: 1}, {containerID: 1, hostID: 4712, size: 1}]'
	run -1 as_rootless "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output --partial "the host's groups 4712 to 4712 are not ours to map"
	assert_rootless_clean
}

@test "G5 with a single own id setgroups is denied: groups that are asked for are refused" {
	rootless_bundle
	config '.process.user.additionalGids = [0]'
	run -1 as_rootless "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output --partial 'this user namespace denies setgroups'
	config 'del(.process.user.additionalGids)'
	script 'cat /proc/self/setgroups'
	run -0 as_rootless "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output deny
	assert_rootless_clean
}

@test "G5 the caller's groups go, unless run.oci.keep_original_groups keeps them" {
	rootless_bundle
	root_is_me
	script 'grep ^Groups /proc/self/status'
	run -0 as_rootless_with_groups 4300,4301 "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output --regexp '^Groups:[[:space:]]*$'
	config '.annotations["run.oci.keep_original_groups"] = "1"'
	run -0 as_rootless_with_groups 4300,4301 "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output --regexp '^Groups:[[:space:]]*65534 65534 *$'
	assert_rootless_clean
}

@test "G9 newuidmap is run by its path, with nothing of our environment" {
	rootless_bundle
	root_is_me
	script 'cat /proc/self/uid_map'
	mkdir "$TMP/evil"
	printf '#!/bin/sh\ntouch %s/poisoned\nexit 0\n' "$TMP" >"$TMP/evil/newuidmap"
	cp "$TMP/evil/newuidmap" "$TMP/evil/newgidmap"
	chmod -R 755 "$TMP/evil"
	chmod 777 "$TMP"
	# In the place of the real one: says what it got, then does the work.
	cat >"$TMP/helper.c" <<-'C'
	#include <stdio.h>
	#include <unistd.h>
	extern char **environ;
	int main(int argc, char **argv)
	{
		FILE *f = fopen(OUT, "a");
		if (!f)
			return 3;
		for (char **e = environ; *e; e++)
			fprintf(f, "env %s\n", *e);
		for (int fd = 3; fd < 200; fd++)
			if (fd != fileno(f) && lseek(fd, 0, 1) != -1)
				fprintf(f, "fd %d\n", fd);
		fprintf(f, "path %s %d\n", argv[0], argc > 1);
		fclose(f);
		execv(REAL, argv);
		return 4;
	}
	C
	need_cmd gcc
	for h in newuidmap newgidmap; do
		cp -p "/usr/bin/$h" "$TMP/real-$h"
		gcc -static -DOUT="\"$TMP/said\"" -DREAL="\"$TMP/real-$h\"" -o "$TMP/$h" "$TMP/helper.c" || skip "no static libc"
		chown 0:0 "$TMP/$h" "$TMP/real-$h"
		chmod 4755 "$TMP/$h" "$TMP/real-$h"
		mount --bind "$TMP/$h" "/usr/bin/$h"
		undo umount "/usr/bin/$h"
	done
	run -0 as_rootless env "PATH=$TMP/evil:$PATH" LD_PRELOAD=/nonexistent.so LD_LIBRARY_PATH="$TMP/evil" \
		GCONV_PATH="$TMP/evil" "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_line --regexp '^ *1 +700000 +65536$'
	[ ! -e "$TMP/poisoned" ] || fail "a program of PATH was run"
	run -0 cat "$TMP/said"
	assert_line 'path /usr/bin/newuidmap 1'
	assert_line 'path /usr/bin/newgidmap 1'
	refute_line --regexp '^env '
	refute_line --regexp '^fd '
	assert_rootless_clean
}

@test "C4 a child that is killed before its maps are written leaves no map with anybody" {
	rootless_bundle
	root_is_me
	need_cmd gcc
	# A helper that kills the process it was called for, then has many others born, then works.
	cat >"$TMP/killer.c" <<-'C'
	#include <signal.h>
	#include <stdlib.h>
	#include <unistd.h>
	int main(int argc, char **argv)
	{
		kill(atoi(argv[1]), SIGKILL);
		usleep(100000);
		for (int i = 0; i < 300; i++) {
			if (fork() == 0) {
				usleep(600000);
				_exit(0);
			}
		}
		execv(REAL, argv);
		return argc;
	}
	C
	cp -p /usr/bin/newgidmap "$TMP/real"
	gcc -static -DREAL="\"$TMP/real\"" -o "$TMP/killer" "$TMP/killer.c" || skip "no static libc"
	chown 0:0 "$TMP/killer" "$TMP/real"
	chmod 4755 "$TMP/killer" "$TMP/real"
	mount --bind "$TMP/killer" /usr/bin/newgidmap
	undo umount /usr/bin/newgidmap
	run -1 as_rootless "$DAVIT" run --bundle "$BUNDLE" "$ID"
	sleep 0.5
	assert_rootless_clean
}

@test "TIME-01 a time namespace with offsets of the user's container, which exec joins" {
	need_kernel 5.6
	rootless_bundle
	config '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 1000000}}'
	for maps in own root_is_me root_is_another; do
		$maps
		script 'cut -d. -f1 /proc/uptime; id -u; echo $$; readlink /proc/self/ns/user; grep -c . /proc/self/uid_map'
		run -0 as_rootless "$DAVIT" run --bundle "$BUNDLE" "$ID"
		[ "${lines[0]}" -gt 1000000 ]
		assert_equal "${lines[1]} ${lines[2]}" "0 1"
		[ "${lines[3]}" != "$(readlink /proc/self/ns/user)" ]
		assert_equal "${lines[4]}" "$(jq '.linux.uidMappings | length' "$BUNDLE/config.json")"
		args sleep 100
		rootless_create "$ID"
		as_rootless "$DAVIT" start "$ID"
		run -0 as_rootless "$DAVIT" exec "$ID" /bin/sh -c 'cut -d. -f1 /proc/uptime'
		[ "$output" -gt 1000000 ]
		as_rootless "$DAVIT" delete --force "$ID"
		assert_rootless_clean
	done
}

@test "newuidmap is missing: the error names it and its package" {
	rootless_bundle
	root_is_me
	# Nothing that could be run is as good as nothing.
	mount --bind /dev/null /usr/bin/newuidmap
	undo umount /usr/bin/newuidmap
	run -1 as_rootless "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output --partial 'needs /usr/bin/newuidmap, which is missing'
	own
	script 'echo alone'
	run -0 as_rootless "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output alone
	assert_rootless_clean
}

@test "newuidmap cannot work under no_new_privs, and we say so before anything is made" {
	rootless_bundle
	root_is_me
	run -1 as_rootless setpriv --no-new-privs "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output --partial 'no_new_privs is set'
	assert_rootless_clean
}

@test "without XDG_RUNTIME_DIR there is no place for the state: an error, and --root helps" {
	rootless_bundle
	args true
	run -1 as_rootless env -u XDG_RUNTIME_DIR "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output --partial 'XDG_RUNTIME_DIR is not set, use --root'
	run -1 as_rootless env XDG_RUNTIME_DIR= "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output --partial 'XDG_RUNTIME_DIR is not set, use --root'
	run -1 as_rootless env XDG_RUNTIME_DIR=here "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output --partial 'XDG_RUNTIME_DIR is not absolute'
	run -0 as_rootless env -u XDG_RUNTIME_DIR "$DAVIT" --root "$RUNDIR/other" run --bundle "$BUNDLE" "$ID"
	assert_rootless_clean
}

@test "without a user namespace an ordinary user is refused by name" {
	rootless_bundle
	config '.linux.namespaces |= map(select(.type != "user")) | del(.linux.uidMappings, .linux.gidMappings)'
	run -1 as_rootless "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output --partial 'without CAP_SYS_ADMIN a container needs a user namespace'
	assert_rootless_clean
}

@test "the message queues of a user namespace belong to its root, for root as the caller too" {
	bundle
	config '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 700000, size: 65536}] |
		.linux.gidMappings = .linux.uidMappings'
	in_container 'stat -c %u:%g /dev/mqueue'
	assert_output 0:0
}

@test "PROC-19 the user's container gets its OOM score; a lower one than the caller's is refused" {
	rootless_bundle
	config '.process.oomScoreAdj = 321'
	script 'cat /proc/self/oom_score_adj; sleep 0.1'
	run -0 as_rootless "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output 321
	config '.process.oomScoreAdj = -500'
	run -1 as_rootless "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output --partial 'the oom score'
	assert_rootless_clean
}

@test "PROC-20 limits go down as the user; above the hard limit of the caller they are refused" {
	rootless_bundle
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 64, hard: 128}]'
	script 'ulimit -n; ulimit -Hn'
	run -0 as_rootless "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_line 64
	assert_line 128
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 64, hard: 999999999}]'
	run -1 as_rootless "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output --partial 'RLIMIT_NOFILE'
	assert_rootless_clean
}

# locked_away: $BUNDLE and a file to be bound lie where the user alone may go.
locked_away() {
	mkdir "$TMP/private"
	rootless_bundle "$TMP/private/bundle"
	mkdir "$TMP/private/shared"
	echo treasure >"$TMP/private/shared/file"
	chown -R 4711:4711 "$TMP/private"
	chmod 700 "$TMP/private"
}

@test "root file system and sources that only the caller can reach are opened as the caller" {
	need_kernel 5.12
	locked_away
	root_is_another
	config --arg s "$TMP/private/shared" '.mounts += [{destination: "/mnt", type: "bind", source: $s, options: ["rbind", "ro"]},
		{destination: "/tmp/file", type: "bind", source: ($s + "/file"), options: ["bind"]}]'
	script 'cat /mnt/file /tmp/file; echo no >/mnt/new || echo read-only'
	run -0 as_rootless "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output --regexp $'^treasure\ntreasure\n'
	assert_line read-only
	# What nobody of both may open stays closed.
	chown 0:0 "$TMP/private/shared"
	chmod 700 "$TMP/private/shared"
	run -1 as_rootless "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output --partial "cannot open $TMP/private/shared"
	assert_output --partial EACCES
	assert_rootless_clean
}

@test "device nodes are those of the host, bound, and nothing more can be done to them" {
	rootless_bundle
	root_is_another
	script 'echo x >/dev/null && head -c 3 /dev/zero | od -An -tx1; chmod 600 /dev/null || echo kept; mknod /dev/x c 1 3 || echo none made'
	run -0 as_rootless "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_line --partial '00 00 00'
	assert_line kept
	assert_line 'none made'
	assert_rootless_clean
}

@test "MOPT an owner that a mount names must be mapped" {
	rootless_bundle
	config '(.mounts[] | select(.type == "devpts") | .options) += ["gid=5"]'
	run -1 as_rootless "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output --partial 'option "gid=5": this group is not mapped in linux.gidMappings'
	root_is_me
	script 'stat -c %g /dev/pts/ptmx; ls /dev/pts'
	run -0 as_rootless "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_rootless_clean
}

@test "CG-11 without delegation nothing is limited, and a limit is refused with the controller's name" {
	rootless_bundle
	script 'cat /proc/self/cgroup'
	run -0 as_rootless "$DAVIT" run --bundle "$BUNDLE" "$ID"
	config '.linux.resources = {memory: {limit: 33554432}}'
	run -1 as_rootless "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output --partial memory
	assert_output --regexp 'EACCES|EPERM'
	config '.linux.resources = {pids: {limit: 7}}'
	run -1 as_rootless "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output --partial pids
	assert_rootless_clean
}

@test "CG-11 MNT-06 without delegation a cgroup mount of v1 shows where the caller is" {
	[ "$(cgroup_mode)" != v2 ] || skip "v2 shows the whole hierarchy"
	rootless_bundle
	config '.mounts |= map(select(.destination != "/sys/fs/cgroup")) + [{destination: "/sys/fs/cgroup",
		type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev", "ro"]}]'
	script 'cd /sys/fs/cgroup; for d in *; do [ -L "$d" ] || [ ! -e "$d/cgroup.procs" ] || echo "$d"; done'
	run -0 as_rootless "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_line pids
	assert_line freezer
	assert_rootless_clean
}

@test "CG-11 KILL ends a container without a cgroup and without a pid namespace; what needs a cgroup says so" {
	rootless_bundle
	config '.linux.namespaces |= map(select(.type != "pid")) | .mounts |= map(select(.type != "proc")) |
		del(.linux.maskedPaths, .linux.readonlyPaths)'
	args sleep 100
	rootless_create "$ID"
	as_rootless "$DAVIT" start "$ID"
	for command in pause ps 'events --stats' 'update --pids-limit 5'; do
		# shellcheck disable=SC2086 # words
		run -1 as_rootless "$DAVIT" $command "$ID"
		assert_output --regexp 'no cgroup|cgroups are disabled'
	done
	run -0 as_rootless "$DAVIT" kill "$ID" KILL
	wait_for 10 rootless_status_is stopped "$ID"
	run -0 as_rootless "$DAVIT" delete "$ID"
	assert_rootless_clean
}

# delegate: a cgroup that belongs to the user
delegate() {
	if [ "$(cgroup_mode)" = v2 ]; then
		DELEGATED=$CGROUP_ROOT/$ID-user
		mkdir -p "$DELEGATED"
		echo +pids >$CGROUP_ROOT/cgroup.subtree_control
		mkdir -p "$DELEGATED/login"
		chown 4711 "$DELEGATED" "$DELEGATED"/cgroup.{procs,subtree_control,threads} \
			"$DELEGATED/login" "$DELEGATED/login"/cgroup.*
	else
		DELEGATED=$CGROUP_ROOT/pids/$ID-user
		mkdir -p "$DELEGATED"
		chown 4711 "$DELEGATED" "$DELEGATED"/{tasks,cgroup.procs}
	fi
	undo rm_delegated "$DELEGATED"
}
# delegated COMMAND...: as the user, in that cgroup
delegated() {
	local own=$DELEGATED
	[ ! -d "$own/login" ] || own=$own/login
	(echo "$BASHPID" >"$own/cgroup.procs" && as_rootless "$@")
}
rm_delegated() {
	local d
	find "$1" -depth -type d 2>/dev/null | while read -r d; do
		wait_for 5 rmdir "$d"
	done
}

@test "CG-11 a cgroup that is delegated to the user takes the container's limits" {
	need_controller pids
	delegate
	rootless_bundle
	config '.linux.resources = {pids: {limit: 23}} | .linux.namespaces |= map(select(.type != "cgroup"))'
	script 'grep -E ":(pids)?:" /proc/self/cgroup'
	run -0 delegated "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output --partial "/$ID-user/davit/$ID"
	args sleep 100
	detached delegated "$DAVIT" create --bundle "$BUNDLE" "$ID"
	assert_success
	run -0 cat "$(cgroups_of "$ID" | grep "davit/$ID\$")/pids.max"
	assert_output 23
	run -0 delegated "$DAVIT" delete --force "$ID"
	[ -z "$(cgroups_of "$ID" | grep "davit/$ID\$")" ] || fail "the cgroup is left"
}

@test "B16 the cgroup mount of a user's container is read-only, with and without a cgroup namespace" {
	rootless_bundle
	delegate
	# shellcheck disable=SC2016 # the container's
	script 'n=0
		for d in $(find /sys/fs/cgroup -maxdepth 3 -type d); do
			mkdir "$d/evil" 2>/dev/null && echo "made $d/evil"
			for f in cgroup.procs tasks; do
				[ ! -e "$d/$f" ] || { n=$((n + 1)); echo 0 2>/dev/null >"$d/$f" && echo "wrote $d/$f"; }
			done
		done
		mount -o remount,bind,rw /sys/fs/cgroup 2>/dev/null && echo remounted
		echo "done $n"'
	run -0 delegated "$DAVIT" run --bundle "$BUNDLE" "$ID"
	refute_output --regexp 'made|wrote|remounted'
	assert_line --partial 'done '
	config '.linux.namespaces |= map(select(.type != "cgroup"))'
	run -0 delegated "$DAVIT" run --bundle "$BUNDLE" "$ID"
	refute_output --regexp 'made|wrote|remounted'
	assert_line --partial 'done '
}

@test "B17 a proc that is masked around us: refused with the mask's name, never another proc in its place" {
	rootless_bundle
	script 'cat /proc/1/comm; true'
	run -0 as_rootless "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output sh
	# shellcheck disable=SC2016 # the inner shell's
	run -1 unshare --mount --propagation private sh -c '
		mount -t tmpfs -o ro tmpfs /proc/fs && exec "$@"' sh \
		env -i PATH="$PATH" XDG_RUNTIME_DIR="$RUNDIR" setpriv --reuid 4711 --regid 4711 --clear-groups \
		"$DAVIT" --log-format=json --log="$RUNDIR/log" run --bundle "$BUNDLE" "$ID"
	assert_output --partial 'mount proc on /proc'
	assert_output --partial EPERM
	run -0 jq -r .hint "$RUNDIR/log"
	assert_output --partial '/proc/fs is masked here'
	assert_rootless_clean
}

@test "a host without user namespaces is named: user.max_user_namespaces" {
	rootless_bundle
	config 'del(.process.user)'
	maps '0 0 1'
	# A user namespace has limits of its own, which only its root changes.
	run -1 unshare --user --map-root-user --mount sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' sh \
		"$DAVIT" --root "$TMP/root-in" --log="$TMP/log" --log-format=json run --bundle "$BUNDLE" "$ID"
	assert_output --partial ENOSPC
	run -0 jq -r .hint "$TMP/log"
	assert_output --partial 'user.max_user_namespaces is 0'
	assert_rootless_clean
}

# as_unshared COMMAND...: as root of a user namespace that the user made (rootless engines)
as_unshared() { as_rootless unshare --user --map-root-user --mount -- "$@"; }

@test "root of a user namespace: a life with and without another namespace inside, state in XDG_RUNTIME_DIR" {
	rootless_bundle
	maps '0 0 1'
	script 'id -u; exec sleep 100'
	detached as_unshared "$DAVIT" create --bundle "$BUNDLE" "$ID"
	assert_equal "$status $stderr" "0 "
	assert_equal "$(ls "$RUNDIR/davit")" "$ID"
	as_unshared "$DAVIT" start "$ID"
	assert_equal "$(as_unshared "$DAVIT" state "$ID" | jq -r .status)" running
	as_unshared "$DAVIT" delete --force "$ID"
	run -1 as_unshared env -u XDG_RUNTIME_DIR "$DAVIT" --log "$RUNDIR/log" --log-format json create --bundle "$BUNDLE" "$ID"
	assert_output --partial /run/davit
	assert_equal "$(jq -r .hint "$RUNDIR/log")" "davit runs in a user namespace: set XDG_RUNTIME_DIR, or use --root"
	config 'del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != "user"))'
	script 'id -u; id -G; tr -s " " </proc/self/uid_map'
	run -0 as_unshared "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output $'0\n0\n 0 4711 1'
	assert_rootless_clean
}

@test "root of a user namespace: ids that it does not have are refused by name, and so are groups" {
	rootless_bundle
	maps '0 0 10'
	run -1 as_unshared "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output --partial "the users 0 to 9 are not mapped in the user namespace that davit runs in"
	config 'del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != "user"))'
	config '.process.user = {uid: 1, gid: 0}'
	run -1 as_unshared "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output --partial "user 1 is not mapped in the user namespace that davit runs in"
	config '.process.user = {uid: 0, gid: 0, additionalGids: [0]}'
	run -1 as_unshared "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output --partial "this user namespace denies setgroups"
	config '.process.user = {uid: 0, gid: 0} | .mounts |= map(if .type == "devpts" then .options += ["gid=5"] else . end)'
	run -1 as_unshared "$DAVIT" run --bundle "$BUNDLE" "$ID"
	assert_output --partial 'option "gid=5": this group is not mapped in the user namespace'
	assert_rootless_clean
}
