#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# NOTIFY_SOCKET: the program says that it is ready, davit tells the service manager.
# shellcheck disable=SC2016 # the container's shell expands
load ../lib/helpers

PROGRAMS=$DAVIT_BUILD/tests/attack

# manager SOCKET [deaf]: a service manager's end; what it hears in $TMP/heard
manager() {
	"$PROGRAMS/notified" "$@" </dev/null >"$TMP/heard" 2>&1 3>&- 4>&- &
	undo end_background $!
	wait_for 5 grep -q ready "$TMP/heard" || fail "$(cat "$TMP/heard")"
}
# notifying TEXT: a bundle whose program can say so
notifying() {
	bundle
	cp "$PROGRAMS/sdnotify" "$BUNDLE/rootfs/bin/sdnotify"
	script "$1"
}
heard() { grep -v '^ready$' "$TMP/heard"; }

@test "run in the foreground passes READY on, and nothing else that the program says [vm]" {
	notifying 'echo $NOTIFY_SOCKET; ls -ld /run/notify
		sdnotify "STATUS=wait" "MAINPID=1" "FDSTORE=1" "READY=10" "STATUS=x
READY=1" "READY=1" barrier; sleep 0.3'
	manager "$TMP/manager"
	run -0 env NOTIFY_SOCKET="$TMP/manager" "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&- 4>&-
	assert_line "/run/notify/notify.sock"
	assert_line "barrier passed"
	assert_equal "$(heard)" "READY=1"
	assert_nothing_left
}

@test "run in the foreground with a terminal does so too" {
	notifying 'sdnotify READY=1 barrier; sleep 0.3'
	config '.process.terminal = true'
	manager "$TMP/manager"
	run -0 env NOTIFY_SOCKET="$TMP/manager" "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&- 4>&-
	assert_output --partial "barrier passed"
	assert_equal "$(heard)" "READY=1"
}

@test "start returns when the program is ready, and says who it is [vm]" {
	notifying 'sleep 1; sdnotify READY=1; sleep 100'
	manager "$TMP/manager"
	NOTIFY_SOCKET=$TMP/manager create
	[ "$(stat -c %a "$ROOT/$ID/notify")" = 755 ]
	local began=${EPOCHREALTIME/[.,]/}
	NOTIFY_SOCKET=$TMP/manager davit start "$ID"
	[ $((${EPOCHREALTIME/[.,]/} - began)) -ge 900000 ] || fail "did not wait"
	assert_equal "$(heard | sort | xargs)" "BARRIER=1 MAINPID=$(pid_of) READY=1 descriptors 1"
	davit delete --force "$ID"
	assert_nothing_left
}

@test "start returns when the program has ended without a word" {
	notifying 'sleep 0.5; exit 3'
	manager "$TMP/manager"
	NOTIFY_SOCKET=$TMP/manager create
	NOTIFY_SOCKET=$TMP/manager within 10 "$DAVIT" --root "$ROOT" start "$ID"
	wait_status stopped
	run -1 heard
}

@test "start sleeps while it waits, without handles that can be polled as well" {
	local ticks
	need_hooks
	notifying 'sleep 100'
	manager "$TMP/manager"
	NOTIFY_SOCKET=$TMP/manager create
	export DAVIT_TEST_WITHOUT=all
	NOTIFY_SOCKET=$TMP/manager background "$DAVIT" --root "$ROOT" start "$ID"
	wait_for 5 running_now
	sleep 1
	ticks=$(sed 's/.*) //' "/proc/$BG/stat" | cut -d ' ' -f 12,13 | tr ' ' +)
	[ $((ticks)) -le $(($(getconf CLK_TCK) / 4)) ] || fail "$ticks ticks"
	davit kill "$ID" KILL
	wait_for 5 sh -c "! kill -0 $BG 2>/dev/null"
}
running_now() { [ "$(state_of)" = running ]; }

@test "run --detach returns when the program is ready; abstract names are reached" {
	notifying 'sleep 0.5; sdnotify READY=1; sleep 100'
	manager "@davit-$ID"
	NOTIFY_SOCKET=@davit-$ID detached davit run --detach --bundle "$BUNDLE" "$ID"
	assert_equal "$status" 0
	heard | grep -qx "MAINPID=$(pid_of)"
	heard | grep -qx READY=1
	davit kill "$ID" KILL
	wait_status stopped
}

@test "any user of the container may say so, and nobody may change the folder" {
	notifying 'rm -f /run/notify/notify.sock || echo kept; touch /run/notify/x || echo kept; sdnotify READY=1 barrier'
	need_ids
	config '.process.user = {uid: 1000, gid: 1000} | .root.readonly = true'
	manager "$TMP/manager"
	run -0 env NOTIFY_SOCKET="$TMP/manager" "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&- 4>&-
	assert_line "barrier passed"
	[ "$(grep -c '^kept$' <<<"$output")" = 2 ]
	assert_equal "$(heard)" "READY=1"
}

@test "a program that floods the socket gets no further, and davit waits for nobody" {
	notifying 'sdnotify flood flood READY=1 barrier'
	manager "$TMP/manager" deaf
	run -0 within 30 env NOTIFY_SOCKET="$TMP/manager" "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&- 4>&-
	assert_line "barrier passed"
}

@test "a service manager that is not there, or a name that is none, does not stop the container" {
	notifying 'echo ran; ls /run/notify'
	local name
	echo file >"$TMP/file"
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).bind(sys.argv[1])' "$TMP/stale"
	for name in "$TMP/none" "$TMP/file/below" "$TMP/file" "$TMP/stale" "@davit-$ID-none" relative vsock:2:3; do
		run -0 env NOTIFY_SOCKET="$name" "$DAVIT" --debug --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&- 4>&-
		assert_line ran
		assert_output --partial "nobody is told when the container is ready"
		NOTIFY_SOCKET=$name detached davit run --detach --bundle "$BUNDLE" "$ID"
		assert_equal "$status" 0
		wait_status stopped
		davit delete "$ID"
		NOTIFY_SOCKET=$name create
		NOTIFY_SOCKET=$name davit start "$ID"
		wait_status stopped
		assert_equal "$(cat "$TMP/out")" ran
		davit delete "$ID"
		assert_nothing_left
	done
	run -0 env NOTIFY_SOCKET= "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&- 4>&-
}

@test "without NOTIFY_SOCKET the container has neither the variable nor the folder" {
	notifying 'env | grep NOTIFY; ls -d /run/notify 2>&1; sdnotify READY=1'
	run -1 davit run --bundle "$BUNDLE" "$ID"
	assert_output --partial "no socket"
	refute_output --partial NOTIFY_SOCKET
	# What the configuration says is not ours.
	script 'env | grep NOTIFY'
	config '.process.env += ["NOTIFY_SOCKET=/x"]'
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_output NOTIFY_SOCKET=/x
}

@test "in a user namespace the socket is reached as well" {
	need_root
	notifying 'sdnotify READY=1 barrier'
	config '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = .linux.uidMappings | .mounts |= map(select(.type != "sysfs" and .type != "cgroup"))'
	chmod 755 "$TMP" "$BUNDLE"
	chown 100000:100000 "$BUNDLE/rootfs" "$BUNDLE/rootfs/run" 2>/dev/null || true
	mkdir -p "$BUNDLE/rootfs/run/notify"
	manager "$TMP/manager"
	run -0 env NOTIFY_SOCKET="$TMP/manager" "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&- 4>&-
	assert_line "barrier passed"
	assert_equal "$(heard)" "READY=1"
}
