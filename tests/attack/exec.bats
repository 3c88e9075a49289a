#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A hostile container and the processes that exec puts into it (A1, A3, E1, E2).
load attack

# looker: a container whose program looks into every process that appears; then hunt N
looker() {
	inside look
	args /look "$1" true
	running
	wait_for 5 grep -q looking "$TMP/out"
}
hunt() {
	local i
	for ((i = 0; i < $1; i++)); do
		run davit exec "$ID" true </dev/null
		[ "$status" = 0 ] || break
	done
	# Until the looker has had its time.
	[ "$i" -ge 5 ] || fail "after $i: $output"
	[ "$status" = 0 ] || wait_status stopped || fail "exec $i: $status $output"
	wait_status stopped "$ID" 30
	grep -E '^tries [1-9][0-9]* processes [1-9]' "$TMP/out" || fail "nothing was looked at: $(cat "$TMP/out")"
	! grep '^got' "$TMP/out" || fail "let in"
}

@test "A3 nobody in the container gets into a process of exec before it is its program" {
	bundle
	config '.process.noNewPrivileges = false'
	looker "$(rounds 4 60)"
	hunt "$(rounds 60 100000)"
}

@test "A3 nor in a user namespace, whose root the process becomes" {
	bundle
	config '.linux.namespaces += [{"type": "user"}] |
		.linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}] |
		.linux.gidMappings = .linux.uidMappings | .root.readonly = false |
		.process.capabilities |= (.bounding += ["CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE"] |
			.permitted = .bounding | .effective = .bounding)'
	looker "$(rounds 4 60)"
	hunt "$(rounds 60 100000)"
}

@test "E1 no working folder and no program of exec lies outside" {
	bundle
	canary
	args sleep 3000
	running
	local n name
	exec 20<"$CANARY/dir" 21</
	for name in /proc/self/fd /proc/thread-self/fd; do
		for n in 3 4 5 6 7 8 9 20 21; do
			run "$DAVIT" --root "$ROOT" exec --cwd "$name/$n" "$ID" sh -c 'pwd; ls' </dev/null
			# One of ours is the container's own root; there is no other that works.
			[ "$status" = 255 ] || [[ "$status $output" == "0 /"$'\n'bin* ]] ||
				fail "--cwd $name/$n: $status $output"
			[[ $output != *marker* ]] || fail "--cwd $name/$n: $output"
			run "$DAVIT" --root "$ROOT" exec --cwd "$name/$n/../.." "$ID" ls </dev/null
			[[ $output != *canary* ]] || fail "$name/$n/../..: $output"
			run "$DAVIT" --root "$ROOT" exec "$ID" "$name/$n/bin/true" </dev/null
			[ "$status" = 255 ] || [ "$status" = 0 ] || fail "$name/$n/bin/true: $status $output"
			run "$DAVIT" --root "$ROOT" exec "$ID" "$name/$n/marker" </dev/null
			[ "$status" = 255 ] || fail "$name/$n/marker: $status $output"
		done
	done
	exec 20<&- 21<&-
	assert_canary
}

@test "E1 links of the image to such folders lead nowhere" {
	bundle
	canary
	config '.root.readonly = false'
	local n
	for n in 3 4 5 6 7 8 9 10 20; do ln -s /proc/self/fd/$n "$BUNDLE/rootfs/l$n"; done
	args sleep 3000
	running
	exec 20<"$CANARY/dir"
	for n in 3 4 5 6 7 8 9 10 20; do
		run "$DAVIT" --root "$ROOT" exec --cwd "/l$n" "$ID" ls </dev/null
		[[ $output != *marker* ]] || fail "/l$n: $output"
		run -255 "$DAVIT" --root "$ROOT" exec "$ID" "/l$n/marker" </dev/null
	done
	exec 20<&-
	assert_canary
}

@test "A1 a program of exec that is /proc/self/exe cannot overwrite davit" {
	bundle
	config '.root.readonly = false'
	printf '#!/proc/self/exe\n' >"$BUNDLE/rootfs/script"
	chmod 755 "$BUNDLE/rootfs/script"
	ln -s /proc/self/exe "$BUNDLE/rootfs/bin/again"
	args sleep 3000
	running
	local before
	before=$(sha256sum <"$DAVIT")
	run timeout 10 "$DAVIT" --root "$ROOT" exec "$ID" /script </dev/null
	[ "$status" != 0 ] && [ "$status" != 124 ] || fail "/script: $status $output"
	run timeout 10 "$DAVIT" --root "$ROOT" exec "$ID" again version </dev/null
	[ "$status" != 124 ] || fail "again hangs"
	run davit exec "$ID" sh -c 'for p in /proc/[0-9]*; do : >>$p/exe && echo wrote $p; done' </dev/null
	refute_output --regexp '^wrote'
	assert_equal "$(sha256sum <"$DAVIT")" "$before"
}
