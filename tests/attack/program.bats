#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The program, its interpreter and the hooks inside are looked up by names of the image, and those
# can lead through our own descriptors: none may have the host behind it (E1, A3).
load attack

# outside: a program that only the host has, $OUTSIDE, which says so; nobody may find it.
outside() {
	canary
	# In a folder that anybody may enter, for what runs with other ids.
	chmod 755 "$TMP" "$CANARY"
	OUTSIDE=$CANARY/outside
	cp /bin/busybox "$OUTSIDE"
	chmod 755 "$OUTSIDE"
	remember_canary
	# A process of the host that a container's root with few capabilities may look into.
	setpriv --bounding-set -all --inh-caps -all sleep 3000 3>&- 4>&- &
	STRANGER=$!
	undo end_background $STRANGER
}
# ways FOLDER: every path by which one of our descriptors could lead to the host's FOLDER, for PATH
ways() {
	local n way all=
	for n in $(seq 3 40); do
		for way in "" /.. /../.. "/$STRANGER/root" "/self/root" /1/root; do
			all+=/proc/self/fd/$n$way$1:
		done
	done
	echo "${all%:}"
}
# no_way WHAT ARGUMENT...: davit, or $PROGRAM, must not find the program of the host
no_way() {
	run timeout 60 "${PROGRAM:-$DAVIT}" --root "$ROOT" "${@:2}" </dev/null
	[ "$status" != 124 ] || fail "$1: it hangs"
	# busybox, under a name that is none of its programs.
	[[ $output != *applet* ]] || fail "$1: the program of the host ran"
	[ "$status" != 0 ] || fail "$1: something ran: ${output:0:2000}"
}
in_userns() {
	config '.linux.namespaces += [{"type": "user"}] | .linux.gidMappings = .linux.uidMappings |
		.linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}] |
		.linux.gidMappings = .linux.uidMappings'
}

@test "E1 CVE-2024-21626 no folder of PATH leads to a program of the host, by run [fallback]" {
	local kind
	bundle
	outside
	config --arg path "$(ways "$CANARY")" '.process.args = ["outside"] | .process.env = ["PATH=\($path)"]'
	for kind in plain userns; do
		[ $kind = plain ] || in_userns
		no_way $kind run --bundle "$BUNDLE" "$ID"
		assert_output --partial 'executable file not found in $PATH'
	done
	assert_canary
}

@test "E1 CVE-2024-21626 nor by exec, whether as PATH, link, or line of an interpreter [fallback]" {
	local kind n
	bundle
	outside
	config '.root.readonly = false'
	args sleep 3000
	for n in $(seq 3 12); do
		ln -s "/proc/self/fd/$n/..$OUTSIDE" "$BUNDLE/rootfs/bin/link$n"
		printf '#!/proc/self/fd/%s/..%s\n' "$n" "$OUTSIDE" >"$BUNDLE/rootfs/bin/script$n"
	done
	chmod 755 "$BUNDLE"/rootfs/bin/script*
	for kind in plain userns; do
		[ $kind = plain ] || in_userns
		running
		no_way "$kind PATH" exec --env "PATH=$(ways "$CANARY")" "$ID" outside
		for n in $(seq 3 12); do
			no_way "$kind link $n" exec "$ID" "link$n"
			no_way "$kind script $n" exec "$ID" "script$n"
		done
		davit delete --force "$ID"
	done
	assert_canary
}

@test "E1 CVE-2024-21626 nor as startContainer hook [fallback]" {
	local n
	bundle
	outside
	args true
	in_userns
	cp "$BUNDLE/config.json" "$TMP/base.json"
	for n in 3 4 5 6 7; do
		jq --arg p "/proc/self/fd/$n/..$OUTSIDE" '.hooks.startContainer = [{path: $p}]' \
			"$TMP/base.json" >"$BUNDLE/config.json"
		no_way "descriptor $n" run --bundle "$BUNDLE" "$ID"
	done
	assert_canary
}

@test "E1 CVE-2024-21626 nor where the binary lies on a read-only mount, with a careless caller" {
	bundle
	outside
	mkdir "$TMP/bin"
	cp "$DAVIT" "$TMP/bin/davit"
	mount --bind -o ro "$TMP/bin" "$TMP/bin"
	undo umount "$TMP/bin"
	mount -o remount,bind,ro "$TMP/bin"
	MOUNTS_BEFORE=$(</proc/self/mountinfo)
	config --arg path "$(ways "$CANARY"):$(ways "")" '.process.args = ["outside"] | .process.env = ["PATH=\($path)"]'
	exec 20</ 21<"$CANARY"
	local PROGRAM=$TMP/bin/davit
	no_way run run --bundle "$BUNDLE" "$ID"
	args /bin/sleep 3000
	running
	no_way exec exec --env "PATH=$(ways "$CANARY"):$(ways "")" "$ID" outside
	exec 20<&- 21<&-
	assert_canary
}

@test "E1 a container that waits for start holds no folder and no handle of the host [fallback]" {
	local kind pid fd
	bundle
	args true
	for kind in plain userns; do
		[ $kind = plain ] || in_userns
		create
		pid=$(pid_of)
		for fd in "/proc/$pid/fd"/*; do
			[ "${fd##*/}" -gt 2 ] || continue
			case $(readlink "$fd") in
			socket:* | */armed) ;;
			*) fail "$kind: descriptor ${fd##*/} is $(readlink "$fd")" ;;
			esac
		done
		davit delete --force "$ID"
	done
}

@test "A3 who may trace takes no descriptor of the host from a process of exec" {
	local n i
	python3 -c 'import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
raise SystemExit(0 if libc.syscall(438, -1, 0, 0) == -1 and ctypes.get_errno() != 38 else 1)' ||
		skip "the kernel has no pidfd_getfd (Linux 5.6)"
	bundle
	canary
	inside thief
	n=$(rounds 5 60)
	args /thief "$n" "$CANARY/dir/marker"
	config '.process.noNewPrivileges = false | .process.capabilities |= with_entries(.value += ["CAP_SYS_PTRACE"])'
	running
	wait_for 5 grep -q looking "$TMP/out"
	for ((i = 0; i < 100000; i++)); do
		davit exec "$ID" true </dev/null || break
	done
	wait_status stopped
	[ "$i" -ge 5 ] || fail "after $i"
	# It does take what leads nowhere, so it was quick enough.
	grep -E '^processes [1-9][0-9]* taken [1-9]' "$TMP/out" || fail "nothing was taken: $(cat "$TMP/out")"
	! grep -m 3 '^got' "$TMP/out" || fail "a file of the host was read"
	assert_canary
}
