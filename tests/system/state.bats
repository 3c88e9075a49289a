#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tags: vm
# The store: other boots, other namespaces, other runtimes, broken records, full disks.
load ../lib/helpers

record() { jq "$@" "$ROOT/$ID/state.json" >"$TMP/new" && cat "$TMP/new" >"$ROOT/$ID/state.json"; }

@test "J2 with no umask at all nobody else can read what is stored" {
	bundle
	umask 0
	create
	assert_equal "$(stat -c %a "$ROOT")" 700
	assert_equal "$(stat -c %a "$ROOT/$ID")" 700
	local f
	for f in state.json config.json; do
		assert_equal "$(stat -c %a "$ROOT/$ID/$f")" 600
	done
	davit delete "$ID"
}

@test "J2 a state root that others may write is refused" {
	bundle
	mkdir -m 777 "$ROOT"
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "$ROOT"
	chmod 700 "$ROOT"
}

@test "J2 a state root that is a link is refused, one below a link works" {
	bundle
	mkdir -m 700 "$TMP/root-real"
	ln -s root-real "$ROOT"
	run -1 davit create --bundle "$BUNDLE" "$ID"
	rm "$ROOT"
	ln -s . "$TMP/link"
	detached "$DAVIT" --root "$TMP/link/root-real" create --bundle "$BUNDLE" "$ID"
	assert_equal "$status" 0
	"$DAVIT" --root "$TMP/root-real" delete "$ID"
}

@test "missing parents of the state root are made for us alone" {
	bundle
	detached "$DAVIT" --root "$TMP/root-a/b/c" create --bundle "$BUNDLE" "$ID"
	assert_equal "$status" 0
	assert_equal "$(stat -c %a "$TMP/root-a" "$TMP/root-a/b" "$TMP/root-a/b/c" | tr '\n' ' ')" "700 700 700 "
	"$DAVIT" --root "$TMP/root-a/b/c" delete "$ID"
	rm -r "$TMP/root-a"
}

@test "LIFE-01 without a state root list is empty and the other commands say so" {
	run -0 davit list -f json
	assert_output "[]"
	local cmd
	for cmd in start state kill delete; do
		run -1 davit $cmd "$ID"
		assert_output --partial "container does not exist"
	done
	run -0 davit delete --force "$ID"
	[ ! -e "$ROOT" ]
}

@test "entries of other runtimes are not listed and not touched" {
	mkdir -p -m 700 "$ROOT"
	mkdir "$ROOT/theirs" "$ROOT/$ID"
	echo '{"id":"theirs"}' >"$ROOT/theirs/status"
	echo x >"$ROOT/file"
	run -0 davit list -q
	assert_output ""
	run -1 davit state theirs
	assert_output --partial "container does not exist"
	run -1 davit delete theirs
	run -0 davit delete --force theirs
	assert_output ""
	assert_equal "$(cat "$ROOT/theirs/status")" '{"id":"theirs"}'
	rm -r "$ROOT"
}

@test "a record of another boot is of a stopped container, whoever has the pid now" {
	bundle
	args sleep 100
	running
	local pid
	pid=$(pid_of)
	cp "$ROOT/$ID/state.json" "$TMP/record"
	record '.boot_id = "11111111-2222-3333-4444-555555555555"'
	assert_equal "$(state_of)" stopped
	assert_equal "$(pid_of)" 0
	run -1 davit kill "$ID" KILL
	assert_output --partial "container not running"
	kill -0 "$pid"
	cp "$TMP/record" "$ROOT/$ID/state.json"
	assert_equal "$(state_of)" running
}

@test "F3 a pid that is another process by now is not touched" {
	bundle
	args sleep 100
	create
	# Not born in the same tick of the clock, by which a process is told from the next one of its pid.
	sleep 0.05
	background sleep 1000
	local init
	init=$(pid_of)
	cp "$ROOT/$ID/state.json" "$TMP/record"
	record --argjson p "$BG" '.pid = $p'
	assert_equal "$(state_of)" stopped
	run -1 davit kill "$ID" KILL
	assert_output --partial "container not running"
	kill -0 "$BG"
	cp "$TMP/record" "$ROOT/$ID/state.json"
	assert_equal "$(pid_of)" "$init"
}

@test "a record of another pid namespace is told apart and no stranger is signalled" {
	bundle
	args sleep 100
	running
	cp "$ROOT/$ID/state.json" "$TMP/record"
	record '.pid_ns = 1'
	run -1 davit state "$ID"
	assert_output --partial "namespace"
	run -1 davit kill "$ID" KILL
	run -1 davit delete --force "$ID"
	run -0 davit list -q
	assert_output "$ID"
	cp "$TMP/record" "$ROOT/$ID/state.json"
	assert_equal "$(state_of)" running
}

@test "J3 a broken record is told, listed, and delete --force clears it" {
	bundle
	local text
	for text in '' '{' '{"format": 1' '{"format": "x"}' "$(head -c 100000 /dev/zero | tr '\0' x)"; do
		create
		kill -KILL "$(pid_of)"
		wait_status stopped
		cp "$ROOT/$ID/state.json" "$TMP/record"
		printf %s "$text" >"$ROOT/$ID/state.json"
		run -1 davit state "$ID"
		assert_output --partial "is broken"
		run -0 davit list -q
		assert_output "$ID"
		davit delete --force "$ID"
		[ ! -e "$ROOT/$ID" ] || fail "left: $(ls -la "$ROOT/$ID")"
		assert_nothing_left
	done
}

@test "J3 a broken record: kill does not take the container for dead" {
	bundle
	args sleep 100
	running
	cp "$ROOT/$ID/state.json" "$TMP/record"
	local text
	for text in '' '{"format": 1, "pid"' '{"format": "x"}'; do
		printf %s "$text" >"$ROOT/$ID/state.json"
		run -1 davit kill "$ID" KILL
		assert_output --partial "is broken"
		run -1 davit kill --all "$ID" KILL
		assert_output --partial "is broken"
		run -1 davit kill "$ID" 0
		assert_output --partial "is broken"
	done
	cp "$TMP/record" "$ROOT/$ID/state.json"
	assert_equal "$(state_of)" running
}

@test "J3 a broken record: delete --force ends an init that waits" {
	need_root
	bundle
	local path
	for path in null "\"$(cgroup_path)\""; do
		config ".linux.cgroupsPath = $path"
		create
		local pid
		pid=$(pid_of)
		echo '{' >"$ROOT/$ID/state.json"
		davit delete --force "$ID"
		# Who has to reap it may be late.
		wait_for 5 eval "! grep '^State:.[^XZ]' /proc/$pid/status"
		[ ! -e "$ROOT/$ID" ]
		assert_nothing_left
	done
}

@test "J3 a broken record: delete --force names who lives, and kills no stranger" {
	need_root
	bundle
	args sleep 100
	local path pid
	for path in null "\"$(cgroup_path)\""; do
		config ".linux.cgroupsPath = $path"
		running
		pid=$(pid_of)
		echo '{' >"$ROOT/$ID/state.json"
		run -1 davit delete --force "$ID"
		assert_output --partial "processes that may be of it are alive: $pid in the cgroup"
		kill -0 "$pid"
		[ -e "$ROOT/$ID/state.json" ]
		kill -KILL "$pid"
		davit delete --force "$ID"
		[ ! -e "$ROOT/$ID" ]
		assert_nothing_left
	done
}

@test "J3 a record that others may write is not believed" {
	bundle
	args sleep 100
	running
	chmod 666 "$ROOT/$ID/state.json"
	run -1 davit state "$ID"
	chmod 600 "$ROOT/$ID/state.json"
	assert_equal "$(state_of)" running
}

@test "J3 a record of somebody else is not believed" {
	need_root
	bundle
	args sleep 100
	running
	chown 4242 "$ROOT/$ID/state.json"
	run -1 davit state "$ID"
	chown 0 "$ROOT/$ID/state.json"
	assert_equal "$(state_of)" running
}

@test "a record of a newer format is named, and kill and delete --force still work" {
	bundle
	args sleep 100
	running
	record '.format = 99'
	run -1 davit state "$ID"
	assert_output --partial 99
	run -1 davit start "$ID"
	assert_output --partial 99
	davit kill "$ID" KILL
	davit delete --force "$ID"
	assert_nothing_left
}

@test "what a newer release adds to a record is kept" {
	bundle
	args true
	create
	record '.future = {"a": [1, 2]}'
	davit start "$ID"
	wait_status stopped
	assert_equal "$(jq -c .future "$ROOT/$ID/state.json")" '{"a":[1,2]}'
}

@test "J7 delete removes what davit made, never through links, and nothing else" {
	bundle
	create
	mkdir "$TMP/canary"
	echo keep >"$TMP/canary/file"
	ln -s "$TMP/canary" "$ROOT/$ID/link"
	davit delete --force "$ID"
	assert_equal "$(cat "$TMP/canary/file")" keep
	run -1 davit state "$ID"
	assert_output --partial "container does not exist"
	# The id is free again, whatever had to stay is out of the way.
	create
	davit delete "$ID"
	find "$ROOT" -name link -delete
	find "$ROOT" -mindepth 1 -type d -empty -delete
}

@test "J9 a pid file that is a link is replaced, not followed" {
	bundle
	echo keep >"$TMP/canary"
	ln -s canary "$TMP/pid"
	create "$ID" --pid-file "$TMP/pid"
	assert_equal "$(cat "$TMP/canary")" keep
	[ ! -L "$TMP/pid" ]
}

@test "J9 a log that is a link in a folder that others may write is not followed" {
	mkdir -m 1777 "$TMP/shared"
	echo keep >"$TMP/canary"
	ln -s ../canary "$TMP/shared/log"
	run davit --log "$TMP/shared/log" state "$ID"
	[ "$status" = 1 ]
	assert_equal "$(cat "$TMP/canary")" keep
}

full_root() { # a state root on a file system of its own
	need_root
	mkdir -m 700 "$ROOT"
	mount -t tmpfs -o "$1" tmpfs "$ROOT"
	undo umount "$ROOT"
	chmod 700 "$ROOT"
}

@test "on a full state root create fails clean; start, state, list, kill and delete work" {
	bundle
	args sleep 100
	full_root size=1m
	create "$ID-a"
	dd if=/dev/zero of="$ROOT/filler" bs=4k 2>/dev/null || true
	run -1 davit create --bundle "$BUNDLE" "$ID-b"
	assert_output --partial ENOSPC
	[ ! -e "$ROOT/$ID-b" ]
	davit start "$ID-a"
	assert_equal "$(state_of "$ID-a")" running
	davit list >/dev/null
	davit kill "$ID-a" KILL
	wait_status stopped "$ID-a"
	davit delete "$ID-a"
	rm "$ROOT/filler"
}

@test "with no inode left create fails clean; start, state, kill and delete work" {
	bundle
	args sleep 100
	full_root nr_inodes=16
	create "$ID-a"
	local i=0
	while : >"$ROOT/f$i" && [ $i -lt 100 ]; do i=$((i + 1)); done 2>/dev/null
	run -1 davit create --bundle "$BUNDLE" "$ID-b"
	assert_output --partial ENOSPC
	[ ! -e "$ROOT/$ID-b" ]
	davit start "$ID-a"
	assert_equal "$(state_of "$ID-a")" running
	davit kill "$ID-a" KILL
	wait_status stopped "$ID-a"
	davit delete "$ID-a"
	rm -f "$ROOT"/f*
}

@test "on a read-only state root state, start and kill work and create fails clean" {
	bundle
	args sleep 100
	full_root size=1m
	create "$ID-a"
	mount -o remount,ro "$ROOT"
	run -1 davit create --bundle "$BUNDLE" "$ID-b"
	assert_output --partial EROFS
	davit start "$ID-a"
	assert_equal "$(state_of "$ID-a")" running
	davit kill "$ID-a" KILL
	wait_status stopped "$ID-a"
	mount -o remount,rw "$ROOT"
	davit delete "$ID-a"
}

@test "J8 of many creates and of many starts of one id exactly one succeeds" {
	bundle
	args sleep 100
	local i
	local pids=()
	for i in $(seq 12); do
		(davit create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 && echo c >>"$TMP/created") &
		pids+=($!)
	done
	wait "${pids[@]}" || true
	assert_equal "$(wc -l <"$TMP/created")" 1
	pids=()
	for i in $(seq 12); do
		(davit start "$ID" >/dev/null 2>&1 && echo s >>"$TMP/started") &
		pids+=($!)
	done
	wait "${pids[@]}" || true
	assert_equal "$(wc -l <"$TMP/started")" 1
	assert_equal "$(state_of)" running
}

@test "J8 random commands at once end in documented states and leave nothing" {
	bundle
	args sleep 100
	local i pids=()
	for i in $(seq 8); do
		(
			RANDOM=$i
			for _ in $(seq 25); do
				id=$ID-$((RANDOM % 4))
				case $((RANDOM % 6)) in
				0) davit create --bundle "$BUNDLE" "$id" ;;
				1) davit start "$id" ;;
				2) davit kill "$id" KILL ;;
				3) davit delete "$id" ;;
				4) davit delete --force "$id" ;;
				5) davit state "$id" ;;
				esac </dev/null >/dev/null 2>>"$TMP/errors" || [ $? = 1 ] || echo "bad exit" >>"$TMP/bad"
			done
		) &
		pids+=($!)
	done
	wait "${pids[@]}"
	[ ! -e "$TMP/bad" ]
	for i in 0 1 2 3; do
		davit delete --force "$ID-$i"
	done
	assert_nothing_left
}
