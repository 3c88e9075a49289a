#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The mappings of a mount are those that were asked for, whoever dies or takes a number (B14).
load attack

setup_file() { need_kernel 5.12; }

# mapped: a mount whose files of user 0 must appear as user 7000, and nothing else
mapped() {
	bundle
	mkdir "$TMP/src"
	: >"$TMP/src/zero"
	config --arg src "$TMP/src" '.mounts += [{destination: "/m", type: "bind", source: $src, options: ["bind", "idmap"],
		uidMappings: [{containerID: 0, hostID: 7000, size: 10}], gidMappings: [{containerID: 0, hostID: 7000, size: 10}]}]'
	args /bin/stat -c %u:%g /m/zero
}

@test "B14 what root of a mapped container makes is root's on the host, and never the other way round" {
	bundle
	canary
	mkdir "$TMP/src"
	chown 100000:100000 "$TMP/src"
	config --arg src "$TMP/src" '.mounts += [
		{destination: "/mapped", type: "bind", source: $src, options: ["bind", "idmap"],
			uidMappings: [{containerID: 100000, hostID: 100000, size: 1}, {containerID: 50, hostID: 100005, size: 1}],
			gidMappings: [{containerID: 100000, hostID: 100000, size: 1}, {containerID: 50, hostID: 100005, size: 1}]},
		{destination: "/plain", type: "bind", source: $src, options: ["bind"]}] |
		.process.capabilities |= with_entries(.value += ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_SETFCAP"]) |
		.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}] | .linux.gidMappings = .linux.uidMappings'
	chmod 755 "$TMP" "$BUNDLE" "$BUNDLE/rootfs"
	chown -R 100000:100000 "$BUNDLE/rootfs"
	# Ids that the mapping has no place for cannot be made; set-id files are the container's.
	in_container 'cd /mapped && touch a b && chown 5:5 b && cp /bin/busybox suid && chmod 6755 suid
		chown 1:1 a 2>/dev/null || echo refused; stat -c "%n %u:%g" a b suid; stat -c %u:%g /plain/b'
	assert_output $'refused\na 0:0\nb 5:5\nsuid 0:0\n65534:65534'
	assert_equal "$(cd "$TMP/src" && stat -c '%n %u:%g' a b suid)" $'a 100000:100000\nb 50:50\nsuid 100000:100000'
	assert_canary
}

@test "B14 the process that holds the mappings is killed: an error, or the right mapping" {
	mapped
	canary
	local rc k
	# It is often done with before it comes that far.
	for k in {1..50}; do
		rc=0
		timeout 20 "$PROGRAMS/stepper" --call getppid --kill 1 --only others --out "$TMP/step" -- \
			"$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null >"$TMP/out" 2>"$TMP/err" 3>&- 4>&- || rc=$?
		! grep -q '^killed .* child' "$TMP/step" || break
	done
	grep -q '^killed .* child' "$TMP/step" || fail "nobody was killed in $k starts: $(cat "$TMP/step" "$TMP/err")"
	if [ "$rc" = 0 ]; then
		assert_equal "$(cat "$TMP/out")" 7000:7000
	else
		grep -q "mount $TMP/src on /m" "$TMP/err" || fail "$(cat "$TMP/err")"
	fi
	wait_for 2 no_orphans || fail "lives: $(orphans)"
	[ ! -e "$ROOT/$ID" ] || fail "state left"
	assert_canary
}

@test "B14 and its number is taken at once by a namespace with other mappings" {
	mapped
	canary
	# A pid namespace with 400 numbers, which are used up and begin anew in no time.
	cat >"$TMP/inner" <<-'E'
		echo 400 >/proc/sys/kernel/pid_max || exit 77
		program=$1 davit=$2 root=$3 bundle=$4 id=$5 rounds=$6 step=$7
		(while :; do unshare -U -r true; done) 2>/dev/null &
		for k in $(seq "$rounds"); do
			rc=0
			"$program" --call getppid --kill 1 --only others --out "$step" -- \
				"$davit" --root "$root" run --bundle "$bundle" "$id" </dev/null 2>/dev/null || rc=$?
			# Then without anybody killed, which must work.
			[ "$rc" = 0 ] || echo killed
			"$davit" --root "$root" run --bundle "$bundle" "$id" </dev/null || echo failed
		done
	E
	local rc=0
	timeout 120 unshare --pid --fork --kill-child --mount-proc sh "$TMP/inner" "$PROGRAMS/stepper" "$DAVIT" \
		"$ROOT" "$BUNDLE" "$ID" "$(rounds 5 200)" "$TMP/step" >"$TMP/out" 2>"$TMP/err" 3>&- 4>&- || rc=$?
	[ "$rc" != 77 ] || skip "no limit of numbers of a pid namespace's own (Linux 6.14)"
	[ "$rc" = 0 ] || [ "$rc" = 137 ] || fail "$rc: $(cat "$TMP/err")"
	grep -q 7000:7000 "$TMP/out" || fail "no start: $(cat "$TMP/out" "$TMP/err")"
	! grep -v -e 7000:7000 -e killed "$TMP/out" || fail "another mapping, or a start that failed: $(cat "$TMP/err")"
	assert_canary
}

@test "B14 an ignored SIGCHLD of the caller frees no number" {
	mapped
	canary
	local rc=0
	# Ignored signals are inherited over execve.
	(trap '' CHLD; exec "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null >"$TMP/out" 2>"$TMP/err" 3>&- 4>&-) || rc=$?
	[ "$rc" = 0 ] || fail "$(cat "$TMP/err")"
	assert_equal "$(cat "$TMP/out")" 7000:7000
}
