#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Decoys of proc and sysfs (B4, B5), and what is written there for a container (C1, C3).
load attack

@test "B4 B5 CVE-2019-16884 CVE-2019-19921 CVE-2023-27561 CVE-2025-54867 proc and sysfs on decoys are refused" {
	local at shape r
	bundle
	canary
	args /bin/true
	mkdir -p "$BUNDLE/rootfs/fake/sys/kernel"
	for at in proc sys; do
		for shape in link absolute to-host up loop file fifo; do
			r=$BUNDLE/rootfs/$at
			rm -rf "$r"
			case $shape in
			link) ln -s fake "$r" ;;
			absolute) ln -s /fake "$r" ;;
			to-host) ln -s "$CANARY/proc" "$r" ;;
			up) ln -s "../../../../../../../../..$CANARY/proc" "$r" ;;
			loop) ln -s "$at" "$r" ;;
			file) : >"$r" ;;
			fifo) mkfifo "$r" ;;
			esac
			attempt "/$at: $shape"
			refused "/$at: $shape" "/$at"
		done
		rm "$r"
		mkdir "$r"
	done
	attempt plain
	accepted plain
}

@test "B4 only proc goes on /proc, and nothing on its parts" {
	local what
	bundle
	canary
	mkdir -p "$TMP/vol/self/attr"
	args /bin/true
	cp "$BUNDLE/config.json" "$TMP/base.json"
	while read -r what; do
		jq --arg vol "$TMP/vol" ".mounts |= map(select(.destination != \"/proc\")) | $what" \
			"$TMP/base.json" >"$BUNDLE/config.json"
		attempt "$what"
		refused "$what" /proc
	done <<'E'
.mounts |= [{destination: "/proc", type: "bind", source: $vol, options: ["rbind"]}] + .
.mounts |= [{destination: "/proc", type: "tmpfs", source: "tmpfs"}] + .
.mounts |= [{destination: "/proc", type: "bind", source: "/proc/self", options: ["bind"]}] + .
.mounts |= [{destination: "/proc", type: "bind", source: "/proc/sys", options: ["bind"]}] + .
.mounts |= [{destination: "/proc", type: "sysfs", source: "sysfs"}] + .
.mounts |= [{destination: "/proc/", type: "tmpfs", source: "tmpfs"}] + .
.mounts |= [{destination: "/./proc", type: "tmpfs", source: "tmpfs"}] + .
.mounts |= [{destination: "/bin/../proc", type: "tmpfs", source: "tmpfs"}] + .
.mounts |= [{destination: "/proc", type: "proc", source: "proc"}] + . + [{destination: "/proc", type: "tmpfs", source: "tmpfs"}]
.mounts |= [{destination: "/proc", type: "proc", source: "proc"}] + . + [{destination: "/proc/sys", type: "tmpfs", source: "tmpfs"}]
.mounts |= [{destination: "/proc", type: "proc", source: "proc"}] + . + [{destination: "/proc/self/attr", type: "bind", source: $vol, options: ["bind"]}]
.mounts |= [{destination: "/proc", type: "proc", source: "proc"}] + . + [{destination: "/proc/1/attr", type: "tmpfs", source: "tmpfs"}]
.mounts |= [{destination: "/proc", type: "proc", source: "proc"}] + . + [{destination: "/proc/sys/kernel/core_pattern", type: "bind", source: "/dev/null", options: ["bind"]}]
.mounts |= [{destination: "/proc", type: "proc", source: "proc"}] + . + [{destination: "/proc/sysrq-trigger", type: "bind", source: "/dev/null", options: ["bind"]}]
.mounts |= [{destination: "/proc", type: "proc", source: "proc"}] + . + [{destination: "/proc/cpuinfo/../sysrq-trigger", type: "bind", source: "/dev/null", options: ["bind"]}]
E
}

@test "B4 a link of the image to /proc/sys does not move a mount there" {
	local target
	bundle
	canary
	args /bin/true
	for target in /proc/sys /proc/self/attr /proc/1 /proc/sys/kernel/core_pattern; do
		rm -f "$BUNDLE/rootfs/mnt/way"
		ln -s "$target" "$BUNDLE/rootfs/mnt/way"
		spec_config
		config '.root.readonly = false | .mounts += [{destination: "/mnt/way", type: "tmpfs", source: "tmpfs"}]'
		attempt "$target"
		refused "$target" /mnt/way
	done
}

# settings: what is written to procfs for a container
settings() {
	config '.process.oomScoreAdj = 321 | .root.readonly = false |
		.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.msgmax": "4321"} |
		.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = .linux.uidMappings'
}

# assert_settings: as seen from outside
assert_settings() {
	local pid
	pid=$(pid_of)
	assert_equal "$(cat "/proc/$pid/oom_score_adj")" 321
	assert_equal "$(awk '{ print $1, $2, $3 }' "/proc/$pid/uid_map")" "0 100000 65536"
	assert_equal "$(nsenter -t "$pid" -n -i cat /proc/sys/net/ipv4/ip_forward)" 1
	assert_equal "$(nsenter -t "$pid" -n -i cat /proc/sys/kernel/msgmax)" 4321
	assert_equal "$(sed -n 's/^NoNewPrivs:\s*//p' "/proc/$pid/status")" 1
}

@test "C1 CVE-2025-52881 CVE-2025-62596 a fake /proc of the image gets nothing of what is written" {
	local f
	bundle
	chmod 755 "$TMP" "$BUNDLE"
	# Not mounted: the image's own files lie under the names that are written to.
	settings
	config '.mounts |= map(select(.destination != "/proc"))'
	for f in self/oom_score_adj self/uid_map self/gid_map self/setgroups self/attr/exec \
		self/attr/current thread-self/attr/exec sys/net/ipv4/ip_forward sys/kernel/msgmax \
		1/oom_score_adj; do
		mkdir -p "$(dirname "$BUNDLE/rootfs/proc/$f")"
		echo decoy >"$BUNDLE/rootfs/proc/$f"
	done
	chown -R 100000:100000 "$BUNDLE/rootfs"
	canary
	find "$BUNDLE/rootfs/proc" -type f -printf '%P %s %T@ %C@ %A@\n' | sort >"$TMP/decoys"
	args sleep 100
	running
	assert_settings
	find "$BUNDLE/rootfs/proc" -type f -printf '%P %s %T@ %C@ %A@\n' | sort |
		diff "$TMP/decoys" -
	assert_canary
}

@test "C1 a joined mount namespace whose /proc is covered gets nothing of what is written" {
	local keeper f
	bundle
	for f in self/oom_score_adj self/attr/exec sys/net/ipv4/ip_forward sys/kernel/msgmax; do
		mkdir -p "$(dirname "$TMP/fake/$f")"
		echo decoy >"$TMP/fake/$f"
	done
	canary
	background unshare -m --propagation private sh -c \
		"mount --bind '$TMP/fake' /proc && touch '$TMP/ready' && exec sleep 1000"
	keeper=$BG
	wait_for 5 test -e "$TMP/ready"
	find "$TMP/fake" -type f -printf '%P %s %T@ %C@ %A@\n' | sort >"$TMP/decoys"
	config --arg ns "/proc/$keeper/ns/mnt" '.process.oomScoreAdj = 321 |
		.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.msgmax": "4321"} |
		del(.mounts, .linux.maskedPaths, .linux.readonlyPaths) | .root.readonly = false |
		.linux.namespaces |= map(if .type == "mount" then . + {path: $ns} else . end)'
	args sleep 100
	detached davit create --bundle "$BUNDLE" "$ID"
	# Refused, because nothing can be trusted there, or done right.
	if [ "$status" = 0 ]; then
		assert_equal "$(cat "/proc/$(pid_of)/oom_score_adj")" 321
		assert_equal "$(nsenter -t "$(pid_of)" -n cat /proc/sys/net/ipv4/ip_forward)" 1
	fi
	find "$TMP/fake" -type f -printf '%P %s %T@ %C@ %A@\n' | sort | diff "$TMP/decoys" -
	assert_canary
}

# parameters: the host's values of everything that the corpus aims at
parameters() {
	(cd /proc/sys && grep -s '' kernel/{core_pattern,modprobe,sysrq,hostname,domainname,panic} \
		kernel/{randomize_va_space,yama/ptrace_scope,unprivileged_bpf_disabled} \
		kernel/{msgmax,sem,shmmax} vm/{overcommit_memory,drop_caches,swappiness} \
		fs/{file-max,suid_dumpable,protected_symlinks} dev/tty/ldisc_autoload \
		net/ipv4/ip_forward) || true
}

@test "C3 CVE-2022-0811 only parameters of the container's own namespaces can be set" {
	local key n=0
	bundle
	canary
	args /bin/true
	cp "$BUNDLE/config.json" "$TMP/base.json"
	parameters >"$TMP/before"
	while IFS= read -r key; do
		jq --argjson s "{$key}" '.linux.sysctl = $s' "$TMP/base.json" >"$BUNDLE/config.json"
		attempt "$key"
		refused "$key"
		n=$((n + 1))
	done <<'E'
"kernel.core_pattern": "|/evil"
"kernel/core_pattern": "|/evil"
"kernel.modprobe": "/evil"
"kernel.sysrq": "1"
"kernel.hostname": "evil"
"kernel.panic": "1"
"kernel.randomize_va_space": "0"
"kernel.yama.ptrace_scope": "0"
"kernel.unprivileged_bpf_disabled": "0"
"vm.overcommit_memory": "1"
"vm.drop_caches": "3"
"vm.swappiness": "10"
"fs.file-max": "100"
"fs.suid_dumpable": "1"
"fs.protected_symlinks": "0"
"fs.binfmt_misc.register": ":x:M::x::/evil:"
"fs.mqueuex": "1"
"dev.tty.ldisc_autoload": "1"
"net/../kernel/core_pattern": "|/evil"
"net/../../sysrq-trigger": "b"
"net/ipv4/../../kernel/core_pattern": "|/evil"
"net/./../kernel/core_pattern": "|/evil"
"net//../kernel/core_pattern": "|/evil"
"net..kernel.core_pattern": "|/evil"
"net..ipv4.ip_forward": "1"
"net.ipv4..ip_forward": "1"
"net//ipv4/ip_forward": "1"
".net.ipv4.ip_forward": "1"
"/net/ipv4/ip_forward": "1"
"net.ipv4.ip_forward.": "1"
"net/ipv4/ip_forward/": "1"
"../kernel/core_pattern": "|/evil"
"..": "1"
".": "1"
"": "1"
"/": "1"
"net": "1"
"net.": "1"
"net/": "1"
"net/ipv4/ip_forward\nkernel.core_pattern": "1"
"net.ipv4.ip_forward": "1\n2"
"net.ipv4.ip_forward": "1\u0000"
"net.ipv4.ip_forward\u0000": "1"
"NET.ipv4.ip_forward": "1"
"Kernel.msgmax": "1"
"kernel.shm": "1"
"kernel.shmmax.x": "1"
"kernel.semx": "1"
"kernel.sem/../core_pattern": "|/evil"
"kernel.sem+kernel.core_pattern": "|/evil"
"net.ipv4.ip_forward=1 kernel.core_pattern": "|/evil"
"net.ipv4.no_such_parameter": "1"
E
	[ "$n" -ge 50 ]
	parameters | diff "$TMP/before" -
}

@test "C3 a parameter of a namespace that is not the container's own is refused" {
	local type key value before
	bundle
	canary
	args /bin/true
	cp "$BUNDLE/config.json" "$TMP/base.json"
	before=$(cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax /proc/sys/kernel/domainname)
	while read -r type key value; do
		jq --arg type "$type" --arg key "$key" --arg value "$value" '.linux.sysctl = {($key): $value} |
			.linux.namespaces |= map(select(.type != $type)) | del(.hostname)' \
			"$TMP/base.json" >"$BUNDLE/config.json"
		attempt "$key without $type"
		refused "$key without $type" "$key"
		# By a path, but the host's.
		jq --arg type "$type" --arg key "$key" --arg value "$value" --arg ns \
			"/proc/self/ns/$([ "$type" = network ] && echo net || echo "$type")" \
			'.linux.sysctl = {($key): $value} | del(.hostname) |
			.linux.namespaces |= map(if .type == $type then . + {path: $ns} else . end)' \
			"$TMP/base.json" >"$BUNDLE/config.json"
		attempt "$key in the host's $type"
		refused "$key in the host's $type" "$key"
	done <<'E'
network net.ipv4.ip_forward 1
ipc kernel.msgmax 4321
uts kernel.domainname evil
E
	assert_equal "$(cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax /proc/sys/kernel/domainname)" "$before"
}

@test "C3 parameters of the container's own namespaces are set, dots in names included" {
	bundle
	config '.root.readonly = false | .linux.sysctl = {"net.ipv4.ip_forward": "1",
		"net/ipv4/conf/lo/forwarding": "0", "kernel.msgmax": "4321", "fs.mqueue.msg_max": "5"}'
	in_container 'cd /proc/sys; cat net/ipv4/ip_forward net/ipv4/conf/lo/forwarding kernel/msgmax fs/mqueue/msg_max'
	assert_output "1
0
4321
5"
}
