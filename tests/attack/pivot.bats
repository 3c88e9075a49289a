#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# B12: out of the root, whichever way it came to be the root.
load attack

# ways_out [OPTION...]: the old ways out of a root, none of which is one
ways_out() {
	inside escape
	args /escape "$CANARY/file"
	run -0 davit run --bundle "$BUNDLE" "$@" "$ID"
	refute_output --partial OUT
	assert_equal "$(grep -c ' in$' <<<"$output")" 5
}

@test "B12 no way out of the root, with pivot_root and with --no-pivot [vm]" {
	bundle
	canary
	ways_out
	ways_out --no-pivot
	# With the right to call chroot
	config '.process.capabilities |= map_values(. + ["CAP_SYS_CHROOT"])'
	ways_out
	ways_out --no-pivot
	assert_canary
}

@test "B12 --no-pivot: none of the host's mounts is there, and the host keeps them [vm] [fallback]" {
	bundle
	canary
	args cat /proc/self/mountinfo
	run -0 davit run --bundle "$BUNDLE" "$ID"
	local with=$output
	run -0 davit run --no-pivot --bundle "$BUNDLE" "$ID"
	assert_equal "$(awk '{ print $5 }' <<<"$output" | sort)" "$(awk '{ print $5 }' <<<"$with" | sort)"
	assert_canary
	# A shared root does not hand the unmounting on either.
	config '.linux.rootfsPropagation = "shared"'
	run davit run --no-pivot --bundle "$BUNDLE" "$ID"
	assert_canary
}

@test "B12 --no-pivot with a shared root: peers of the host's mounts keep what is on them [vm] [fallback]" {
	local kind
	bundle
	args true
	mkdir "$TMP/other"
	for kind in shared rshared; do
		config --arg kind $kind '.linux.rootfsPropagation = $kind'
		# The mounts of the machine, all of them shared: they have peers in the container's
		# namespace. The root file system is on another one than "/", which covers a third.
		run -0 unshare --mount --propagation shared bash -euc '
			mount -t tmpfs covered "$1/other"
			mount -t tmpfs tmpfs "$1/other"
			cp -a "$4/." "$1/other"
			cp /proc/self/mountinfo "$1/before"
			"$2" --root "$3" run --no-pivot --bundle "$1/other" "$5"
			diff "$1/before" /proc/self/mountinfo
			umount "$1/other"
			umount "$1/other"' bash "$TMP" "$DAVIT" "$ROOT" "$BUNDLE" "$ID"
	done
}

@test "B12 --no-pivot: create, exec, a terminal, and a user namespace work" {
	bundle
	canary
	args sleep 100
	create "$ID" --no-pivot
	davit start "$ID"
	run -0 davit exec "$ID" sh -c 'ls /; cat /proc/1/mountinfo | wc -l'
	assert_line bin
	refute_line host
	run -0 davit exec --tty "$ID" tty
	assert_output --partial /dev/pts/0
	davit delete --force "$ID"
	config '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = .linux.uidMappings | .mounts |= map(select(.type != "sysfs" and .type != "cgroup"))'
	chmod 755 "$TMP" "$BUNDLE"
	args sh -c 'mount -t proc proc /dev/shm 2>&1 || echo refused; ls / | xargs'
	run -0 davit run --no-pivot --bundle "$BUNDLE" "$ID"
	assert_output --partial bin
	assert_canary
}

@test "B12 --no-pivot is told to be unsafe" {
	bundle
	run -0 davit features
	assert_json '.annotations["io.davit.unsafe-options"] | contains("--no-pivot")'
	args /bin/true
	run -0 davit --log-level warning run --no-pivot --bundle "$BUNDLE" "$ID"
	assert_output --partial "--no-pivot"
}
