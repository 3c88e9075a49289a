#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Id-mapped mounts (MNT-13 to MNT-15; attacks: attack/idmap.bats).
# tags: vm
load ../lib/helpers

setup() {
	test_setup
	need_root
	need_kernel 5.12
}

# source_tree: $TMP/src, a tmpfs or what the scratch directory is on, with files of several owners
# and another file system below it.
source_tree() {
	mkdir "$TMP/src"
	[ "$(stat -f -c %T "$TMP/src")" != tmpfs ] || need_kernel 6.3
	[ "${1-}" != tmpfs ] || {
		need_kernel 6.3
		mount -t tmpfs tmpfs "$TMP/src"
		undo umount "$TMP/src"
	}
	local id
	for id in 0 1 999 5000; do
		: >"$TMP/src/$id"
		chown "$id:$id" "$TMP/src/$id"
	done
	# Nobody may write where the owner is not mapped.
	chown 1:1 "$TMP/src"
	chmod 777 "$TMP/src"
	config '.process.capabilities |= with_entries(.value += ["CAP_CHOWN", "CAP_DAC_OVERRIDE"])'
}

with_below() {
	mkdir "$TMP/src/sub" "$TMP/below"
	mount --bind "$TMP/below" "$TMP/src/sub"
	undo umount "$TMP/src/sub"
	: >"$TMP/below/low"
	chown 1:1 "$TMP/below/low"
}

# mount_src OPTIONS [UID-GID-MAPPINGS]: $TMP/src on /m
mount_src() {
	config --arg src "$TMP/src" --arg o "$1" --argjson map "${2:-null}" '.mounts += [
		{destination: "/m", type: "bind", source: $src, options: ($o | split(","))} +
		if $map then {uidMappings: $map, gidMappings: $map} else {} end]'
}

userns() {
	config '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}, {containerID: 1000, hostID: 200000, size: 9000}] |
		.linux.gidMappings = .linux.uidMappings'
	chmod 755 "$TMP" "$BUNDLE" "$BUNDLE/rootfs"
	chown -R 100000:100000 "$BUNDLE/rootfs"
}

MAP='[{"containerID": 0, "hostID": 7000, "size": 1000}, {"containerID": 5000, "hostID": 3, "size": 1}]'

@test "MNT-13 MNT-14 own mappings shift owners, and shift back what is made [smoke]" {
	bundle
	source_tree
	mount_src bind,idmap "$MAP"
	in_container 'cd /m && stat -c "%n %u:%g" 0 1 999 5000 && chown 7005:7006 5000'
	assert_output $'0 7000:7000\n1 7001:7001\n999 7999:7999\n5000 3:3'
	assert_equal "$(stat -c %u:%g "$TMP/src/5000")" 5:6
}

@test "MNT-14 what the mappings do not name belongs to nobody, and nothing can be made for it" {
	bundle
	source_tree
	mount_src bind,idmap '[{"containerID": 1, "hostID": 0, "size": 1}]'
	in_container 'cd /m && stat -c "%n %u:%g" 0 1 && touch made && stat -c "%n %u:%g" made; chown 44:44 made 2>/dev/null || echo refused'
	assert_output $'0 65534:65534\n1 0:0\nmade 0:0\nrefused'
	assert_equal "$(stat -c %u:%g "$TMP/src/made")" 1:1
}

@test "MNT-13 mappings alone make an id-mapped mount, without the option" {
	bundle
	source_tree
	mount_src rbind,ro "$MAP"
	in_container 'stat -c "%n %u:%g" /m/1; touch /m/x 2>/dev/null || echo refused; awk "\$5 == \"/m\" { print \$6 }" /proc/self/mountinfo'
	assert_output $'/m/1 7001:7001\nrefused\nro,relatime,idmapped'
}

@test "MNT-14 without mappings the container's are taken: files keep their numbers inside [smoke]" {
	bundle
	source_tree
	userns
	mount_src bind,idmap
	in_container 'cd /m && stat -c "%n %u:%g" 0 1 999 5000 && touch made && chown 1001:8 made'
	assert_output $'0 0:0\n1 1:1\n999 999:999\n5000 5000:5000'
	assert_equal "$(stat -c %u:%g "$TMP/src/made")" 1001:8
	# Without it, none of them is the container's.
	config '.mounts[-1].options = ["bind"]'
	in_container 'stat -c "%u:%g" /m/0'
	assert_output 65534:65534
}

@test "MNT-14 own mappings in a container with a user namespace" {
	bundle
	source_tree
	userns
	mount_src bind,idmap '[{"containerID": 0, "hostID": 200005, "size": 2}]'
	in_container 'stat -c "%n %u:%g" /m/0 /m/1 /m/999'
	assert_output $'/m/0 1005:1005\n/m/1 1006:1006\n/m/999 65534:65534'
}

@test "MNT-14 the mappings of a user namespace that is joined" {
	bundle
	source_tree
	userns
	local holder
	unshare -U sleep 1000 &
	holder=$!
	undo kill "$holder"
	wait_for 5 eval '[ "$(readlink /proc/'"$holder"'/ns/user)" != "$(readlink /proc/self/ns/user)" ]'
	printf '0 100000 1000\n1000 200000 9000\n' >"$TMP/map"
	cat "$TMP/map" >"/proc/$holder/gid_map"
	cat "$TMP/map" >"/proc/$holder/uid_map"
	mount_src bind,idmap
	config --arg p "/proc/$holder/ns/user" '(.linux.namespaces[] | select(.type == "user")).path = $p |
		del(.linux.uidMappings, .linux.gidMappings)'
	in_container 'stat -c "%u:%g" /m/0 /m/5000'
	assert_output $'0:0\n5000:5000'
}

@test "MNT-14 MNT-15 idmap maps the one mount, ridmap the mounts below too" {
	bundle
	source_tree
	with_below
	mount_src rbind,idmap "$MAP"
	in_container 'stat -c "%u:%g" /m/1 /m/sub/low'
	assert_output $'7001:7001\n1:1'
	config '.mounts[-1].options = ["rbind", "ridmap"]'
	in_container 'stat -c "%u:%g" /m/1 /m/sub/low'
	assert_output $'7001:7001\n7001:7001'
	userns
	config 'del(.mounts[-1].uidMappings, .mounts[-1].gidMappings)'
	in_container 'stat -c "%u:%g" /m/1 /m/sub/low'
	assert_output $'1:1\n1:1'
}

@test "MNT-14 the mappings in the option, as crun has them" {
	bundle
	source_tree
	mount_src 'bind,idmap=uids=0-7000-1000#5000-3-1;gids=0-8000-6000'
	in_container 'stat -c "%n %u:%g" /m/1 /m/5000'
	assert_output $'/m/1 7001:8001\n/m/5000 3:13000'
	userns
	# With @ the second id is one of the container's.
	config '.mounts[-1].options = ["bind", "idmap=uids=@1-1001-10;gids=@0-5-1#1-100001-1"]'
	in_container 'stat -c "%n %u:%g" /m/0 /m/1'
	assert_output $'/m/0 65534:5\n/m/1 1001:1'
	config '.mounts[-1].options = ["bind", "idmap=uids=@0-999-2;gids=0-0-1"]'
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "ids 999 to 1000 of the option idmap= are not in one line"
	assert_nothing_left
}

@test "MNT-14 a new tmpfs is a source as any other, attributes and propagation with it" {
	bundle
	source_tree tmpfs
	mount_src rbind,nosuid,noexec,rprivate,idmap "$MAP"
	in_container 'stat -c "%u:%g" /m/1; awk "\$5 == \"/m\" { print \$6, \$7 }" /proc/self/mountinfo'
	assert_output $'7001:7001\nrw,nosuid,noexec,relatime,idmapped -'
}

@test "MNT-14 a single file is mapped like a folder" {
	bundle
	source_tree
	mount_src bind,idmap "$MAP"
	config '.mounts[-1] |= (.source += "/999" | .destination = "/etc/one")'
	in_container 'stat -c "%u:%g" /etc/one'
	assert_output 7999:7999
}

@test "MNT-14 a file system without id-mapped mounts is named, and nothing is left" {
	bundle
	mkdir "$TMP/src"
	mount -t sysfs sysfs "$TMP/src"
	undo umount "$TMP/src"
	mount_src bind,idmap "$MAP"
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "mount $TMP/src on /m: the file system sysfs cannot be id-mapped: mount_setattr: EINVAL"
}

@test "MNT-15 one below that cannot be mapped is an error for ridmap, not for idmap" {
	bundle
	source_tree
	mkdir "$TMP/src/sub"
	mount -t proc proc "$TMP/src/sub"
	undo umount "$TMP/src/sub"
	mount_src rbind,ridmap "$MAP"
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "or one below it cannot be id-mapped"
	config '.mounts[-1].options = ["rbind", "idmap"]'
	in_container 'stat -c "%u:%g" /m/1'
	assert_output 7001:7001
}

@test "MNT-14 an older kernel is an error that names the call, before anything is made" {
	need_hooks
	bundle
	source_tree
	local without
	for without in mount-setattr mount-api; do
		mount_src bind,idmap "$MAP"
		DAVIT_TEST_WITHOUT=$without run -1 davit create --bundle "$BUNDLE" "$ID"
		assert_output --partial "id-mapped mounts need"
		assert_output --partial "mount_setattr (Linux 5.12)"
		assert_nothing_left
	done
}

@test "MNT-14 a source that is missing or a map that the kernel refuses is told with its place" {
	bundle
	source_tree
	mount_src bind,idmap "$MAP"
	config '.mounts[-1].source += "/gone"'
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "mount $TMP/src/gone on /m: cannot open $TMP/src/gone: open: ENOENT"
	config '.mounts[-1] |= (.source |= rtrimstr("/gone") | del(.uidMappings, .gidMappings) |
		.options = ["bind", "idmap=uids=0-5-10#5-50-1;gids=0-0-1"])'
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "uid_map"
	assert_output --partial EINVAL
	assert_nothing_left
}

@test "MNT-14 clone3 and pidfds are not needed" {
	need_hooks
	bundle
	source_tree
	mount_src bind,idmap "$MAP"
	export DAVIT_TEST_WITHOUT=clone3,pidfd-open,openat2,statx-mnt-id
	in_container 'stat -c "%u:%g" /m/1'
	assert_output 7001:7001
}

@test "MNT-14 FEAT-16 features says that there are id-mapped mounts" {
	run -0 davit features
	assert_json '.linux.mountExtensions.idmap.enabled'
	assert_json '.mountOptions | contains(["idmap", "ridmap"])'
}
