#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The configurations that engines sent (tests/golden/configs), run by davit and by crun on the
# same root, and what a program sees inside: mounts, devices, capabilities, limits, ids, filter,
# descriptors, cgroup files. Differences are listed in `meant` with their reasons; any other fails.
# shellcheck disable=SC2016 # the container's shell expands
load engines

setup_file() {
	engine_setup_file crun jq unshare
	# crun refuses hybrid cgroups: both see plain v1 (the mount namespace is this file's own).
	# It makes folders there all the same.
	if [ "$(cgroup_mode)" = hybrid ]; then
		umount "$CGROUP_ROOT/unified"
		mount -t tmpfs -o mode=755 tmpfs "$CGROUP_ROOT/unified"
	fi
	mkdir "$ENGINE/sources"
	find /dev \( -type b -o -type c \) | jq -R . | jq -s . >"$ENGINE/devices"
	cp "$DAVIT_BUILD/tests/attack/probe" "$ENGINE/rootfs/probe"
	# The namespaces that configurations join.
	daemon joined unshare --ipc --uts --pid --fork --kill-child sleep 10000
	wait_for 5 pgrep -P "$(cat "$ENGINE/joined.pid")"
	pgrep -P "$(cat "$ENGINE/joined.pid")" >"$ENGINE/joined"
}
teardown_file() { engine_teardown_file; }

# What the container tells: the probe's report, then what a shell can see.
report='/probe
echo "--- ids"; id
echo "--- host name"; hostname
echo "--- environment"; env | sort
echo "--- devices"; cd /dev; find . -exec stat -c "%N %F %a %u:%g %t:%T" {} + | sort
echo "--- parameters"; cd /proc/sys
cat net/ipv4/ping_group_range net/ipv4/ip_unprivileged_port_start kernel/msgmax kernel/domainname
echo "--- masks"; cd /; for f in /proc/kcore /proc/keys /proc/timer_list /proc/acpi /sys/firmware /proc/scsi; do
	[ ! -e $f ] || stat -c "%n %F %a %s %t:%T" $f
done
for f in /proc/sys/kernel/msgmax /proc/sysrq-trigger /sys/kernel/profiling /root /; do
	[ ! -w $f ] || echo "writable $f"
done'

# adapt FILE RUNTIME: the configuration with the report as its program, sources that exist, a
# cgroup of this test, namespaces that can be joined, limits that may be set.
adapt() {
	jq --arg root "$ENGINE/rootfs" --arg cg "/$ID/box" --arg from "$ENGINE/sources" --arg report "$report" \
		--arg joined "/proc/$(cat "$ENGINE/joined")/ns" --arg net "$ENGINE/net" \
		--argjson lacking "$(need=$((16#$(sed -n 's/^CapEff:\s*//p' /proc/self/status)))
			[ $((need >> 24 & 1)) = 1 ] && echo '[]' || echo '["CAP_SYS_RESOURCE"]')" \
		--argjson nofile "$(ulimit -Hn)" --argjson nproc "$(ulimit -Hu)" '
		.ociVersion = "1.0.2" # crun 1.8 knows no later one
		| .root.path = $root | .process.terminal = false | .process.args = ["/bin/sh", "-c", $report]
		| del(.hooks, .process.apparmorProfile, .process.selinuxLabel, .linux.mountLabel)
		# Without CAP_SYS_RESOURCE nobody can be given it.
		| .process.capabilities |= (. // {} | map_values(map(select(IN($lacking[]) | not))))
		| if .linux.cgroupsPath then .linux.cgroupsPath = $cg else . end
		| .process.rlimits |= [.[]? | (if .type == "RLIMIT_NPROC" then $nproc else $nofile end) as $most
			| .soft = ([.soft, $most] | min) | .hard = ([.hard, $most] | min)]
		| .linux.namespaces |= map(if .path == null then . elif .type == "network" then .path = $net
			else .path = $joined + "/" + .type end)
		| .mounts |= map(if (.options // []) | any(. == "bind" or . == "rbind") | not then .
			elif .source | startswith("/dev/") then .
			else .source = $from + (.destination | gsub("/"; "_")) end)' "$1"
}

# sources CONFIG: what its binds need; files, but for /dev/shm; devices that this machine has
sources() {
	local s
	while read -r s; do
		case $s in
		*_shm) mkdir -p "$s" ;;
		*) [ -e "$s" ] || echo "$s" >"$s" ;;
		esac
	done < <(jq -r --arg from "$ENGINE/sources" '.mounts[].source // "" | select(startswith($from))' "$1")
}
# The recorded machine's devices that this one lacks.
without_missing() {
	jq --argjson have "$(cat "$ENGINE/devices")" '
		.mounts |= map(select((.source // "" | startswith("/dev/") | not) or (.source | IN($have[]))))
		| if .linux.devices then .linux.devices |= map(select(.path | IN($have[]))) else . end'
}

# cgroup_files PID: the limits that it is under
cgroup_files() {
	local names path files=()
	while IFS=: read -r _ names path; do
		[ "$names" = "" ] || echo "cgroup $names $path"
		if [ "$(cgroup_mode)" = v2 ]; then path=$CGROUP_ROOT$path; else path=$CGROUP_ROOT/${names#name=}$path; fi
		files+=("$path"/{devices.list,pids.max,cpu.shares,cpu.max,cpu.weight,blkio.weight,io.weight} \
			"$path"/cpu.cfs_{quota,period}_us "$path"/cpuset.{cpus,mems} "$path"/memory.{max,low,swap.max,swappiness} \
			"$path"/memory.{,soft_,memsw.}limit_in_bytes)
	done <"/proc/$1/cgroup"
	grep -s '' "${files[@]}" | sed 's,.*/,,; s/:/ /'
}
# namespaces PID: the host's, the joined ones, or its own
namespaces() {
	awk -v ORS='\n' 'FILENAME == ARGV[1] { host[$0]; next } FILENAME == ARGV[2] { joined[$0]; next }
		{ sub(/:.*/, "", $1); print "namespace " $1 ($0 in host ? " of the host" : $0 in joined ? " joined" : " own") }' \
		<(readlink /proc/self/ns/*) <(readlink "/proc/$(cat "$ENGINE/joined")"/ns/*) <(readlink "/proc/$1"/ns/*)
}

# see NAME COMMAND...: a life of the container under a runtime; the report in $TMP/NAME
see() {
	local name=$1 pid rc=0
	shift
	: >"$TMP/empty" # crun makes stdin the user's: not the host's /dev/null
	timeout 20 "$@" create --bundle "$TMP/bundle" "$ID-$name" <"$TMP/empty" >"$TMP/$name.out" 2>"$TMP/$name.err" 3>&- 4>&- || rc=$?
	if [ $rc = 0 ]; then
		pid=$(timeout 20 "$@" state "$ID-$name" | jq .pid)
		{
			cgroup_files "$pid"
			namespaces "$pid"
			grep -E '^(Uid|Gid|Groups|Cap|NoNew|Seccomp):' "/proc/$pid/status"
		} >"$TMP/$name.host"
		timeout 20 "$@" start "$ID-$name" 3>&- 4>&- 2>>"$TMP/$name.err" || rc=$?
		wait_for 20 ended "$pid" || rc=124
	fi
	timeout 20 "$@" delete --force "$ID-$name" 2>>"$TMP/$name.err" || true
	[ $rc = 0 ] || echo "exit status $rc" >>"$TMP/$name.err"
	find "$CGROUP_ROOT/unified" -xdev -depth -mindepth 1 -fstype tmpfs -delete 2>/dev/null || true
}
ended() { ! kill -0 "$1" 2>/dev/null || grep -q '^State:.*Z' "/proc/$1/status"; }

# plain: without numbers that say nothing: ids of mounts, peer groups, processes, sizes.
plain() {
	sed -E -e "s,$ID-(davit|crun),ID,g; s,$TMP,TMP,g; s,$ENGINE,ENGINE,g" \
		-e 's/^mount [0-9]+ [0-9]+ [0-9]+:[0-9]+/mount/; s/(shared|master):[0-9]+/\1/g' \
		-e 's/^root .*//; s,TMP/(davit|crun)\.,TMP/,' \
		-e '/^(Vm|Rss|Hugetlb|FDSize|(non)?vol|Speculation|State|untag|SigQ)/d' |
		meant "${1:-}" | sort
}

# meant: the differences that are. Both reports go through it.
meant() {
	sed -E \
		-e '# /dev/core: crun always makes it' -e "/^'\.\/core' -> /d" \
		-e '# masked folders: 555 and not 1777' \
		-e 's/^(.proc.acpi|.proc.scsi|.sys.firmware) directory 1?[57]+ /\1 directory /' \
		-e '# no cgroupsPath: /davit/ID' -e 's,/davit/ID,/ID,' \
		-e '# devices: tun is allowed, as in runc, console is not; an exception of v1 takes in mknod' \
		-e '/^devices.list c (10:200|5:1) rwm/d; s/^(devices.list c [0-9]+:[0-9]+ rw)m?/\1/' \
		-e '# the session keyring has no name' -e 's/^keyring .*/keyring/' \
		-e '# without rootfsPropagation: slave, as in runc, and not private' -e 's/ master - / - /' \
		-e '# masks and read-only parts keep nosuid, nodev, noexec; their tmpfs are smaller' \
		-e 's/^(mount \S+ \/(proc|sys)\S* ro),nosuid,nodev,noexec,relatime/\1,relatime/' \
		-e 's/^(mount \/ \/(proc|sys)\/\S+ ro,relatime) - tmpfs .*/\1 - tmpfs/' \
		-e '# ro of a new file system is its own too, as in runc; crun forgets it for the v1 folder' \
		-e 's/^(mount .*) - sysfs .*/\1 - sysfs/; s/^mount \/ \/sys\/fs\/cgroup .* - tmpfs.*/v1 folder/' \
		-e '# sources of mounts in a cgroup namespace' -e 's/ - cgroup \/sys\/fs\/cgroup\S+ / - cgroup cgroup /' \
		-e '# tmpfs without mode= has that of the folder it covers' -e 's/^(mount \/ \/run .*),mode=755/\1/' \
		-e '# processes of other pid namespaces' -e 's/^(NS\S+|PPid:|Pid:|Tgid:|pid|pgrp|session) .*[0-9]+$/\1/' \
		-e '# user namespaces: devices of the host are bound read-only; mqueue is made before there are' \
		-e '# mappings' \
		-e 's/^(mount \/(null|zero|full|random|urandom|tty) \/dev\/\S+) r[ow]/\1/' \
		-e 's/^(\.\/mqueue .*) 65534:65534/\1 0:0/' \
		-e "$1"
}

compare() {
	local file=$1 more='' n open user ro
	mkdir -p "$TMP/bundle"
	adapt "$file" | without_missing >"$TMP/bundle/config.json"
	sources "$TMP/bundle/config.json"
	see davit "$DAVIT" --root "$ROOT"
	see crun crun --root "$TMP/crun-root"
	read -r open user ro < <(jq -r '[.linux.resources.devices == null,
		(.linux.namespaces | any(.type == "user")),
		(.mounts | any(.type == "cgroup" and (.options | index("ro"))))] | join(" ")' "$file")
	# Without rules crun leaves all devices open; we, as runc, do not.
	[ "$open" = false ] || more='/^devices.list /d'
	# In a user namespace it forgets options of binds.
	[ "$user" = false ] || more+='; s/^(mount .* .dev.shm) .* - /\1 - /'
	for n in davit crun; do cat "$TMP/$n.out" "$TMP/$n.err" "$TMP/$n.host" | plain "$more" >"$TMP/$n"; done
	grep -qx "done" "$TMP/davit" || { echo "${file##*/}: davit: $(cat "$TMP/davit.err")"; return; }
	diff "$TMP/crun" "$TMP/davit" >"$TMP/diff" || { echo "${file##*/}:"; cat "$TMP/diff"; }
	# What crun forgets is compared with the configuration.
	[ "$ro" = false ] || grep -q '^mount .* /sys/fs/cgroup ro,nosuid,nodev,noexec' "$TMP/davit.out" ||
		echo "${file##*/}: /sys/fs/cgroup is not read-only"
}
# compare_all PATTERN
compare_all() {
	local f n=0
	for f in "$TESTS_DIR"/golden/configs/$1.json; do
		compare "$f" >>"$TMP/found"
		n=$((n + 1))
	done
	[ $n -gt 0 ]
	[ ! -s "$TMP/found" ] || fail "differences (< crun, > davit):
$(cat "$TMP/found")"
	assert_engine_clean
}

@test "configurations of Podman 4" { compare_all 'podman-4*'; }
@test "configurations of Podman 5" { compare_all 'podman-5*'; }
@test "configurations of Docker" { compare_all 'docker-*'; }
@test "configurations of containerd and of Kubernetes" { compare_all 'containerd-*'; }
@test "configurations of Buildah" { compare_all 'buildah-*'; }
