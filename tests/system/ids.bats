#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# User namespaces with mappings, made by root (docs/conformance.md section 10).
load ../lib/helpers

# mapped [SIZE]: a bundle in a new user namespace whose root is 100000 outside.
mapped() {
	need_root
	bundle
	config --argjson n "${1:-65536}" '.linux.namespaces += [{"type": "user"}] | .root.readonly = false |
		.linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": $n}] |
		.linux.gidMappings = [{"containerID": 0, "hostID": 200000, "size": $n}]'
	chown -R 100000:200000 "$BUNDLE/rootfs"
}

@test "MAP-01 NS-06 the maps are those given, and files belong to the mapped ids [vm fallback smoke]" {
	mapped
	in_container 'tr -s " " </proc/self/uid_map; tr -s " " </proc/self/gid_map; id -u; id -g; echo x >/file; stat -c %u:%g /file'
	assert_output " 0 100000 65536
 0 200000 65536
0
0
0:0"
	assert_equal "$(stat -c %u:%g "$BUNDLE/rootfs/file")" 100000:200000
}

@test "MAP-01 several lines, ids of the process within them, setgroups allowed" {
	mapped
	config '.linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 1}, {"containerID": 1000, "hostID": 5000, "size": 10}, {"containerID": 70000, "hostID": 300000, "size": 1}] |
		.process.user = {"uid": 1003, "gid": 7, "additionalGids": [8, 9]}'
	in_container 'wc -l </proc/self/uid_map; id -u; id -G; cat /proc/self/setgroups'
	assert_output 3$'\n'1003$'\n'"7 8 9"$'\n'allow
	args sleep 100
	running
	assert_equal "$(awk '/^Uid/ { print $2 }' "/proc/$(pid_of)/status")" 5003
}

@test "MAP-01 340 lines, the most that the kernel takes" {
	mapped
	config '.linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 1}] + [range(1; 340) | {"containerID": ., "hostID": (1000 + . * 2), "size": 1}]'
	in_container 'wc -l </proc/self/uid_map'
	assert_output 340
	config '.linux.uidMappings += [{"containerID": 340, "hostID": 200000, "size": 1}]'
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial linux.uidMappings
	assert_nothing_left
}

@test "MAP-05 a joined user namespace with the same mappings is fine, with others it is refused" {
	mapped
	unshare --user sleep 1000 </dev/null >/dev/null 2>&1 3>&- 4>&- &
	local pid=$!
	undo end_background $pid
	wait_for 5 sh -c "[ \$(readlink /proc/$pid/ns/user) != \$(readlink /proc/self/ns/user) ]"
	echo "0 100000 65536" >"/proc/$pid/uid_map"
	echo "0 200000 65536" >"/proc/$pid/gid_map"
	config --arg p "/proc/$pid/ns/user" '.linux.namespaces |= map(if .type == "user" then .path = $p else . end)'
	in_container 'readlink /proc/self/ns/user; id -u'
	assert_output "$(readlink "/proc/$pid/ns/user")"$'\n'0
	config '.linux.uidMappings[0].size = 1000'
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial linux.uidMappings
	assert_nothing_left
}

@test "NS-06 everything of an ordinary container works in a user namespace [vm fallback]" {
	mapped
	mkdir "$TMP/vol"
	echo volume >"$TMP/vol/file"
	chmod 711 "$TMP"
	config --arg v "$TMP/vol" '.hostname = "mapped" | .root.readonly = true |
		.mounts += [{"destination": "/vol", "type": "bind", "source": $v, "options": ["rbind", "ro"]},
			{"destination": "/scratch", "type": "tmpfs", "source": "t", "options": ["nosuid"]}] |
		.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 50, "hard": 60}] |
		.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .process.cwd = "/scratch/work" |
		.linux.resources.pids = {"limit": 50}'
	need_controller pids
	in_container 'hostname; cat /vol/file; (echo x >/vol/new) 2>/dev/null || echo ro; ulimit -n
		cat /proc/sys/net/ipv4/ip_forward; pwd; stat -c %t:%T /dev/null; echo x >/dev/null; ls /dev/pts'
	assert_output "mapped
volume
ro
50
1
/scratch/work
1:3
ptmx"
}

@test "NS-06 a root file system and a volume that the mapped root cannot reach" {
	mapped
	mkdir "$TMP/closed" "$TMP/closed/vol"
	echo volume >"$TMP/closed/vol/file"
	mv "$BUNDLE/rootfs" "$TMP/closed/rootfs"
	chmod 700 "$TMP/closed"
	config --arg d "$TMP/closed" '.root.path = ($d + "/rootfs") |
		.mounts += [{"destination": "/vol", "type": "bind", "source": ($d + "/vol"), "options": ["rbind", "ro"]}]'
	need_kernel 5.12
	in_container 'cat /vol/file; awk "\$5 == \"/vol\" { print \$6 }" /proc/self/mountinfo'
	assert_line volume
	assert_line --regexp '^ro,'
}

@test "MAP-06 files of the host keep their owners" {
	mapped
	local before
	before=$(find "$BUNDLE/rootfs" -printf '%P %U:%G\n' | sort)
	in_container true
	assert_equal "$(find "$BUNDLE/rootfs" -printf '%P %U:%G\n' | sort)" "$before"
}

@test "G5 run.oci.keep_original_groups leaves the caller's groups" {
	need_root
	bundle
	config '.annotations = {"run.oci.keep_original_groups": "1"}'
	script 'id -G'
	run -0 setpriv --groups 6,20 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&- 4>&-
	assert_output "0 6 20"
}
