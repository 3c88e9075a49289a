#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Namespaces: new, joined and absent, in all pairs (docs/conformance.md section 9).
load ../lib/helpers

TYPES=(mount pid network ipc uts user cgroup time)
declare -gA LINK=([mount]=mnt [pid]=pid [network]=net [ipc]=ipc [uts]=uts [user]=user
	[cgroup]=cgroup [time]=time)

# One letter a type, in the order of TYPES: new, joined, absent. The first 17 rows hold
# each pair of letters of each pair of types, but for a new user namespace over a joined
# mount namespace, which the kernel leaves without rights there; the others are what
# engines send.
TABLE='anjjnnna nnanaajj jannjjan ajaaajnn njnannaj jjjajajj jjajaaaa najnnnja nnajjnnn
	aanaaana aanjjjjj nnjaajan jnaanjnn ajjnnajn aaanjanj aanjjjaa nnnjanaj
	nnnnnann nnnnnnnn nnjjjana nnjjnana njjjnann aaaaaaaa jjjjjjjj'

# A bundle whose /proc is the host's from the start, so that every combination can look
# at its namespaces.
ns_bundle() {
	need_root
	bundle
	mount --bind /proc "$BUNDLE/rootfs/proc"
	undo umount "$BUNDLE/rootfs/proc"
	config '.mounts = [] | .linux.maskedPaths = [] | .linux.readonlyPaths = [] |
		.root.readonly = false | del(.hostname)'
	script 'for t in mnt pid net ipc uts user cgroup time; do readlink /proc/self/ns/$t; done'
}

# holder [OPTION...]: a process in namespaces of its own. Sets HOLDER, its pid.
holder() {
	unshare --mount --pid --net --ipc --uts --cgroup --time "$@" --fork --kill-child \
		sleep 1000 </dev/null >/dev/null 2>&1 3>&- 4>&- &
	undo end_background $!
	wait_for 5 grep -q . "/proc/$!/task/$!/children"
	HOLDER=$(cut -d' ' -f1 "/proc/$!/task/$!/children")
	wait_for 5 grep -q sleep "/proc/$HOLDER/comm"
}

# namespaces ROW: what the row says, as linux.namespaces; joined ones are the holder's.
namespaces() {
	local i list=() t
	for i in "${!TYPES[@]}"; do
		t=${TYPES[i]}
		case ${1:i:1} in
		n) list+=("{\"type\": \"$t\"}") ;;
		j) list+=("{\"type\": \"$t\", \"path\": \"/proc/$HOLDER/ns/${LINK[$t]}\"}") ;;
		esac
	done
	config --argjson l "[$(IFS=, && echo "${list[*]}")]" '.linux.namespaces = $l |
		if any($l[]; .type == "user" and .path == null)
		then .linux.uidMappings = [{"containerID": 0, "hostID": 0, "size": 1000}] |
			.linux.gidMappings = .linux.uidMappings
		else del(.linux.uidMappings, .linux.gidMappings) end'
}

# The rule in other words than the planner's.
row_needs_relay() {
	local user=${1:5:1} rest=${1:0:5}${1:6}
	[ "${1:1:1}" = j ] || [ "${1:7:1}" = j ] || [ "${1:7:1}" = n ] ||
		{ [ "$user" = n ] && [[ $rest == *j* ]]; } ||
		{ [ "$user" = j ] && [[ $rest == *n* ]]; }
}

# check_row ROW: run it, and compare the eight namespaces.
check_row() {
	local row=$1 i t want got mine theirs lines relay=false
	# Without a mount namespace the nodes are made in the bundle itself.
	rm -rf "$BUNDLE/rootfs/dev"
	mkdir "$BUNDLE/rootfs/dev"
	HOLDER=
	if [[ $row == *j* ]]; then
		if [ "${row:5:1}" = j ]; then holder --user --map-root-user; else holder; fi
	fi
	namespaces "$row"
	run -0 davit create --dry-run --bundle "$BUNDLE" "$ID"
	! row_needs_relay "$row" || relay=true
	[ "$(jq '.relay // false' <<<"$output")" = $relay ] || fail "$row: the plan's relay is not $relay"
	run davit run --bundle "$BUNDLE" "$ID"
	[ "$status" = 0 ] || fail "$row: $status $output"
	mapfile -t lines <<<"$output"
	for i in "${!TYPES[@]}"; do
		t=${LINK[${TYPES[i]}]}
		got=${lines[$(index_of "$t")]}
		mine=$(readlink "/proc/self/ns/$t")
		theirs=$([ -z "$HOLDER" ] || readlink "/proc/$HOLDER/ns/$t")
		case ${row:i:1} in
		a) [ "$got" = "$mine" ] ;;
		j) [ "$got" = "$theirs" ] ;;
		n) [[ $got == "$t":* ]] && [ "$got" != "$mine" ] && [ "$got" != "$theirs" ] ;;
		esac || fail "$row: ${TYPES[i]} is $got, the host's is $mine, the holder's ${theirs:--}"
	done
	[ -z "$HOLDER" ] || kill -KILL "$HOLDER"
}
index_of() {
	local i=0 t
	for t in mnt pid net ipc uts user cgroup time; do
		[ "$t" != "$1" ] || { echo $i; return; }
		i=$((i + 1))
	done
}

@test "NS-01 to NS-11 the table of combinations holds every pair" {
	local row i j seen=' ' missing=0
	for row in $TABLE; do
		for ((i = 0; i < 8; i++)); do
			for ((j = i + 1; j < 8; j++)); do seen+="$i${row:i:1}$j${row:j:1} "; done
		done
	done
	for ((i = 0; i < 8; i++)); do
		for ((j = i + 1; j < 8; j++)); do
			for pair in nn nj na jn jj ja an aj aa; do
				[[ $seen == *" $i${pair:0:1}$j${pair:1:1} "* ]] || missing=$((missing + 1))
			done
		done
	done
	assert_equal $missing 1
}

@test "NS-01 to NS-11 each combination of new, joined and absent gives exactly those [vm fallback]" {
	need_kernel 5.6
	ns_bundle
	local row
	for row in $TABLE; do check_row "$row"; done
}

@test "NS-01 NS-08 a relay is born only where the plan says so" {
	need_cmd strace
	ns_bundle
	local row n
	holder
	for row in nnnnnana aaaaaaaa nnjjjana nnnnnnna njnnnana nnnnnann nnjnnnna; do
		namespaces "$row"
		rm -rf "$BUNDLE/rootfs/dev"
		mkdir "$BUNDLE/rootfs/dev"
		# The program's own children are no births of ours.
		config '.process.args = ["true"]'
		strace -f -qq -o "$TMP/births" -e trace=clone,clone3,fork,vfork \
			"$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&- 4>&-
		n=$(grep -cE '(clone|clone3|fork|vfork)\(' "$TMP/births")
		if row_needs_relay "$row"; then assert_equal "$row $n" "$row 2"; else assert_equal "$row $n" "$row 1"; fi
	done
}

@test "NS-02 a new network namespace has its loopback up, a joined one is left alone [vm fallback]" {
	ns_bundle
	script 'cat /sys/class/net/lo/flags; ping -c 1 -W 1 127.0.0.1 >/dev/null 2>&1 && echo answers'
	config '.mounts = [{"destination": "/sys", "type": "sysfs", "source": "sysfs"}] |
		.linux.namespaces = [{"type": "mount"}, {"type": "network"}] |
		.process.capabilities.effective += ["CAP_NET_RAW"] |
		.process.capabilities.permitted += ["CAP_NET_RAW"] |
		.process.capabilities.bounding += ["CAP_NET_RAW"]'
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_output "0x9"$'\n'answers
	holder
	config --arg p "/proc/$HOLDER/ns/net" '.linux.namespaces[1].path = $p'
	run davit run --bundle "$BUNDLE" "$ID"
	assert_output 0x8
}

@test "NS-01 init is number 1 in a new pid namespace only [vm fallback]" {
	ns_bundle
	script 'echo $$'
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_output 1
	config '.linux.namespaces |= map(select(.type != "pid"))'
	run -0 davit run --bundle "$BUNDLE" "$ID"
	[ "$output" -gt 1 ]
}

@test "NS-07 the container's cgroup is the root of a new cgroup namespace [vm fallback]" {
	bundle
	config --arg p "$(cgroup_path)" '.linux.cgroupsPath = $p'
	in_container 'cut -d: -f3 /proc/self/cgroup | sort -u'
	assert_output /
	config '.linux.namespaces |= map(select(.type != "cgroup"))'
	in_container 'cut -d: -f3 /proc/self/cgroup | grep -c davit'
	[ "$output" -ge 1 ]
}

@test "NS-14 an empty path means a new namespace" {
	ns_bundle
	config '.linux.namespaces |= map(.path = "")'
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_equal "$(wc -l <<<"$output")" 8
	refute_line "$(readlink /proc/self/ns/net)"
	refute_line "$(readlink /proc/self/ns/mnt)"
}

@test "NS-09 the namespace of a path is joined even when the process that held it has gone" {
	ns_bundle
	holder
	: >"$TMP/net"
	mount --bind "/proc/$HOLDER/ns/net" "$TMP/net"
	undo umount "$TMP/net"
	local net
	net=$(readlink "/proc/$HOLDER/ns/net")
	kill -KILL "$HOLDER"
	config --arg p "$TMP/net" '.linux.namespaces |= map(if .type == "network" then .path = $p else . end)'
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_line "$net"
}

@test "NS-09 a joined namespace is left as it was, with delete too" {
	ns_bundle
	holder
	nsenter -t "$HOLDER" --uts hostname holder
	namespaces nnjjjann
	args sleep 100
	running
	davit delete --force "$ID"
	assert_equal "$(nsenter -t "$HOLDER" --uts hostname)" holder
	kill -0 "$HOLDER"
}

@test "NS-10 namespaces of the host beside a joined user namespace: each is joined [vm fallback]" {
	ns_bundle
	holder
	local host=$HOLDER
	holder --user --map-root-user
	config --arg h "/proc/$host/ns" --arg u "/proc/$HOLDER/ns/user" '.linux.namespaces = [
		{"type": "ipc", "path": ($h + "/ipc")}, {"type": "user", "path": $u},
		{"type": "mount"}, {"type": "uts", "path": ($h + "/uts")},
		{"type": "network", "path": ($h + "/net")}]'
	run -0 davit run --bundle "$BUNDLE" "$ID"
	local t
	for t in ipc uts net; do assert_line "$(readlink "/proc/$host/ns/$t")"; done
	assert_line "$(readlink "/proc/$HOLDER/ns/user")"
}

@test "NS-10 a mount namespace that the new user namespace has no rights in is refused, clean" {
	ns_bundle
	holder
	namespaces jnnnnnna
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial EPERM
	kill -0 "$HOLDER"
	[ ! -e "$ROOT/$ID" ]
	no_cgroups
}

@test "TIME-01 clock offsets of a new time namespace [vm fallback]" {
	need_kernel 5.6
	bundle
	config '.linux.namespaces += [{"type": "time"}] |
		.linux.timeOffsets = {"boottime": {"secs": 1000000, "nanosecs": 500},
			"monotonic": {"secs": 2000000, "nanosecs": 0}}'
	in_container 'cut -d. -f1 /proc/uptime; cat /proc/self/timens_offsets'
	[ "${lines[0]}" -gt 1000000 ] && [ "${lines[0]}" -lt 1500000000 ]
	assert_line --regexp '^monotonic +2000000 +0$'
	assert_line --regexp '^boottime +1000000 +500$'
	config '.linux.timeOffsets = {"boottime": {"secs": 77, "nanosecs": 999999999}}'
	in_container 'cat /proc/self/timens_offsets'
	assert_line --regexp '^monotonic +0 +0$'
	assert_line --regexp '^boottime +77 +999999999$'
}

@test "TIME-01 negative offsets work as far as the clock stays positive" {
	need_kernel 5.6
	bundle
	config '.linux.namespaces += [{"type": "time"}] |
		.linux.timeOffsets = {"boottime": {"secs": -5, "nanosecs": 1}}'
	in_container 'cat /proc/self/timens_offsets'
	assert_line --regexp '^boottime +-5 +1$'
	config '.linux.timeOffsets.boottime.secs = -9000000000'
	run -1 davit --log "$TMP/log" --log-format json create --bundle "$BUNDLE" "$ID"
	assert_output --partial ERANGE
	assert_equal "$(jq -r .path "$TMP/log")" linux.timeOffsets.boottime
	assert_nothing_left
}

@test "TIME-02 offsets without a new time namespace are refused" {
	bundle
	config '.linux.timeOffsets = {"boottime": {"secs": 1}}'
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial linux.timeOffsets
	config '.linux.namespaces += [{"type": "time", "path": "/proc/self/ns/time"}]'
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial linux.timeOffsets
}
