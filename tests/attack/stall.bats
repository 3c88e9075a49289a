#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Processes that not even SIGKILL ends: they wait in the kernel for a file system whose server does
# not answer (J6). Each command comes back within its deadline and says why, nothing is half done,
# and when the server is gone everything works again.
load attack

# a_stall [FILTER]: a container whose program has read from such a file, and one beside it, "quiet",
# that works on. $SERVER is the pid of the file system's server.
a_stall() {
	need_root
	grep -qw fuse /proc/filesystems || skip "this kernel has no FUSE"
	[ -c /dev/fuse ] || skip "there is no /dev/fuse"
	mkdir "$TMP/stall"
	"$PROGRAMS/stall" "$TMP/stall" >"$TMP/server" 2>&1 3>&- 4>&- &
	SERVER=$!
	undo end_server
	wait_for 5 grep -q ready "$TMP/server"
	bundle
	config --arg s "$TMP/stall" --arg p "/$ID-stall" '.linux.cgroupsPath = $p |
		.mounts += [{destination: "/stall", type: "bind", source: $s, options: ["bind", "ro"]}]'
	[ $# = 0 ] || config "$1"
	script "${2:-exec cat /stall/file}"
	running
	wait_for 10 grep -q stalled "$TMP/server"
}
end_server() {
	[ -n "${SERVER-}" ] || return 0
	kill -KILL "$SERVER"
	wait "$SERVER" 2>&- || true
	SERVER=
	umount "$TMP/stall"
}

# timed SECONDS COMMAND...: it comes back within this time (times slowness); sets rc, $TMP/err
timed() {
	local s=$(($1 * ${DAVIT_TEST_SLOW:-1}))
	shift
	rc=0
	timeout "$s" "$DAVIT" --root "$ROOT" "$@" </dev/null >"$TMP/o" 2>"$TMP/err" 3>&- 4>&- || rc=$?
	[ "$rc" != 124 ] || fail "$*: hangs"
}
# late SECONDS TEXT COMMAND...: it fails in time, and says this
late() {
	local s=$1 text=$2
	shift 2
	timed "$s" "$@"
	[ "$rc" = 1 ] || fail "$*: exit $rc: $(cat "$TMP/err")"
	grep -qF -e "$text" "$TMP/err" || fail "$*: says $(cat "$TMP/err")"
	[ -d "$ROOT/$ID" ] || fail "$*: the container is forgotten, its processes are there"
}
fine() {
	timed "$@"
	[ "$rc" = 0 ] || fail "$*: exit $rc: $(cat "$TMP/err")"
}

@test "J6 a container that cannot die: kill says nothing wrong, delete --force gives up in time, and works later" {
	a_stall
	fine 2 kill "$ID" KILL
	# It is neither gone nor stopped yet, and the queries do not wait for it.
	fine 1 state "$ID"
	assert_equal "$(jq -r .status <"$TMP/o")" running
	fine 1 list
	fine 1 ps --format json "$ID"
	late 2 "cannot delete container $ID that is not stopped" delete "$ID"
	late 14 "did not end within 10000 ms" delete --force "$ID"
	fine 1 state "$ID"
	end_server
	wait_status stopped
	fine 5 delete "$ID"
	assert_nothing_left
}

@test "J6 kill --all of processes that cannot die gives up in time and says so" {
	a_stall 'del(.linux.namespaces[] | select(.type == "pid"))' 'cat /stall/file & exec sleep 100'
	late 14 "have not ended within" kill --all "$ID" KILL
	wait_status stopped
	# What is left is still the container's.
	late 14 "have not ended within" delete --force "$ID"
	end_server
	fine 5 kill --all "$ID" KILL
	fine 5 delete "$ID"
	assert_nothing_left
}

@test "J6 a container with a process that cannot be stopped is not paused, nor half of it" {
	[ "$(cgroup_mode)" = v2 ] || need_controller freezer
	a_stall '.' 'cat /stall/file & echo $$; while :; do echo x; sleep 0.1; done'
	late 14 "did not stop within 10000 ms" pause "$ID"
	assert_equal "$(state_of)" running
	late 2 "container not paused" resume "$ID"
	: >"$TMP/out"
	wait_for 5 grep -q x "$TMP/out"
	end_server
	fine 5 pause "$ID"
	assert_equal "$(state_of)" paused
	fine 5 resume "$ID"
	fine 5 delete --force "$ID"
	assert_nothing_left
}
