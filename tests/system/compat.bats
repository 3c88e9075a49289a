#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tags: vm
# Containers outlive the binary: what an earlier release left is gone on with, what a later one
# left is gone on with or refused by name.
load ../lib/helpers

releases() { ls -d "$TESTS_DIR"/compat/*/; }

# kept FILE: what a release wrote, with what is true of the container $ID here.
kept() {
	local rec=$TMP/record.json
	sed -e "s|@ID@|$ID|g" -e "s|@PID@|$(jq .pid "$rec")|g" \
		-e "s|@STARTTIME@|$(jq .starttime "$rec")|g" \
		-e "s|@BOOT_ID@|$(jq -r .boot_id "$rec")|g" \
		-e "s|@PID_NS@|$(jq .pid_ns "$rec")|g" -e "s|@TIME_NS@|$(jq .time_ns "$rec")|g" \
		-e "s|@BUNDLE@|$(realpath "$BUNDLE")|g" -e "s|@TMP@|$TMP|g" \
		-e "s|@HIERARCHIES@|$(jq -c .hierarchies "$rec")|g" "$1"
}

# as_of RELEASE KIND: the container $ID gets the record that the release wrote.
as_of() {
	cp "$ROOT/$ID/state.json" "$TMP/record.json"
	kept "$1/state-$2.json" >"$TMP/new.json"
	cat "$TMP/new.json" >"$ROOT/$ID/state.json"
}

@test "a running container of an earlier release is shown, listed, killed and deleted" {
	local r
	for r in $(releases); do
		bundle "$TMP/b-$(basename "$r")"
		args sleep 100
		running
		as_of "$r" created
		assert_equal "$(state_of)" running
		run -0 davit state "$ID"
		assert_json '.annotations["com.example.a"] == "b" and .pid > 1'
		run -0 davit list -q
		assert_output "$ID"
		davit kill "$ID" KILL
		wait_status stopped
		davit delete "$ID"
		assert_nothing_left
	done
}

@test "delete --force ends a running container of an earlier release" {
	local r
	for r in $(releases); do
		bundle "$TMP/b-$(basename "$r")"
		args sleep 100
		running
		as_of "$r" created
		davit delete --force "$ID"
		assert_nothing_left
	done
}

@test "a created container of an earlier release is started" {
	local r
	for r in $(releases); do
		bundle "$TMP/b-$(basename "$r")"
		script 'echo started'
		create
		as_of "$r" created
		assert_equal "$(state_of)" created
		davit start "$ID"
		wait_status stopped
		assert_equal "$(cat "$TMP/out")" started
		davit delete "$ID"
	done
}

@test "the poststop hooks that an earlier release stored are run by delete" {
	local r
	for r in $(releases); do
		bundle "$TMP/b-$(basename "$r")"
		args true
		running
		wait_status stopped
		as_of "$r" created
		jq -c '.hooks = 32' "$ROOT/$ID/state.json" >"$TMP/new.json"
		cat "$TMP/new.json" >"$ROOT/$ID/state.json"
		kept "$r/config.json" >"$ROOT/$ID/config.json"
		davit delete "$ID"
		assert_equal "$(cat "$TMP/poststop")" poststop
		rm "$TMP/poststop"
	done
}

@test "a half-made container of an earlier release is stopped, and is deleted" {
	local r
	for r in $(releases); do
		bundle "$TMP/b-$(basename "$r")"
		create
		kill -KILL "$(pid_of)"
		wait_status stopped
		as_of "$r" half
		assert_equal "$(state_of)" stopped
		run -1 davit start "$ID"
		davit delete "$ID"
		assert_nothing_left
	done
}

@test "a container that this build created is started by what an earlier release says" {
	local r
	for r in $(releases); do
		bundle "$TMP/b-$(basename "$r")"
		script 'echo started'
		create
		python3 - "$ROOT/$ID" "$r" <<-'PY'
			import os, socket, sys
			os.chdir(sys.argv[1])
			say = bytes.fromhex(open(sys.argv[2] + "/start.hex").read())
			hear = bytes.fromhex(open(sys.argv[2] + "/exec.hex").read())
			if sys.byteorder != "little": sys.exit(0)
			s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
			s.connect("start.sock")
			s.send(say)
			got = s.recv(8192)
			assert got == hear, (got.hex(), hear.hex())
			assert s.recv(8192) == b"", "end-of-file did not follow"
		PY
		wait_status stopped
		assert_equal "$(cat "$TMP/out")" started
		davit delete "$ID"
	done
}

# An init that answers with messages of an earlier release, given as hex.
old_init() {
	python3 - "$ROOT/$ID" "$@" <<-'PY' &
		import fcntl, json, os, socket, sys
		os.chdir(sys.argv[1])
		os.unlink("start.sock"); os.unlink("armed")
		lock = os.open("armed", os.O_RDONLY | os.O_CREAT, 0o600)
		fcntl.flock(lock, fcntl.LOCK_EX)
		rec = json.load(open("state.json"))
		rec["pid"] = os.getpid()
		rec["starttime"] = int(open("/proc/self/stat").read().rsplit(")", 1)[1].split()[19])
		s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
		s.bind("start.sock"); s.listen(1)
		open("state.json", "w").write(json.dumps(rec))
		open(os.environ["TMP"] + "/listening", "w").close()
		c, _ = s.accept()
		open(os.environ["TMP"] + "/heard", "w").write(c.recv(8192).hex())
		for m in sys.argv[2:]: c.send(bytes.fromhex(m))
		c.close()
	PY
	OLD=$!
	wait_for 5 test -e "$TMP/listening"
}

@test "start understands the init of an earlier release, and skips messages it does not know" {
	local r
	export TMP
	for r in $(releases); do
		bundle "$TMP/b-$(basename "$r")"
		create
		local real
		real=$(pid_of)
		cp "$ROOT/$ID/state.json" "$TMP/record.json"
		rm -f "$TMP/listening"
		old_init 6300000000000000000000000000000000000000 "$(cat "$r/exec.hex")"
		davit start "$ID"
		wait "$OLD"
		assert_equal "$(cat "$TMP/heard")" "$(cat "$r/start.hex")"
		cat "$TMP/record.json" >"$ROOT/$ID/state.json"
		kill -KILL "$real"
		wait_status stopped
		davit delete "$ID"
	done
}

@test "a record of a later format is refused by name, but kill and delete --force work" {
	bundle
	local n=1${ID//[^0-9]/}
	args sleep $n
	running
	jq -c '.format = 2 | .release = "9.0.0" | .new_member = {"a": 1}' "$ROOT/$ID/state.json" >"$TMP/new.json"
	cat "$TMP/new.json" >"$ROOT/$ID/state.json"
	local cmd
	for cmd in state start delete; do
		run -1 davit $cmd "$ID"
		assert_output --partial "format 2"
		assert_output --partial 9.0.0
	done
	davit kill "$ID" KILL
	wait_for 5 eval "! pgrep -fx 'sleep $n' >/dev/null"
	davit delete --force "$ID"
	assert_nothing_left
}

@test "the record of this build says what the kept ones of its format say" {
	bundle
	create "$ID" --pid-file "$TMP/pid" --no-new-keyring
	local r
	for r in $(releases); do
		cp "$ROOT/$ID/state.json" "$TMP/record.json"
		kept "$r/state-created.json" >"$TMP/kept.json"
		[ "$(jq .format "$TMP/kept.json")" = "$(jq .format "$TMP/record.json")" ] || continue
		jq -e -n --slurpfile k "$TMP/kept.json" --slurpfile n "$TMP/record.json" \
			'[$k[0] | to_entries[] | select(.key != "annotations") | select(($n[0][.key] | type) != (.value | type)) | .key] == []' ||
			fail "a member is missing or has another type"
	done
}
