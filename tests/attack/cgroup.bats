#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Cgroup paths that climb, cgroups of strangers, limits from the first moment (I2, I3, I5).
load attack

# all_cgroups: every directory of every hierarchy with a name that the corpus could lead to; others
# may come and go
all_cgroups() {
	find "$CGROUP_ROOT" -type d -printf '%P\n' 2>&- |
		grep -E "$ID|(^|/)(x|\.\.\.|tasks|notify_on_release|release_agent|memory\.max|nnn.*|proc|~.*)(/|\$)" |
		sort || true
}

@test "I2 no cgroupsPath leads out of the hierarchy, or past a name" {
	local path n=0
	bundle
	canary
	args /bin/true
	cp "$BUNDLE/config.json" "$TMP/base.json"
	all_cgroups >"$TMP/cgroups"
	while IFS= read -r path; do
		jq --argjson path "$path" '.linux.cgroupsPath = $path' "$TMP/base.json" >"$BUNDLE/config.json"
		attempt "$path"
		! all_cgroups | comm -13 "$TMP/cgroups" - | grep . || fail "$path: cgroups left"
		if [ "$rc" = 0 ]; then
			# Cleaned, by text alone, and a relative one below the base all the same.
			davit create --dry-run --bundle "$BUNDLE" "$ID" | jq -r '.cgroup.hierarchies[].path' >"$TMP/paths"
			[ -s "$TMP/paths" ] || fail "$path: no path in the plan"
			! grep -E '(^|/)\.\.?(/|$)' "$TMP/paths" || fail "$path: not cleaned"
			case $path in
			\"/*) ;;
			*) ! grep -v '^/\?davit/' "$TMP/paths" || fail "$path: outside of the base" ;;
			esac
		fi
		n=$((n + 1))
	done <<E
"/.."
".."
"../x"
"/../x"
"../../../../x"
"/x/../../x"
"x/../../x"
"x/.."
"/$ID/.."
"/$ID/../../$ID"
"/$ID/../../../../../../tmp"
"./.."
"./../x"
"//../x"
"/./../x"
"/$ID/./../.."
"..."
"/$ID/..."
"/$ID/x..y"
"/$ID/..x"
"."
"/"
"//"
"/."
""
"/$ID//a"
"/$ID/./a"
"$ID/a/"
"/$ID/a b"
"/$ID/a\\nb"
"/$ID/a\\tb"
"/$ID/a\\u0000b"
"/$ID/\\\\x2e\\\\x2e"
"/$ID/%2e%2e"
"/$ID/ü"
"/$ID/\\u202e"
"/$ID/cgroup.procs"
"/$ID/tasks"
"cgroup.procs"
"tasks"
"/tasks"
"notify_on_release"
"release_agent"
"/release_agent"
"memory.max"
"/cgroup.subtree_control/x"
"-$ID"
"--$ID"
"~/$ID"
"\$HOME/$ID"
"/$ID/*"
"/$ID/a;b"
"/$ID/\`id\`"
"$(printf 'n%.0s' {1..255})"
"/$ID/$(printf 'n%.0s' {1..256})"
"/$ID$(printf '/a%.0s' {1..100})"
"/$ID/$(printf 'long%.0s' {1..2000})"
"/proc/self/root/$ID"
"/sys/fs/cgroup/$ID"
"system.slice:davit:$ID"
E
	[ "$n" -ge 60 ] || fail "only $n paths"
}

@test "I2 another hierarchy that is mounted over a folder on the way is not taken for the one that is meant" {
	local from to limit
	need_v1
	need_controller pids
	bundle
	args sleep 100
	from=$(find "$CGROUP_ROOT" -mindepth 1 -maxdepth 1 -type d ! -name pids ! -name cpuset ! -name unified | head -n 1)
	to=$CGROUP_ROOT/pids/$ID-over
	mkdir "$from/$ID-other" "$to"
	undo remove_cgroup "$from/$ID-other"
	undo remove_cgroup "$to"
	mount --bind "$from/$ID-other" "$to"
	undo umount "$to"
	# With a limit, and with nothing to be written.
	for limit in '{"limit": 20}' null; do
		config --arg p "/$ID-over/inner" --argjson l "$limit" '.linux.cgroupsPath = $p | .linux.resources.pids = $l |
			if $l then . else del(.linux.resources.pids) end'
		run timeout 10 "$DAVIT" --root "$ROOT" create --bundle "$BUNDLE" "$ID"
		assert_failure 1
		assert_output --partial "another file system is mounted on the way"
		[ ! -e "$to/inner" ] || fail "left behind"
	done
}

@test "I2 the cgroup of a container lies below the base that its path names" {
	local path pid
	bundle
	args sleep 100
	for path in "/$ID/a/b" "$ID/rel" ""; do
		if [ -n "$path" ]; then config --arg p "$path" '.linux.cgroupsPath = $p'; fi
		[ -n "$path" ] || config 'del(.linux.cgroupsPath)'
		create
		pid=$(pid_of)
		case $path in
		/*) ! awk -F: -v p="$path" '$3 != "/" && substr($3, length($3) - length(p) + 1) != p' "/proc/$pid/cgroup" | grep . || fail "$(cat "/proc/$pid/cgroup")" ;;
		*) ! awk -F: -v p="/davit/${path:-$ID}" '$3 != "/" && substr($3, length($3) - length(p) + 1) != p' "/proc/$pid/cgroup" | grep . || fail "$(cat "/proc/$pid/cgroup")" ;;
		esac
		davit delete --force "$ID"
		assert_nothing_left
	done
}

# hopping [FILTER]: a container whose init goes from cgroup to cgroup below its own, which was there before:
# as with one of systemd's, create has not made it. FILTER changes the configuration. Sets V2, where
# its hierarchy is.
hopping() {
	local word
	[ "$(cgroup_mode)" != v1 ] || skip "no v2 hierarchy"
	V2=$CGROUP_ROOT
	[ "$(cgroup_mode)" = v2 ] || V2=$CGROUP_ROOT/unified
	read -r word _ <"$V2/cgroup.controllers" || skip "v2 has no controller here"
	# As davit does itself where a container has a limit of it, and leaves it so.
	echo "+$word" >"$V2/cgroup.subtree_control"
	bundle
	inside hop
	mkdir "$V2/davit-$ID"
	config --arg p "/davit-$ID" '.linux.cgroupsPath = $p |
		.linux.namespaces |= (map(select(.type != "cgroup")) + [{type: "cgroup"}]) |
		.mounts |= (map(select(.destination != "/sys/fs/cgroup")) +
			[{destination: "/sys/fs/cgroup", type: "cgroup2", source: "cgroup2", options: ["rw"]}])'
	config "${1:-.}"
	args /hop /sys/fs/cgroup "+$word"
	running
	wait_for 5 grep -q ready "$TMP/out" || fail "$(cat "$TMP/out" "$TMP/err")"
}

@test "F5 exec beside an init that hops from cgroup to cgroup stays in the container's, or fails" {
	local k
	need_cmd strace
	hopping
	# Time to hop, between the look where init is and the opening of that cgroup.
	for ((k = 0; k < $(rounds 3 30); k++)); do
		run strace -f -o "$TMP/calls" -P "$V2" -e trace=openat2 -e inject=openat2:delay_enter=100000 \
			"$DAVIT" --root "$ROOT" exec "$ID" cat /proc/self/cgroup </dev/null
		grep -q 'hop-.*DELAYED' "$TMP/calls" || fail "$(cat "$TMP/calls")"
		[ "$status" != 0 ] || refute_output --partial '/..'
		[ "$status" = 0 ] || assert_output --partial ENOENT
	done
}

@test "J6 without cgroup.kill who hops from cgroup to cgroup is killed all the same" {
	local k
	[ "$(cgroup_mode)" != v1 ] || skip "no v2 hierarchy"
	export DAVIT_TEST_WITHOUT=cgroup-kill
	for ((k = 0; k < $(rounds 30 300); k++)); do
		hopping '.linux.namespaces |= map(select(.type != "pid"))'
		davit kill "$ID" KILL
		wait_status stopped "$ID" 1
		davit delete "$ID"
		rm -r "${BUNDLE:?}"
	done
}

@test "J6 an init that the container freezes again and again is killed all the same" {
	local k
	need_v1
	need_controller freezer
	for ((k = 0; k < $(rounds 5 100); k++)); do
		bundle
		inside refreeze
		config '.linux.namespaces |= (map(select(.type != "cgroup")) + [{type: "cgroup"}]) |
			.mounts |= (map(select(.destination != "/sys/fs/cgroup")) +
				[{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["rw"]}])'
		args /refreeze /sys/fs/cgroup/freezer
		running
		wait_for 5 grep -q ready "$TMP/out" || fail "$(cat "$TMP/out" "$TMP/err")"
		davit delete --force "$ID"
		rm -r "${BUNDLE:?}"
	done
}

@test "an init that hops from cgroup to cgroup is paused all the same" {
	local k
	hopping
	for ((k = 0; k < $(rounds 60 1000); k++)); do
		davit pause "$ID"
		davit resume "$ID"
	done
}

# a_hierarchy NAME: where a cgroup of that controller can be made here
hierarchy() {
	if [ "$(cgroup_mode)" = v2 ]; then echo "$CGROUP_ROOT"; else echo "$CGROUP_ROOT/$1"; fi
}

@test "I3 a cgroup with a stranger in it is neither joined nor killed" {
	local dir stranger
	need_controller pids
	bundle
	canary
	config --arg p "/$ID-strange" '.linux.cgroupsPath = $p'
	args sleep 100
	dir=$(hierarchy pids)/$ID-strange
	mkdir "$dir"
	undo remove_cgroup "$dir"
	background sleep 1000
	stranger=$BG
	echo "$stranger" >"$dir/cgroup.procs"
	detached davit create --bundle "$BUNDLE" "$ID"
	assert_failure 1
	assert_stderr --partial "cgroup"
	davit delete --force "$ID"
	kill -0 "$stranger" || fail "the stranger was killed"
	grep -qx "$stranger" "$dir/cgroup.procs" || fail "the stranger was moved"
	assert_canary
}

@test "I3 a frozen cgroup is refused and stays as it is" {
	local dir file
	bundle
	config --arg p "/$ID-frozen" '.linux.cgroupsPath = $p'
	args sleep 100
	dir=$(hierarchy freezer)/$ID-frozen
	mkdir "$dir"
	undo remove_cgroup "$dir"
	if [ -e "$dir/freezer.state" ]; then
		echo FROZEN >"$dir/freezer.state"
		file=freezer.state
	else
		echo 1 >"$dir/cgroup.freeze"
		file=cgroup.freeze
	fi
	cp "$dir/$file" "$TMP/before"
	run timeout 10 "$DAVIT" --root "$ROOT" create --bundle "$BUNDLE" "$ID"
	assert_failure 1
	assert_output --partial "froz"
	diff "$TMP/before" "$dir/$file"
	[ ! -e "$ROOT/$ID" ]
}

@test "I3 a cgroup below a frozen one is refused, in each hierarchy that can be frozen; nobody waits" {
	local dir file tried=0
	bundle
	canary
	config --arg p "/$ID-cold/inner" '.linux.cgroupsPath = $p'
	args sleep 100
	for dir in "$CGROUP_ROOT" "$CGROUP_ROOT"/{freezer,unified}; do
		mkdir "$dir/$ID-cold" 2>&- || continue
		for file in cgroup.freeze freezer.state; do
			[ -e "$dir/$ID-cold/$file" ] || continue
			if [ $file = freezer.state ]; then echo FROZEN; else echo 1; fi >"$dir/$ID-cold/$file"
			run timeout 10 "$DAVIT" --root "$ROOT" create --bundle "$BUNDLE" "$ID"
			if [ $file = freezer.state ]; then echo THAWED; else echo 0; fi >"$dir/$ID-cold/$file"
			assert_failure 1
			assert_output --partial "frozen"
			[ ! -e "$dir/$ID-cold/inner" ] || fail "left in $dir"
			[ ! -e "$ROOT/$ID" ] || fail "state left"
			tried=$((tried + 1))
		done
		rmdir "$dir/$ID-cold"
	done
	[ $tried != 0 ] || skip "nothing can be frozen here"
	assert_canary
}

@test "I3 the next container in a cgroup is not killed by kill --all and delete of the one before [fallback]" {
	local next
	bundle
	config --arg p "/$ID-shared" '.linux.cgroupsPath = $p'
	args sleep 100
	running
	kill -KILL "$(pid_of)"
	wait_status stopped
	running "$ID-b"
	next=$(pid_of "$ID-b")
	run -0 davit kill --all "$ID" KILL
	kill -0 "$next" || fail "killed by kill --all"
	davit delete "$ID"
	kill -0 "$next" || fail "killed by delete"
	[ ! -e "$ROOT/$ID" ]
	assert_equal "$(state_of "$ID-b")" running
	[ -n "$(cgroups_of "$ID-shared")" ] || fail "its cgroup is gone"
	davit delete --force "$ID-b"
	assert_nothing_left
}

@test "I3 an empty cgroup that exists is taken, and what was there before stays" {
	local dir
	need_controller pids
	bundle
	dir=$(hierarchy pids)/$ID-parent
	mkdir "$dir"
	undo remove_cgroup "$dir"
	config --arg p "/$ID-parent/inner" '.linux.cgroupsPath = $p'
	args /bin/true
	run -0 davit run --bundle "$BUNDLE" "$ID"
	[ -d "$dir" ] || fail "a cgroup that davit has not made was removed"
	[ ! -e "$dir/inner" ]
}

@test "I5 a fork bomb never has more processes than pids.limit" {
	local pid dir peak
	need_controller pids
	bundle
	config '.linux.resources.pids.limit = 20'
	# Init forks once: at the limit a shell that cannot ends.
	script '(for i in 1 2 3; do sh -c "while :; do sleep 100 & done" & done) 2>&- & exec sleep 100'
	running
	pid=$(pid_of)
	dir=$(hierarchy pids)$(awk -F: '$2 == "pids" || $1 == 0 { p = $3; if ($2 == "pids") exit } END { print p }' "/proc/$pid/cgroup")
	[ "$(cat "$dir/pids.max")" = 20 ]
	sleep 0.5
	peak=$(cat "$dir/pids.peak" 2>&- || cat "$dir/pids.current")
	[ "$peak" -le 20 ] || fail "peak $peak"
	[ "$peak" -ge 15 ] || fail "it was no bomb: peak $peak"
	timeout 10 "$DAVIT" --root "$ROOT" delete --force "$ID"
	assert_nothing_left
}
