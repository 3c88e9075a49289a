#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Mounts: order, targets, sources, kinds (docs/conformance.md section 7; options: mountopts.bats).
load ../lib/helpers

# mount_at JSON: one more mount.
mount_at() { config --argjson m "$1" '.mounts += [$m]'; }

@test "MNT-01 mounts are made in their order: a later one covers an earlier one [vm fallback]" {
	bundle
	mkdir -p "$TMP/a/sub" "$TMP/b/sub"
	echo a >"$TMP/a/file"
	echo b >"$TMP/b/file"
	mount_at "{\"destination\": \"/m\", \"type\": \"bind\", \"source\": \"$TMP/a\", \"options\": [\"bind\"]}"
	mount_at "{\"destination\": \"/m/sub\", \"type\": \"bind\", \"source\": \"$TMP/b\", \"options\": [\"bind\"]}"
	in_container 'cat /m/file /m/sub/file'
	assert_output a$'\n'b
	mount_at "{\"destination\": \"/m\", \"type\": \"bind\", \"source\": \"$TMP/b\", \"options\": [\"bind\"]}"
	in_container 'cat /m/file; ls /m/sub'
	assert_output b
}

@test "MNT-02 MNT-03 targets: made where missing, folders and files, relative and odd paths [vm fallback]" {
	bundle
	mkdir "$TMP/dir"
	echo file >"$TMP/file"
	echo in >"$TMP/dir/in"
	local d
	for d in /new/deep/dir relative/dir //odd///slashes/ /dots/./x/../y; do
		mount_at "{\"destination\": \"$d\", \"type\": \"bind\", \"source\": \"$TMP/dir\", \"options\": [\"bind\"]}"
	done
	mount_at "{\"destination\": \"/new/deep/file\", \"type\": \"bind\", \"source\": \"$TMP/file\", \"options\": [\"bind\", \"ro\"]}"
	mount_at "{\"destination\": \"/etc/passwd\", \"type\": \"bind\", \"source\": \"$TMP/file\", \"options\": [\"bind\"]}"
	in_container 'cat /new/deep/dir/in /relative/dir/in /odd/slashes/in /dots/y/in /new/deep/file /etc/passwd'
	assert_output in$'\n'in$'\n'in$'\n'in$'\n'file$'\n'file
	assert_equal "$(stat -c '%a %u:%g' "$BUNDLE/rootfs/new/deep")" "755 $(id -u):$(id -g)"
}

@test "MNT-03 special files can be bound: fifo, socket, device" {
	need_root
	bundle
	mkfifo "$TMP/fifo"
	mknod "$TMP/null" c 1 3
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$TMP/sock"
	local k
	for k in fifo null sock; do
		mount_at "{\"destination\": \"/s/$k\", \"type\": \"bind\", \"source\": \"$TMP/$k\", \"options\": [\"bind\"]}"
	done
	in_container 'stat -c %F /s/fifo /s/null /s/sock'
	assert_output fifo$'\n'"character special file"$'\n'socket
}

@test "MNT-04 bind sources relative to the bundle, whatever the caller's folder" {
	bundle
	mkdir "$BUNDLE/data"
	echo data >"$BUNDLE/data/file"
	mount_at '{"destination": "/data", "type": "bind", "source": "data", "options": ["rbind"]}'
	cd /
	in_container 'cat /data/file'
	assert_output data
}

@test "MNT-05 bind or rbind in the options makes a bind, whatever the type says" {
	bundle
	mkdir "$TMP/a"
	echo a >"$TMP/a/file"
	local t
	for t in tmpfs none; do
		mount_at "{\"destination\": \"/m-$t\", \"type\": \"$t\", \"source\": \"$TMP/a\", \"options\": [\"rbind\"]}"
	done
	mount_at "{\"destination\": \"/m\", \"source\": \"$TMP/a\", \"options\": [\"bind\"]}"
	in_container 'cat /m-tmpfs/file /m-none/file /m/file'
	assert_output a$'\n'a$'\n'a
}

@test "MNT-06 FS-01 the file systems of the default configuration are of their types [vm fallback smoke]" {
	bundle
	in_container 'for p in /proc /dev /dev/pts /dev/shm /dev/mqueue /sys; do
		awk -v p=$p "\$5 == p { for (i = 7; \$i != \"-\"; i++); print p, \$(i + 1) }" /proc/self/mountinfo; done'
	assert_output "/proc proc
/dev tmpfs
/dev/pts devpts
/dev/shm tmpfs
/dev/mqueue mqueue
/sys sysfs"
}

@test "MNT-04 a source that is absent is the type, another is shown as it is" {
	bundle
	mount_at '{"destination": "/m1", "type": "tmpfs"}'
	mount_at '{"destination": "/m2", "type": "tmpfs", "source": "my name"}'
	in_container 'awk "\$5 ~ /^.m[12]\$/ { print \$5, \$(NF - 1) }" /proc/self/mountinfo'
	assert_output '/m1 tmpfs'$'\n''/m2 my\040name'
}

@test "MNT-06 the cgroup mount shows the container's own cgroup, read-only where asked for [vm fallback]" {
	bundle
	config --arg p "$(cgroup_path)" '.linux.cgroupsPath = $p'
	if [ "$(cgroup_mode)" = v2 ]; then
		in_container 'grep -x 1 /sys/fs/cgroup/cgroup.procs; (mkdir /sys/fs/cgroup/x) 2>/dev/null || echo refused'
	else
		in_container 'grep -x 1 /sys/fs/cgroup/pids/cgroup.procs; (mkdir /sys/fs/cgroup/pids/x /sys/fs/cgroup/y) 2>/dev/null || echo refused'
	fi
	assert_output 1$'\n'refused
}

@test "MNT-06 a writable cgroup mount lets the container make cgroups of its own" {
	bundle
	config --arg p "$(cgroup_path)" '.linux.cgroupsPath = $p |
		.mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)'
	local dir=/sys/fs/cgroup
	[ "$(cgroup_mode)" = v2 ] || dir=/sys/fs/cgroup/pids
	in_container "mkdir $dir/inner && echo \$\$ >$dir/inner/cgroup.procs && grep -x 1 $dir/inner/cgroup.procs"
	assert_output 1
	assert_nothing_left
}

@test "MNT-02 a target through a link of the image stays inside [fallback]" {
	bundle
	mkdir "$TMP/a" "$TMP/outside"
	echo a >"$TMP/a/file"
	ln -s "$TMP/outside" "$BUNDLE/rootfs/link"
	ln -s ../../../../../../etc "$BUNDLE/rootfs/up"
	mount_at "{\"destination\": \"/link/x\", \"type\": \"bind\", \"source\": \"$TMP/a\", \"options\": [\"bind\"]}"
	mount_at "{\"destination\": \"/up/y\", \"type\": \"bind\", \"source\": \"$TMP/a\", \"options\": [\"bind\"]}"
	in_container 'cat /link/x/file /etc/y/file'
	assert_output a$'\n'a
	[ -z "$(ls -A "$TMP/outside")" ]
	[ ! -e /etc/y ]
}

@test "MNT-03 a file over a file: what is written goes to the source, and the covered one stays" {
	bundle
	echo host >"$TMP/file"
	mount_at "{\"destination\": \"/etc/hostname\", \"type\": \"bind\", \"source\": \"$TMP/file\", \"options\": [\"rbind\", \"rprivate\"]}"
	in_container 'cat /etc/hostname; echo changed >/etc/hostname'
	assert_output host
	assert_equal "$(cat "$TMP/file")" changed
	assert_equal "$(cat "$BUNDLE/rootfs/etc/hostname")" ""
}

@test "MNT-07 files of lxcfs may cover parts of /proc, a bind of /proc is one" {
	bundle
	echo "MemTotal: 1 kB" >"$TMP/meminfo"
	mount_at "{\"destination\": \"/proc/meminfo\", \"type\": \"bind\", \"source\": \"$TMP/meminfo\", \"options\": [\"bind\"]}"
	in_container 'cat /proc/meminfo'
	assert_output "MemTotal: 1 kB"
	config '.linux.namespaces |= map(select(.type != "pid")) | .mounts = (.mounts[:7] | map(if .destination == "/proc"
		then {destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]} else . end))'
	in_container 'stat -fc %T /proc'
	assert_output proc
}

@test "MNT-04 one hundred mounts, deep and many" {
	bundle
	mkdir "$TMP/a"
	config --arg a "$TMP/a" '.mounts += [range(100) | {destination: "/many/\(.)/x/y", type: "bind", source: $a, options: ["rbind", "ro"]}]'
	in_container 'grep -c " /many/" /proc/self/mountinfo'
	assert_output 100
}

@test "MNT-04 MNT-02 sources and targets with colons, commas, blanks and newlines [fallback]" {
	bundle
	local name k=0
	for name in 'a:b' 'c,d=e' 'f g' $'h\ni' 'j\040k' '"l"' '#m' "$(printf 'n%.0s' {1..250})"; do
		mkdir "$TMP/$name"
		echo "$((++k))" >"$TMP/$name/file"
		config --arg s "$TMP/$name" --arg n "$name" '.mounts += [
			{destination: ("/odd/" + $n), type: "bind", source: $s, options: ["rbind", "ro"]},
			{destination: ("/tmpfs/" + $n), type: "tmpfs", source: $n}]'
	done
	in_container 'cd /odd && for d in *; do cat "$d/file"; done | sort -n | tr "\n" " "; ls /tmpfs | wc -l; grep -c " - tmpfs " /proc/self/mountinfo'
	assert_line '1 2 3 4 5 6 7 8 8'
}

@test "MNT-01 two hundred mounts in one list, each where it belongs [fallback]" {
	bundle
	mkdir "$TMP/src"
	: >"$TMP/file"
	config --arg s "$TMP" '.root.readonly = false | .mounts += [range(50) | . as $k |
		{destination: "/l/\($k)", type: "tmpfs", source: "t", options: ["size=4k"]},
		{destination: "/l/\($k)/d", type: "bind", source: ($s + "/src"), options: ["bind", "ro"]},
		{destination: "/l/\($k)/f", type: "bind", source: ($s + "/file"), options: ["bind"]},
		{destination: "/l/\($k)", type: "tmpfs", source: "t", options: ["remount", "size=8k"]}]'
	in_container 'grep -c " /l/" /proc/self/mountinfo; grep -c "size=8k" /proc/self/mountinfo'
	assert_output $'150\n50'
}

@test "MNT-06 MOPT-24 other file systems with data: overlay, ramfs, and what is on a device" {
	need_root
	bundle
	local more=''
	mkdir "$TMP/low" "$TMP/up" "$TMP/work"
	echo low >"$TMP/low/file"
	mount -t tmpfs tmpfs "$TMP/up"
	undo umount "$TMP/up"
	mkdir "$TMP/up/up" "$TMP/up/work"
	config --arg t "$TMP" '.mounts += [
		{destination: "/ov", type: "overlay", source: "overlay", options: ["lowerdir=\($t)/low", "upperdir=\($t)/up/up", "workdir=\($t)/up/work", "nodev"]},
		{destination: "/ram", type: "ramfs", source: "ramfs", options: ["mode=700"]}]'
	if command -v mkfs.ext4 >/dev/null && [ -e /dev/loop-control ] && loop=$(losetup -f 2>/dev/null); then
		truncate -s 8M "$TMP/image"
		mkfs.ext4 -q "$TMP/image"
		if losetup "$loop" "$TMP/image" 2>/dev/null; then
			undo losetup -d "$loop"
			config --arg l "$loop" '.mounts += [{destination: "/ext", type: "ext4", source: $l, options: ["data=ordered", "errors=remount-ro", "noatime", "acl"]}]'
			more=$'\next4'
		fi
	fi
	in_container 'cat /ov/file; echo new >/ov/new; stat -c %a /ram; for p in /ov /ram /ext; do
		awk -v p=$p "\$5 == p { print \$(NF - 2) }" /proc/self/mountinfo; done'
	assert_output $'low\n700\noverlay\nramfs'"$more"
	assert_equal "$(cat "$TMP/up/up/new")" new
}

@test "FS-02 sysfs in a user namespace without a network namespace of its own is the kernel's to refuse" {
	need_root
	bundle
	config '.linux.namespaces |= map(select(.type != "network")) | .linux.namespaces += [{"type": "user"}] |
		.linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}] |
		.linux.gidMappings = .linux.uidMappings | .root.readonly = false'
	chown -R 100000:100000 "$BUNDLE/rootfs"
	args cat /sys/class/net/lo/mtu
	run -1 davit run --bundle "$BUNDLE" "$ID"
	assert_output --regexp 'mount sysfs on /sys: .*: E(PERM|ACCES)'
	assert_nothing_left
	# As the rootless configuration has it.
	config '.mounts |= map(if .destination == "/sys" then {"destination": "/sys", "type": "none", "source": "/sys",
		"options": ["rbind", "nosuid", "noexec", "nodev", "ro"]} else . end)'
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_output "$(cat /sys/class/net/lo/mtu)"
}

@test "MOPT-02 MNT-03 PROC-05 a read-only tmpfs is filled before, by links of the image too [vm fallback]" {
	bundle
	mkdir -p "$BUNDLE/rootfs/var"
	ln -s ../run "$BUNDLE/rootfs/var/run"
	echo bound >"$TMP/file"
	config --arg f "$TMP/file" '.process.cwd = "/run/new" | .mounts += [
		{destination: "/run", type: "tmpfs", source: "t", options: ["ro"]},
		{destination: "/var/run/secrets", type: "tmpfs", source: "s"},
		{destination: "/var/run/file", type: "bind", source: $f, options: ["bind"]}]'
	in_container 'pwd; cat /run/file; : >/run/secrets/x && echo secret; (: >/run/x) 2>/dev/null || echo refused
		grep " /run " /proc/self/mountinfo | grep -o " ro,"'
	assert_output "/run/new"$'\n'bound$'\n'secret$'\n'refused$'\n'" ro,"$'\n'" ro,"
}

@test "MOPT-17 MNT-03 a new tmpfs with rro is filled before [vm]" {
	need_kernel 5.12
	bundle
	config '.mounts += [{destination: "/run", type: "tmpfs", source: "t", options: ["rro"]},
		{destination: "/run/x", type: "tmpfs", source: "s"}]'
	in_container ': >/run/x/new && echo below; (: >/run/new) 2>/dev/null || echo refused'
	assert_output below$'\n'refused
}

@test "MOPT-14 MOPT-02 /dev is remounted read-only when its nodes are made [fallback]" {
	local o
	bundle
	cp "$BUNDLE/config.json" "$TMP/base.json"
	for o in remount,ro,nosuid bind,remount,ro; do
		cp "$TMP/base.json" "$BUNDLE/config.json"
		config --arg o "$o" '.mounts += [{destination: "/dev", type: "tmpfs", source: "tmpfs", options: ($o | split(","))}]'
		in_container 'stat -c %t:%T /dev/null; (: >/dev/new) 2>/dev/null || echo refused'
		assert_output 1:3$'\n'refused
	done
}

@test "MNT-01 MOPT-14 a later remount,rw of a read-only tmpfs wins, a still later remount,ro too [fallback]" {
	bundle
	config '.mounts += [{destination: "/a", type: "tmpfs", source: "t", options: ["ro"]},
		{destination: "/a", type: "tmpfs", source: "t", options: ["remount", "rw"]},
		{destination: "/b", type: "tmpfs", source: "t", options: ["ro"]},
		{destination: "/b", type: "tmpfs", source: "t", options: ["remount", "rw"]},
		{destination: "/b/in", type: "tmpfs", source: "t"},
		{destination: "/b", type: "tmpfs", source: "t", options: ["remount", "ro"]}]'
	in_container ': >/a/new && echo a; (: >/b/new) 2>/dev/null || echo refused'
	assert_output a$'\n'refused
}

@test "MOPT-14 a remount of what is no mount says what it is about" {
	bundle
	config '.mounts += [{destination: "/mnt", type: "tmpfs", options: ["remount"]}]'
	mkdir -p "$BUNDLE/rootfs/mnt"
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "remount /mnt"
	assert_nothing_left
}
