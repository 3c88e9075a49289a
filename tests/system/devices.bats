#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Device nodes and links (docs/conformance.md section 11).
load ../lib/helpers

@test "DEV-09 the default nodes are there, with their numbers and modes, and work [vm fallback smoke]" {
	need_root
	bundle
	in_container 'cd /dev; stat -c "%n %t:%T %a %u:%g %F" null zero full random urandom tty
		head -c 3 zero | od -An -tx1; echo x >null; echo x 2>/dev/null >full || echo full
		[ "$(head -c 8 urandom | wc -c)" = 8 ] && echo urandom'
	assert_line "null 1:3 666 0:0 character special file"
	assert_line "zero 1:5 666 0:0 character special file"
	assert_line "full 1:7 666 0:0 character special file"
	assert_line "random 1:8 666 0:0 character special file"
	assert_line "urandom 1:9 666 0:0 character special file"
	assert_line "tty 5:0 666 0:0 character special file"
	assert_line --regexp '^ *00 00 00$'
	assert_line full
	assert_line urandom
}

@test "FD-05 DEV-11 the links in /dev [fallback]" {
	bundle
	in_container 'cd /dev; for l in fd stdin stdout stderr ptmx; do echo "$l $(readlink $l)"; done'
	assert_output "fd /proc/self/fd
stdin /proc/self/fd/0
stdout /proc/self/fd/1
stderr /proc/self/fd/2
ptmx pts/ptmx"
}

@test "DEV-11 /dev/ptmx of the image is replaced, other entries of the image stay" {
	bundle
	config '.mounts |= map(select(.destination != "/dev")) | .root.readonly = false'
	mkdir -p "$BUNDLE/rootfs/dev"
	echo mine >"$BUNDLE/rootfs/dev/stdin"
	: >"$BUNDLE/rootfs/dev/ptmx"
	in_container 'cat /dev/stdin; readlink /dev/ptmx'
	assert_output mine$'\n'pts/ptmx
}

@test "DEV-01 to DEV-07 nodes of the configuration: kind, numbers, mode, owner [vm fallback]" {
	need_root
	bundle
	config '.linux.devices = [
		{"path": "/dev/mynull", "type": "c", "major": 1, "minor": 3, "fileMode": 384, "uid": 7, "gid": 8},
		{"path": "/dev/deep/er/zero", "type": "u", "major": 1, "minor": 5},
		{"path": "/dev/blk", "type": "b", "major": 259, "minor": 1048575, "fileMode": 432},
		{"path": "/dev/chr", "type": "c", "major": 4095, "minor": 70000, "fileMode": 0},
		{"path": "/dev/pipe", "type": "p", "fileMode": 511},
		{"path": "/elsewhere/full", "type": "c", "major": 1, "minor": 7, "fileMode": 438}]'
	umask 077
	in_container 'stat -c "%n %t:%T %a %u:%g %F" /dev/mynull /dev/deep/er/zero /dev/blk /dev/chr /dev/pipe /elsewhere/full; stat -c "%n %a %u" /dev/deep /dev/deep/er /elsewhere'
	assert_line "/dev/mynull 1:3 600 7:8 character special file"
	assert_line "/dev/deep/er/zero 1:5 666 0:0 character special file"
	assert_line "/dev/blk 103:fffff 660 0:0 block special file"
	assert_line "/dev/chr fff:11170 0 0:0 character special file"
	assert_line "/dev/pipe 0:0 777 0:0 fifo"
	assert_line "/elsewhere/full 1:7 666 0:0 character special file"
	assert_line "/dev/deep 755 0"
	assert_line "/elsewhere 755 0"
}

@test "DEV-09 a node of the configuration at a default's path is taken in its place" {
	need_root
	bundle
	config '.linux.devices = [{"path": "/dev/null", "type": "c", "major": 1, "minor": 3, "fileMode": 432, "gid": 5}]'
	in_container 'stat -c "%t:%T %a %g" /dev/null'
	assert_output "1:3 660 5"
}

@test "DEV-05 a node that is there already is fine where it is the same device" {
	need_root
	bundle
	mknod "$BUNDLE/rootfs/there" c 1 3
	config '.linux.devices = [{"path": "/there", "type": "c", "major": 1, "minor": 3, "fileMode": 438}]'
	in_container 'stat -c "%t:%T" /there'
	assert_output 1:3
}

@test "DEV-08 two nodes of one device" {
	need_root
	bundle
	config '.linux.devices = [{"path": "/dev/a", "type": "c", "major": 1, "minor": 3}, {"path": "/dev/b", "type": "c", "major": 1, "minor": 3}]'
	in_container 'stat -c "%t:%T" /dev/a /dev/b'
	assert_output 1:3$'\n'1:3
}

@test "DEV-09 where /dev is a bind of the host's nothing is made in it" {
	need_root
	bundle
	mkdir "$TMP/dev"
	mknod -m 666 "$TMP/dev/null" c 1 3
	mkdir "$TMP/dev/pts" "$TMP/dev/shm" "$TMP/dev/mqueue"
	config --arg d "$TMP/dev" '.mounts |= map(if .destination == "/dev" then
		{destination: "/dev", type: "bind", source: $d, options: ["rbind"]} else . end) |
		.mounts |= map(select(.destination | startswith("/dev/") | not))'
	in_container 'echo /dev/*'
	assert_output "/dev/mqueue /dev/null /dev/pts /dev/shm"
	assert_equal "$(ls "$TMP/dev" | tr '\n' ' ')" "mqueue null pts shm "
}

@test "DEV-01 DEV-07 in a user namespace the host's nodes are bound [vm fallback]" {
	need_root
	bundle
	config '.linux.namespaces += [{"type": "user"}] |
		.linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}] |
		.linux.gidMappings = .linux.uidMappings | .root.readonly = false |
		.linux.devices = [{"path": "/dev/kmsg", "type": "c", "major": 1, "minor": 11}]'
	chown -R 100000:100000 "$BUNDLE/rootfs"
	in_container 'cd /dev; stat -c "%n %t:%T" null zero kmsg; head -c 2 zero | od -An -tx1; echo x >null && echo written
		grep " /dev/null " /proc/self/mountinfo | cut -d" " -f6'
	assert_line "null 1:3"
	assert_line "kmsg 1:b"
	assert_line written
	assert_line --regexp nosuid
	assert_line --regexp noexec
}

@test "a pseudo terminal of the container's own instance can be opened" {
	bundle
	in_container 'exec 3<>/dev/ptmx && ls /dev/pts'
	assert_line 0
	assert_line ptmx
}

@test "a read-only /dev has its nodes and takes no others" {
	bundle
	config '.mounts |= map(if .destination == "/dev" then .options += ["ro"] else . end)'
	in_container 'stat -c %t:%T /dev/null; touch /dev/x 2>/dev/null || echo refused; [ -d /dev/shm ] && echo shm'
	assert_output 1:3$'\n'refused$'\n'shm
}

@test "DEV-11 a node for /dev/ptmx in the configuration gives way to the container's own [vm fallback]" {
	need_root
	bundle
	config '.linux.devices = [{"path": "/dev/ptmx", "type": "c", "major": 5, "minor": 2}, {"path": "/dev/kmsg", "type": "c", "major": 1, "minor": 11}]'
	in_container 'readlink /dev/ptmx; exec 3<>/dev/ptmx && ls /dev/pts; stat -c %t:%T /dev/kmsg'
	assert_output "pts/ptmx"$'\n'0$'\n'ptmx$'\n'1:b
	config '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	in_container 'readlink /dev/ptmx; exec 3<>/dev/ptmx && ls /dev/pts; stat -c %t:%T /dev/kmsg'
	assert_output "pts/ptmx"$'\n'0$'\n'ptmx$'\n'1:b
}

# no_mount_ns: neither a mount namespace nor what needs one
no_mount_ns() {
	config '.mounts = [] | .linux.maskedPaths = [] | .linux.readonlyPaths = [] | .root.readonly = false |
		.linux.namespaces |= map(select(.type != "mount" and .type != "cgroup"))'
}

@test "DEV-09 DEV-11 the default nodes are there without a mount namespace too" {
	need_root
	bundle
	no_mount_ns
	in_container 'cd /dev; stat -c "%n %t:%T %a" null zero full random urandom tty; readlink ptmx; head -c 1 zero | od -An -tx1'
	assert_output "null 1:3 666
zero 1:5 666
full 1:7 666
random 1:8 666
urandom 1:9 666
tty 5:0 666
pts/ptmx
 00"
	# They are there already.
	in_container 'stat -c %t:%T /dev/null'
	assert_output 1:3
}

@test "DEV-09 LIFE-15 a /dev of the host that the root came with is left alone" {
	need_root
	bundle
	mkdir -p "$BUNDLE/rootfs/dev"
	mount -t tmpfs dev "$BUNDLE/rootfs/dev"
	undo umount "$BUNDLE/rootfs/dev"
	mknod "$BUNDLE/rootfs/dev/null" c 1 3
	mknod "$BUNDLE/rootfs/dev/ptmx" c 5 2
	cp "$BUNDLE/config.json" "$TMP/base.json"
	no_mount_ns
	in_container 'echo /dev/*; stat -c %t:%T /dev/ptmx'
	assert_output "/dev/null /dev/ptmx"$'\n'5:2
	cp "$TMP/base.json" "$BUNDLE/config.json"
	config '.mounts |= map(select(.destination | startswith("/dev") | not)) | .root.readonly = false'
	in_container 'echo /dev/*; stat -c %t:%T /dev/ptmx'
	assert_output "/dev/null /dev/ptmx"$'\n'5:2
}

@test "DEV-09 LIFE-15 nothing is made in the root of the host" {
	need_root
	bundle
	unshare -m sh -ec 'mount -t tmpfs -o mode=755 dev /dev && mknod -m 666 /dev/null c 1 3 && mknod -m 666 /dev/ptmx c 5 2 &&
		mknod -m 666 /dev/urandom c 1 9
		jq ".root.path = \"/\" | .root.readonly = false | .process.args = [\"/bin/true\"] |
			.mounts |= map(select(.destination == \"/proc\")) | .linux.maskedPaths = [] | .linux.readonlyPaths = []" "$1/config.json" >"$1/new"
		mv "$1/new" "$1/config.json"
		"$DAVIT" --root "$2" run --bundle "$1" rooted || echo "failed: $?"
		echo /dev/*; stat -c %t:%T /dev/ptmx' - "$BUNDLE" "$TMP/state" >"$TMP/out" 2>&1 || true
	run -0 cat "$TMP/out"
	assert_output "/dev/null /dev/ptmx /dev/urandom"$'\n'5:2
}
