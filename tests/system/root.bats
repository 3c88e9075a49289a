#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The root file system: pivot, propagation, and a real distribution under Podman's profile
# (docs/conformance.md sections 6 and 18).
load ../lib/helpers

@test "ROOT-03 the old root is gone: no mount of the host, no way up [vm fallback smoke]" {
	bundle
	in_container 'ls -d /../../../bin >/dev/null && stat -c %i / /..; grep -c "" /proc/self/mountinfo
		awk "{ print \$5 }" /proc/self/mountinfo | grep -vE "^/(\$|proc|dev|sys)" || echo clean'
	assert_equal "${lines[0]}" "${lines[1]}"
	assert_line clean
}

@test "ROOT-01 BUN-04 root.path: relative to the bundle, absolute, with a link in the way" {
	bundle
	in_container 'echo relative'
	assert_output relative
	mv "$BUNDLE/rootfs" "$TMP/elsewhere"
	config --arg p "$TMP/elsewhere" '.root.path = $p'
	in_container 'echo absolute'
	assert_output absolute
	ln -s "$TMP/elsewhere" "$BUNDLE/link"
	config '.root.path = "link"'
	in_container 'echo link'
	assert_output link
	config '.root.path = "../elsewhere"'
	in_container 'echo parent'
	assert_output parent
}

@test "ROOT-03 without a mount namespace the root is changed by chroot" {
	bundle
	config '.linux.namespaces |= map(select(.type != "mount")) | .mounts = [] |
		.linux.maskedPaths = [] | .linux.readonlyPaths = [] | .root.readonly = false'
	in_container 'ls -d /bin/busybox; ls -d /work /home/nobody 2>/dev/null; true'
	assert_output /bin/busybox
}

@test "ROOT-03 PROP-03 a shared parent mount: nothing is propagated to the host" {
	need_root
	bundle
	mount --bind "$BUNDLE" "$BUNDLE"
	undo umount "$BUNDLE"
	mount --make-shared "$BUNDLE"
	in_container 'echo ran'
	assert_output ran
	[ "$(grep -c "$BUNDLE" /proc/self/mountinfo)" = 1 ]
}

# propagated VALUE: the tags of / inside.
tags() {
	config --arg p "$1" 'if $p == "" then del(.linux.rootfsPropagation) else .linux.rootfsPropagation = $p end'
	args cat /proc/self/mountinfo
	run -0 davit run --bundle "$BUNDLE" "$ID"
	TAGS=$(awk '$5 == "/" { o = ""; for (i = 7; $i != "-"; i++) { sub(/:.*/, "", $i); if ($i != "propagate_from") o = o (o ? " " : "") $i } print o }' <<<"$output")
}

@test "PROP-01 rootfsPropagation: each value on the container's root [vm fallback]" {
	bundle
	local value want
	while IFS='|' read -r value want; do
		tags "$value"
		[[ $TAGS =~ ^$want$ ]] || fail "'$value': '$TAGS', not '$want'"
	done <<-'E'
		private|
		rprivate|
		slave|(master)?
		rslave|(master)?
		shared|shared( master)?
		rshared|shared( master)?
		unbindable|unbindable
		runbindable|unbindable
		|(master)?
	E
}

@test "PROP-02 a mount that the host makes later comes in by a slave root, not by a private one" {
	need_root
	mkdir -p "$TMP/vol/sub"
	mount --bind "$TMP/vol" "$TMP/vol"
	undo umount "$TMP/vol"
	mount --make-shared "$TMP/vol"
	bundle
	args sleep 100
	local mode
	for mode in rslave rprivate; do
		config --arg m $mode --arg v "$TMP/vol" '.linux.rootfsPropagation = $m |
			.mounts = (.mounts[:7] + [{"destination": "/vol", "type": "bind", "source": $v, "options": ["rbind", $m]}])'
		running "$ID-$mode"
		mount -t tmpfs late "$TMP/vol/sub"
		if [ $mode = rslave ]; then
			grep -q ' /vol/sub ' "/proc/$(pid_of "$ID-$mode")/mountinfo"
		else
			run ! grep -q ' /vol/sub ' "/proc/$(pid_of "$ID-$mode")/mountinfo"
		fi
		umount "$TMP/vol/sub"
		davit delete --force "$ID-$mode"
	done
}

@test "PROP-01 a mount of a container with a shared volume reaches the host, and only there" {
	need_root
	mkdir -p "$TMP/vol/sub"
	mount --bind "$TMP/vol" "$TMP/vol"
	undo umount "$TMP/vol"
	mount --make-shared "$TMP/vol"
	bundle
	config --arg v "$TMP/vol" '.linux.rootfsPropagation = "rshared" |
		.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"]) |
		.mounts += [{"destination": "/vol", "type": "bind", "source": $v, "options": ["rbind", "rshared"]},
			{"destination": "/own", "type": "tmpfs", "source": "t"}]'
	in_container 'mount -t tmpfs inner /vol/sub && mkdir /own/x && mount -t tmpfs inner2 /own/x && echo mounted'
	assert_output mounted
	grep -q " $TMP/vol/sub .* - tmpfs inner " /proc/self/mountinfo
	umount "$TMP/vol/sub"
	run ! grep -q inner2 /proc/self/mountinfo
}

@test "a Debian root runs apt-get, ps, id and a shell script under Podman's profile [vm smoke]" {
	need_root
	debian_bundle
	config --slurpfile p "$TESTS_DIR/golden/configs/podman-5.8-01.json" '
		.linux.seccomp = $p[0].linux.seccomp | .process.capabilities = $p[0].process.capabilities |
		.process.env = $p[0].process.env | .linux.maskedPaths = $p[0].linux.maskedPaths |
		.linux.readonlyPaths = $p[0].linux.readonlyPaths | .process.noNewPrivileges = false'
	local name
	args apt-get --version
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_output --regexp '^apt [0-9.]+ '
	args ps -e -o pid,comm
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_line --regexp '^ *1 ps$'
	args id
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_output "uid=0(root) gid=0(root) groups=0(root)"
	cat >"$BUNDLE/rootfs/script" <<-'E'
		#!/bin/bash
		set -e
		grep -q 'Seccomp:.*2' /proc/self/status
		dir=$(mktemp -d)
		cd "$dir"
		for i in $(seq 20); do echo "line $i" >>file; done
		sort -r file | tail -1
		sha256sum file | cut -c1-8
		tar cf - file | tar tf -
		find / -xdev -name 'dpkg' -path '*bin*' | head -1
		(sleep 0.1 & wait)
		su nobody -s /bin/sh -c 'id -un' 2>/dev/null || setpriv --reuid 65534 id -un
		perl -e 'print "perl ", 6 * 7, "\n"'
		rm -r "$dir"
	E
	chmod 755 "$BUNDLE/rootfs/script"
	args /script
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_line "line 1"
	assert_line file
	assert_line nobody
	assert_line "perl 42"
}
