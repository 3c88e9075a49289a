#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Hooks: when, where, with what (docs/conformance.md section 8, LC-03 to LC-13; L1 to L3).
load ../lib/helpers

# hook KIND TEXT: add a hook that runs a shell script on the host.
hook() {
	config --arg k "$1" --arg t "$2" '.hooks[$k] += [{"path": "/bin/sh", "args": ["sh", "-c", $t]}]'
}

@test "HOOK-01 LC-03 to LC-13 the six kinds run in the order of a life [vm fallback]" {
	bundle
	config '.root.readonly = false'
	local kind
	for kind in prestart createRuntime createContainer poststart poststop; do
		hook $kind "echo $kind-1 >> $TMP/log"
		hook $kind "echo $kind-2 >> $TMP/log"
	done
	hook startContainer 'echo startContainer >> /log'
	script 'cat /log; echo program'
	create
	assert_equal "$(tr '\n' ' ' <"$TMP/log")" "prestart-1 prestart-2 createRuntime-1 createRuntime-2 createContainer-1 createContainer-2 "
	davit start "$ID"
	wait_status stopped
	assert_equal "$(tr '\n' ' ' <"$TMP/out")" "startContainer program "
	davit delete "$ID"
	assert_equal "$(tail -4 "$TMP/log" | tr '\n' ' ')" "poststart-1 poststart-2 poststop-1 poststop-2 "
}

@test "HOOK-06 HOOK-07 ST-04 hooks get the state of the moment on standard input" {
	bundle
	config '.root.readonly = false | .annotations = {"k": "v \"quoted\" \u00e4"}'
	local kind
	for kind in prestart createRuntime createContainer poststart poststop; do
		hook $kind "cat > $TMP/$kind"
	done
	hook startContainer 'cat > /startContainer'
	args sleep 100
	create
	local pid
	pid=$(pid_of)
	davit start "$ID"
	davit kill "$ID" KILL
	wait_status stopped
	davit delete "$ID"
	cp "$BUNDLE/rootfs/startContainer" "$TMP/startContainer"
	check() { jq -e --arg s "$2" --arg id "$ID" '.status == $s and .id == $id and .annotations.k == "v \"quoted\" ä" and (.bundle | startswith("/"))' "$TMP/$1" || fail "$1: $(cat "$TMP/$1")"; }
	check prestart creating
	check createRuntime creating
	check createContainer creating
	check startContainer created
	check poststart running
	check poststop stopped
	assert_equal "$(jq .pid "$TMP/prestart")" "$pid"
	assert_equal "$(jq .pid "$TMP/createRuntime")" "$pid"
	assert_equal "$(jq .pid "$TMP/createContainer")" 1
	assert_equal "$(jq .pid "$TMP/startContainer")" 1
	assert_equal "$(jq .pid "$TMP/poststart")" "$pid"
}

@test "HOOK-06 an id that looks like a pid does not get into the pid's place" {
	bundle
	config '.root.readonly = false'
	hook createContainer "cat > $TMP/state"
	create "$ID-1234567890123456789"
	assert_equal "$(jq -r '"\(.id) \(.pid)"' "$TMP/state")" "$ID-1234567890123456789 1"
}

@test "LC-03 prestart and createRuntime run in the runtime's namespaces, after the container has its own" {
	bundle
	hook prestart "readlink /proc/self/ns/mnt > $TMP/mine; jq -r .pid > $TMP/pid; readlink /proc/\$(cat $TMP/pid)/ns/uts > $TMP/theirs"
	args true
	create
	assert_equal "$(cat "$TMP/mine")" "$(readlink /proc/self/ns/mnt)"
	[ -s "$TMP/theirs" ]
	[ "$(cat "$TMP/theirs")" != "$(readlink /proc/self/ns/uts)" ]
}

@test "LC-05 createContainer runs in the container's namespaces, before the root is changed" {
	bundle
	hook createContainer "readlink /proc/self/ns/mnt > $TMP/ns; mount -t tmpfs hooked $BUNDLE/rootfs/mnt && echo x > $BUNDLE/rootfs/mnt/file"
	mkdir -p "$BUNDLE/rootfs/mnt"
	script 'cat /mnt/file'
	create
	[ "$(cat "$TMP/ns")" != "$(readlink /proc/self/ns/mnt)" ]
	davit start "$ID"
	wait_status stopped
	assert_equal "$(cat "$TMP/out")" x
}

@test "LC-03 a failing hook fails create, names itself, and leaves nothing; poststop runs" {
	local kind
	for kind in prestart createRuntime createContainer; do
		bundle "$TMP/b-$kind"
		hook $kind 'echo why it failed >&2; exit 9'
		hook poststop "echo $kind >> $TMP/poststop"
		run -1 davit create --bundle "$BUNDLE" "$ID"
		assert_output --partial "$kind"
		assert_output --partial "why it failed"
		assert_output --partial "9"
		assert_nothing_left
	done
	assert_equal "$(tr '\n' ' ' <"$TMP/poststop")" "prestart createRuntime createContainer "
}

@test "LC-07 a failing startContainer hook is told by start and destroys the container" {
	bundle
	hook startContainer 'exit 5'
	hook poststop "echo done > $TMP/poststop"
	create
	run -1 davit start "$ID"
	assert_output --partial startContainer
	assert_equal "$(cat "$TMP/poststop")" "done"
	run -1 davit state "$ID"
	assert_output --partial "container does not exist"
	assert_nothing_left
}

@test "LC-09 a failing poststart hook stops and destroys the container" {
	bundle
	hook poststart 'exit 5'
	hook poststop "echo done > $TMP/poststop"
	args sleep 100
	create
	run -1 davit start "$ID"
	assert_output --partial poststart
	assert_equal "$(cat "$TMP/poststop")" "done"
	run -1 davit state "$ID"
	assert_nothing_left
}

@test "LC-13 a failing poststop hook is a warning: the others run, delete succeeds" {
	bundle
	hook poststop 'exit 5'
	hook poststop "echo second > $TMP/poststop"
	create
	run -0 davit delete "$ID"
	assert_equal "$(cat "$TMP/poststop")" second
}

@test "HOOK-02 a relative hook path is refused before anything is done" {
	bundle
	config '.hooks.prestart = [{"path": "sh"}]'
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "hooks.prestart[0].path"
}

@test "HOOK-05 a hook that takes too long is killed with its children and fails" {
	bundle
	local n=1${ID//[^0-9]/}
	config --arg t "sleep $n & sleep $n" \
		'.hooks.prestart = [{"path": "/bin/sh", "args": ["sh", "-c", $t], "timeout": 1}]'
	local begin=$SECONDS
	run -1 davit create --bundle "$BUNDLE" "$ID"
	[ $((SECONDS - begin)) -lt $((20 * ${DAVIT_TEST_SLOW:-1})) ]
	assert_output --partial prestart
	wait_for 5 eval "! pgrep -fx 'sleep $n'"
	assert_nothing_left
}

@test "HOOK-04 L1 a hook without env has an empty environment, whatever caller and image say" {
	bundle
	config '.root.readonly = false | .process.env += ["LD_PRELOAD=/evil.so", "GCONV_PATH=/evil"]'
	local kind
	for kind in prestart createRuntime createContainer poststart poststop; do
		config --arg k $kind --arg t "cat /proc/\$\$/environ > $TMP/env-$kind; :" \
			'.hooks[$k] = [{"path": "/bin/busybox", "args": ["sh", "-c", $t]}]'
	done
	args true
	LEAKED=yes LD_LIBRARY_PATH=/tmp create
	LEAKED=yes davit start "$ID"
	wait_status stopped
	LEAKED=yes davit delete "$ID"
	for kind in prestart createRuntime createContainer poststart poststop; do
		[ -e "$TMP/env-$kind" ] || fail "$kind did not run"
		assert_equal "$(tr '\0' ' ' <"$TMP/env-$kind")" ""
	done
}

@test "HOOK-04 a hook's env is its whole environment" {
	bundle
	config --arg t "cat /proc/\$\$/environ > $TMP/env; :" \
		'.hooks.prestart = [{"path": "/bin/busybox", "args": ["sh", "-c", $t], "env": ["A=1", "B=x y"]}]'
	create
	assert_equal "$(tr '\0' '\n' <"$TMP/env")" "A=1"$'\n'"B=x y"
}

@test "HOOK-08 hooks of the runtime and createContainer have the bundle as working folder" {
	bundle
	local kind
	for kind in prestart createRuntime createContainer poststart poststop; do
		hook $kind "pwd > $TMP/cwd-$kind"
	done
	args true
	(cd / && create && davit start "$ID")
	wait_status stopped
	davit delete "$ID"
	for kind in prestart createRuntime createContainer poststart poststop; do
		assert_equal "$(cat "$TMP/cwd-$kind")" "$(realpath "$BUNDLE")"
	done
}

@test "a hook of each kind may call state and list on its own container, and kill" {
	bundle
	local kind
	for kind in prestart createRuntime poststart; do
		hook $kind "$DAVIT --root $ROOT state $ID > $TMP/state-$kind; $DAVIT --root $ROOT list -q > $TMP/list-$kind"
	done
	hook poststop "$DAVIT --root $ROOT state $ID > $TMP/state-poststop 2>&1; $DAVIT --root $ROOT list -q > $TMP/list-poststop"
	hook poststart "$DAVIT --root $ROOT kill $ID KILL"
	args sleep 100
	create
	davit start "$ID"
	wait_status stopped
	davit delete "$ID"
	assert_equal "$(jq -r .status "$TMP/state-prestart")" creating
	assert_equal "$(jq -r .status "$TMP/state-createRuntime")" creating
	assert_equal "$(jq -r .status "$TMP/state-poststart")" running
	grep -q "does not exist" "$TMP/state-poststop"
	assert_equal "$(cat "$TMP/list-prestart")" "$ID"
}

@test "L3 a hook that floods its output neither hangs nor fills memory" {
	bundle
	hook prestart 'dd if=/dev/zero bs=1M count=64 2>/dev/null; dd if=/dev/zero bs=1M count=64 1>&2 2>/dev/null; true'
	# A quarter of either flood; the sanitizer's own memory is far more.
	(grep -q __asan_init "$DAVIT" || ulimit -d 16384; create)
	davit delete "$ID"
}

@test "L3 a hook that closes or does not read its input does no harm" {
	bundle
	config '.annotations.big = ("x" * 100000)'
	hook prestart 'exec <&-; exit 0'
	hook createRuntime 'sleep 0.2'
	create
	davit delete "$ID"
}

@test "L2 HOOK-11 startContainer hooks run with the program's restrictions" {
	bundle
	config '.root.readonly = false'
	hook startContainer 'grep -E "^(Cap|NoNew|Seccomp:|Uid|Gid|Groups)" /proc/self/status > /hook; readlink /proc/self/root >> /hook'
	script 'grep -E "^(Cap|NoNew|Seccomp:|Uid|Gid|Groups)" /proc/self/status > /prog; readlink /proc/self/root >> /prog'
	running
	wait_status stopped
	diff "$BUNDLE/rootfs/hook" "$BUNDLE/rootfs/prog"
}

@test "HOOK-08 HOOK-04 startContainer hooks have the process's working folder and environment" {
	bundle
	config '.root.readonly = false | .process.cwd = "/home/user" | .process.env = ["PATH=/bin", "X=1 2", "HOME=/h"]'
	hook startContainer 'pwd >/tmp/cwd; cat /proc/$$/environ >/tmp/env; :'
	args true
	running
	wait_status stopped
	assert_equal "$(cat "$BUNDLE/rootfs/tmp/cwd")" /home/user
	assert_equal "$(tr '\0' '\n' <"$BUNDLE/rootfs/tmp/env" | sort | tr '\n' ,)" "HOME=/h,PATH=/bin,X=1 2,"
	davit delete "$ID"
	config '.hooks.startContainer[0].env = ["ONLY=this", "PATH=/bin"]'
	running
	wait_status stopped
	assert_equal "$(tr '\0' '\n' <"$BUNDLE/rootfs/tmp/env" | sort | tr '\n' ,)" "ONLY=this,PATH=/bin,"
}

@test "HOOK-04 PROC-06 a startContainer hook without env has the HOME that the program has" {
	bundle
	config '.root.readonly = false | .process.env = ["PATH=/bin"] | .process.user.uid = 0'
	mkdir -p "$BUNDLE/rootfs/etc"
	echo 'r:x:0:0::/found:/bin/sh' >"$BUNDLE/rootfs/etc/passwd"
	hook startContainer 'cat /proc/$$/environ >/tmp/env; :'
	in_container 'tr "\0" "\n" </tmp/env | sort; echo $HOME'
	assert_output HOME=/found$'\n'PATH=/bin$'\n'/found
	config '.hooks.startContainer[0].env = ["PATH=/bin"]'
	in_container 'tr "\0" "\n" </tmp/env'
	assert_output PATH=/bin
}

@test "HOOK-03 args are the hook's argv, args[0] its name; without args the path is" {
	bundle
	mkdir "$TMP/bin"
	printf '#!/bin/sh\ntr "\\0" "," </proc/$$/cmdline >%s/argv; cat >/dev/null\n' "$TMP" >"$TMP/bin/hook"
	chmod 755 "$TMP/bin/hook"
	config --arg p "$TMP/bin/hook" '.hooks.createRuntime = [{"path": $p, "args": ["other", "x y", ""]}]'
	create
	# The interpreter puts the path in the place of args[0].
	assert_equal "$(cat "$TMP/argv")" "/bin/sh,$TMP/bin/hook,x y,,"
	davit delete "$ID"
	config --arg p "$TMP/bin/hook" '.hooks.createRuntime = [{"path": $p}]'
	create
	assert_equal "$(cat "$TMP/argv")" "/bin/sh,$TMP/bin/hook,"
	davit delete "$ID"
	config --arg t "tr '\\0' , </proc/\$\$/cmdline | cut -d, -f1 >$TMP/argv" \
		'.hooks.createRuntime = [{"path": "/bin/sh", "args": ["a name", "-c", $t + "; :"]}]'
	create
	assert_equal "$(cat "$TMP/argv")" "a name"
}

@test "HOOK-09 what a hook prints goes into the error, and nowhere when it succeeds" {
	bundle
	args true
	hook createRuntime 'echo to stdout; echo to stderr >&2'
	detached davit create --bundle "$BUNDLE" "$ID"
	assert_equal "$status$output$stderr" 0
	davit delete "$ID"
	hook createRuntime 'cat >/dev/null; echo to stdout; echo to stderr >&2; exit 3'
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "createRuntime"
	assert_output --partial "status 3"
	assert_output --partial "to stdout"
	assert_output --partial "to stderr"
}

@test "HOOK-01 hooks of one kind run one after the other, in their order; HOOK-12 other kinds are ignored" {
	bundle
	config --arg t "$TMP/order" '.hooks = {"createRuntime": [range(5) |
		{"path": "/bin/sh", "args": ["sh", "-c", "echo begin \(.) >>\($t); sleep 0.1; echo end \(.) >>\($t)"]}],
		"preDinner": [{"path": "/bin/false"}]}'
	create
	assert_equal "$(tr '\n' , <"$TMP/order")" "begin 0,end 0,begin 1,end 1,begin 2,end 2,begin 3,end 3,begin 4,end 4,"
}

@test "HOOK-05 a hook that ends in its time is let be, and the time is each hook's own" {
	bundle
	config '.hooks.createRuntime = [range(3) | {"path": "/bin/sleep", "args": ["sleep", "1.1"], "timeout": 3}]'
	create
}

# until_signal SIGNAL LINE COMMAND...: the command in the foreground, as an interactive shell would
# start it; the signal once LINE is in $TMP/marks. Sets $rc.
until_signal() {
	local sig=$1 line=$2 pid
	shift 2
	env --default-signal "$@" </dev/null >"$TMP/out" 2>"$TMP/err" 3>&- 4>&- &
	pid=$!
	wait_for 10 grep -qx "$line" "$TMP/marks" || fail "it was not reached: $(cat "$TMP/err")"
	kill -s "$sig" "$pid"
	wait_for 10 eval "! kill -0 $pid 2>/dev/null" || { kill -KILL "$pid"; fail "$sig: still there"; }
	rc=0
	wait "$pid" || rc=$?
}

@test "LC-03 a signal while run waits for a hook undoes everything: 128 and its number" {
	bundle
	local kind sig n
	for kind in prestart createRuntime createContainer startContainer; do
		cp "$BUNDLE/config.json" "$TMP/base.json"
		if [ "$kind" = startContainer ]; then
			config '.mounts += [{"destination": "/marks", "type": "bind", "source": $m, "options": ["bind"]}] |
				.hooks.startContainer = [{"path": "/bin/sh", "args": ["sh", "-c", "echo hook >>/marks; sleep 100"]}] |
				.hooks.poststop = [{"path": "/bin/sh", "args": ["sh", "-c", "echo gone >>\($m)"]}]' --arg m "$TMP/marks"
		else
			hook "$kind" "echo hook >>$TMP/marks; sleep 100"
			hook poststop "echo gone >>$TMP/marks"
		fi
		for sig in TERM INT HUP QUIT; do
			: >"$TMP/marks"
			until_signal $sig hook "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" --pid-file "$TMP/pid" "$ID"
			n=$(kill -l $sig)
			assert_equal "$kind $sig $rc" "$kind $sig $((128 + n))"
			grep -q "interrupted by signal $n" "$TMP/err" || fail "says $(cat "$TMP/err")"
			assert_equal "$(cat "$TMP/marks")" $'hook\ngone'
			[ ! -e "$TMP/pid" ]
			[ ! -e "$ROOT/$ID" ]
			assert_nothing_left
		done
		mv "$TMP/base.json" "$BUNDLE/config.json"
	done
}

@test "a signal that run was started to ignore does not end it" {
	bundle
	hook prestart "echo hook >>$TMP/marks; sleep 1"
	script 'echo ran'
	: >"$TMP/marks"
	env --ignore-signal=HUP "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null >"$TMP/out" 3>&- 4>&- &
	local pid=$!
	wait_for 10 grep -qx hook "$TMP/marks"
	kill -HUP $pid
	wait $pid || [ $? -le 129 ]
	[ ! -e "$ROOT/$ID" ]
}
