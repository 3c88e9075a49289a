#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tags: vm
# exec: a further process in a container (docs/conformance.md section 5, docs/threats.md E, F, G).
load ../lib/helpers

# idle: a running container whose program does nothing.
idle() {
	args sleep 3000
	running
}

# x ARG...: davit exec, with what it says in $output and $stderr
x() { run --separate-stderr davit exec "$@" </dev/null; }

# process FILTER: $TMP/process.json, made of the configuration's process
process() { jq ".process | .terminal = false | $1" "$BUNDLE/config.json" >"$TMP/process.json"; }

# freeze, thaw: by hand, in whichever hierarchy can
freezer_file() {
	local dir
	for dir in $(cgroups_of "$ID"); do
		[ ! -e "$dir/freezer.state" ] || { echo "$dir/freezer.state FROZEN THAWED"; return; }
	done
	for dir in $(cgroups_of "$ID"); do
		[ ! -e "$dir/cgroup.freeze" ] || { echo "$dir/cgroup.freeze 1 0"; return; }
	done
}
freeze() {
	local file on off
	read -r file on off < <(freezer_file)
	[ -n "$file" ] || skip "no freezer"
	undo thaw
	echo "$on" >"$file"
	wait_status paused
}
thaw() {
	local file on off
	read -r file on off < <(freezer_file)
	[ -z "$file" ] || echo "$off" >"$file"
}

@test "exec gives the program's output, arguments and exit status [fallback smoke]" {
	bundle
	idle
	x "$ID" echo hello -x --y
	assert_equal "$status $output" "0 hello -x --y"
	x "$ID" sh -c 'echo out; echo err >&2; exit 7'
	assert_equal "$status $output $stderr" "7 out err"
	x "$ID" -- sh -c 'kill -9 $$'
	assert_equal "$status" 137
	x "$ID" sh -c 'cat; exit 3'
	assert_equal "$status" 3
	assert_equal "$(state_of)" running
}

@test "exec that fails is 255, in the words that engines know, and leaves no pid file" {
	bundle
	config '.root.readonly = false'
	printf 'garbage' >"$BUNDLE/rootfs/bin/badfmt"
	chmod 755 "$BUNDLE/rootfs/bin/badfmt"
	: >"$BUNDLE/rootfs/plain"
	idle
	local name begin="exec failed: unable to start container process: "
	while IFS='|' read -r name want; do
		x --pid-file "$TMP/pid" "$ID" "$name"
		assert_equal "$status" 255
		assert_stderr --partial "$want"
		[ ! -e "$TMP/pid" ]
		x --detach --pid-file "$TMP/pid" "$ID" "$name"
		assert_equal "$status" 255
		[ ! -e "$TMP/pid" ]
	done <<-EOF
		nope|${begin}exec: "nope": executable file not found in \$PATH
		/nope|${begin}exec: "/nope": stat /nope: no such file or directory
		/plain|${begin}exec: "/plain": permission denied
		/bin|${begin}exec: "/bin": permission denied
		badfmt|${begin}exec: "badfmt": exec format error
	EOF
	x --cwd /nope "$ID" true
	assert_equal "$status" 255
	assert_stderr --partial "${begin}chdir to cwd (\"/nope\") set in config.json failed: no such file or directory"
	x "$ID-none" true
	assert_equal "$status" 255
	assert_stderr --partial "exec failed: container does not exist"
	x "$ID"
	assert_equal "$status" 255
	assert_stderr --partial "the command is missing"
	x --nope "$ID" true
	assert_equal "$status" 255
	assert_equal "$(state_of)" running
}

@test "a failed exec writes one object to the log, whose message is the cause" {
	bundle
	idle
	run -255 davit --log "$TMP/log" --log-format json exec "$ID" nope
	assert_equal "$(jq -s length "$TMP/log")" 1
	jq -e '.level == "error" and (.msg | contains("executable file not found in $PATH"))' "$TMP/log"
}

@test "exec into a stopped container is refused, into a created one it works" {
	bundle
	args sleep 3000
	create
	x "$ID" echo early
	assert_equal "$status $output" "0 early"
	assert_equal "$(state_of)" created
	davit start "$ID"
	davit kill "$ID" KILL
	wait_status stopped
	x "$ID" true
	assert_equal "$status" 255
	assert_stderr --partial "exec failed: container not running"
}

@test "F6 exec into a paused container is refused at once, --ignore-paused waits" {
	bundle
	idle
	freeze
	run -255 within 5 "$DAVIT" --root "$ROOT" exec "$ID" true
	assert_output --partial "cannot exec in a paused container"
	assert_equal "$(state_of)" paused
	background davit exec --ignore-paused "$ID" echo thawed
	sleep 0.3
	kill -0 "$BG"
	assert_equal "$(cat "$TMP/bg.out")" ""
	thaw
	wait_for 5 grep -q thawed "$TMP/bg.out"
}

@test "F6 a signal ends an exec that waits for the thaw" {
	bundle
	args sleep 100
	running
	davit pause "$ID"
	local pid rc=0
	env --default-signal "$DAVIT" --root "$ROOT" exec --ignore-paused "$ID" echo thawed </dev/null \
		>"$TMP/exec" 2>"$TMP/err" 3>&- 4>&- &
	pid=$!
	sleep 0.5
	kill -0 $pid
	kill -TERM $pid
	wait_for 10 eval "! kill -0 $pid 2>/dev/null" || { kill -KILL $pid; fail "still there"; }
	wait $pid || rc=$?
	assert_equal $rc 143
	davit resume "$ID"
	wait_for 5 eval "[ \$(davit ps -f json '$ID' | jq length) = 1 ]"
	[ ! -s "$TMP/exec" ]
}

@test "exec --detach returns while the program runs, with its pid in the pid file" {
	bundle
	idle
	detached davit exec --detach --pid-file "$TMP/pid" "$ID" sleep 500
	assert_success
	assert_equal "$output$stderr" ""
	# No newline, which containerd cannot read.
	assert_equal "$(tail -c 1 "$TMP/pid" | tr -d 0-9 | wc -c)" 0
	assert_equal "$(tr '\0' ' ' <"/proc/$(cat "$TMP/pid")/cmdline")" "sleep 500 "
	assert_equal "$(readlink "/proc/$(cat "$TMP/pid")/ns/pid")" "$(readlink "/proc/$(pid_of)/ns/pid")"
}

@test "signals to exec in the foreground reach the program" {
	bundle
	idle
	background "$DAVIT" --root "$ROOT" exec "$ID" sh -c 'trap "echo got; exit 9" TERM; echo ready; while :; do sleep 0.1; done'
	wait_for 5 grep -q ready "$TMP/bg.out"
	kill -TERM "$BG"
	local rc=0
	wait "$BG" || rc=$?
	assert_equal "$rc" 9
	assert_equal "$(tail -1 "$TMP/bg.out")" got
}

@test "the end of the container ends exec with 137" {
	bundle
	idle
	background davit exec "$ID" sh -c 'echo ready; sleep 3000'
	wait_for 5 grep -q ready "$TMP/bg.out"
	davit kill "$ID" KILL
	local rc=0
	wait "$BG" || rc=$?
	assert_equal "$rc" 137
}

@test "--process takes the process object that engines write, and nothing beside it" {
	bundle
	need_ids
	idle
	process '.args = ["sh", "-c", "pwd; echo $A; id -u; id -g; id -G"] | .cwd = "/tmp" |
		.env += ["A=b"] | .user = {uid: 1000, gid: 1001, additionalGids: [7, 8]}'
	x --process "$TMP/process.json" "$ID"
	assert_equal "$status" 0
	assert_output "$(printf '/tmp\nb\n1000\n1001\n1001 7 8')"
	x --process "$TMP/process.json" "$ID" true
	assert_equal "$status" 255
	assert_stderr --partial "--process describes the whole process"
	x --process "$TMP/process.json" --cwd / "$ID"
	assert_equal "$status" 255
	x --process "$TMP/process.json" --tty --cwd / "$ID"
	assert_equal "$status" 255
}

@test "files that the command line names may be pipes, with a deadline and the same limit" {
	bundle
	need_ids
	idle
	process '.args = ["echo", "piped"]'
	run -0 bash -c '{ sleep 0.2; cat "$1"; } | "$2" --root "$3" exec --process /dev/stdin "$4"' - \
		"$TMP/process.json" "$DAVIT" "$ROOT" "$ID"
	assert_output piped
	run -0 bash -c '"$2" --root "$3" exec --process <(cat "$1") "$4"' - "$TMP/process.json" "$DAVIT" "$ROOT" "$ID"
	assert_output piped
	run -0 bash -c '"$1" check --bundle "$2" --config <(cat "$2/config.json")' - "$DAVIT" "$BUNDLE"
	run -1 bash -c '"$1" --root "$2" update --resources <(echo "{") "$3"' - "$DAVIT" "$ROOT" "$ID"
	assert_output --partial "not valid JSON"
	run -255 within 10 bash -c 'head -c 20M /dev/zero | "$1" --root "$2" exec --process /dev/stdin "$3"' - \
		"$DAVIT" "$ROOT" "$ID"
	assert_output --partial "is larger than"
	mkfifo "$TMP/fifo"
	run -255 within 20 "$DAVIT" --root "$ROOT" exec --process "$TMP/fifo" "$ID"
	assert_output --partial "ETIMEDOUT"
	# What is found in a folder is a file.
	mv "$BUNDLE/config.json" "$BUNDLE/kept"
	mkfifo "$BUNDLE/config.json"
	run -1 within 5 "$DAVIT" check --bundle "$BUNDLE"
	assert_output --partial "not a regular file"
}

@test "a process file that is no file, huge, or wrong is refused at once with its place" {
	bundle
	idle
	mkdir "$TMP/dir"
	truncate -s 1G "$TMP/huge"
	echo '{' >"$TMP/broken"
	echo '{"args": ["true"], "cwd": "tmp"}' >"$TMP/cwd"
	echo '{"args": [], "cwd": "/"}' >"$TMP/args"
	echo '{"args": ["true"], "cwd": "/", "user": {"uid": 4294967295, "gid": 0}}' >"$TMP/uid"
	echo '{"args": ["true"], "cwd": "/", "env": ["X"]}' >"$TMP/env"
	local f
	for f in dir huge broken cwd args uid env none; do
		run -255 within 5 "$DAVIT" --root "$ROOT" exec --process "$TMP/$f" "$ID"
		case $f in cwd | args | uid | env) assert_output --partial "$f" ;; esac
	done
	run -255 within 5 "$DAVIT" --root "$ROOT" exec --process /dev/zero "$ID"
	x "$ID" true
	assert_equal "$status" 0
}

@test "LC-14 the stored configuration counts, never the bundle's" {
	bundle
	idle
	config '.process.env += ["EDITED=1"] | .process.user.uid = 5'
	x "$ID" sh -c 'id -u; env'
	assert_line 0
	refute_output --partial EDITED
	rm "$BUNDLE/config.json"
	x "$ID" true
	assert_equal "$status" 0
}

@test "--env, --cwd and --additional-gids are laid over the configuration" {
	bundle
	need_ids
	config '.process.env += ["A=old", "B=kept"]'
	idle
	x -e A=new --env=C=a=b --cwd /tmp -g 5 -g 6 "$ID" sh -c 'echo $A $B $C $PWD; id -G'
	assert_output "$(printf 'new kept a=b /tmp\n0 5 6')"
	local bad
	for bad in "-e X" "-e =x" "--cwd rel" "-g x" "-g -1" "-g 4294967295" "--cap CAP_NOPE" "--cap net_admin" "--preserve-fds x"; do
		# shellcheck disable=SC2086
		x $bad "$ID" true
		assert_equal "$bad $status" "$bad 255"
	done
}

@test "G2 G3 --user takes numbers in one form and nothing else" {
	need_root
	bundle
	config '.root.readonly = false | .process.user = {uid: 3, gid: 4}'
	# G3: names that look like numbers
	printf '1000:x:0:0::/:/bin/sh\nroot:x:0:0::/:/bin/sh\n' >"$BUNDLE/rootfs/etc/passwd"
	printf '1000:x:0:\n' >"$BUNDLE/rootfs/etc/group"
	idle
	local u want
	while read -r u want; do
		x --user "$u" "$ID" sh -c 'echo $(sed -n "s/^Uid:.\([0-9]*\).*/\1/p;s/^Gid:.\([0-9]*\).*/\1/p" /proc/self/status)'
		assert_equal "$u $status $output" "$u 0 $want"
	done <<-'EOF'
		1 1 4
		1:2 1 2
		0:0 0 0
		1000 1000 4
		1000:1000 1000 1000
		4294967294:4294967294 4294967294 4294967294
	EOF
	for u in 1: :1 01 0x1 +1 -1 ' 1' '1 ' 1:02 4294967295 1:4294967295 4294967296 99999999999999999999 \
		1:2:3 '' : root 1a a1 1:root "$(printf '1%.0s' $(seq 5000))"; do
		x --user="$u" "$ID" true
		[ "$status" = 255 ] || fail "accepted '$u'"
		assert_stderr --partial "option --user"
	done
}

@test "G1 --cap gives the capability, and never an inheritable one" {
	bundle
	idle
	local before
	x "$ID" grep Cap /proc/self/status
	before=$output
	x --cap CAP_NET_ADMIN "$ID" grep Cap /proc/self/status
	assert_line --regexp 'CapInh:.0+$'
	assert_line --regexp 'CapAmb:.0+$'
	[ "$output" != "$before" ]
	local bnd
	bnd=$(sed -n 's/CapBnd:.//p' <<<"$output")
	assert_equal $((0x$bnd >> 12 & 1)) 1
	assert_equal "$(sed -n 's/CapEff:.//p' <<<"$output")" "$bnd"
}

@test "--no-new-privs is set, and not without" {
	bundle
	config '.process.noNewPrivileges = false'
	idle
	x "$ID" grep NoNewPrivs /proc/self/status
	assert_output --regexp '0$'
	x --no-new-privs "$ID" grep NoNewPrivs /proc/self/status
	assert_output --regexp '1$'
}

# What the probe does not say, and what differs by nature (pids, memory, session keyring).
REPORT='grep -E "^(Umask|Uid|Gid|Groups|SigBlk|SigIgn|SigCgt|Cap|NoNewPrivs|Seccomp|Cpus_allowed_list)" /proc/self/status
	cat /proc/self/limits /proc/self/cgroup /proc/self/oom_score_adj
	pwd; env | grep -v -e SHLVL -e "^_=" | sort
	for n in mnt pid net ipc uts user cgroup time; do readlink /proc/self/ns/$n; done
	cut -d" " -f18,19,40,41 /proc/self/stat
	ls /proc/self/fd; readlink /proc/self/root'

# like_init NAME FILTER: init and exec report the same.
like_init() {
	spec_config
	need_ids
	config "$2"
	script "{ $REPORT
	} 2>&1; echo end; exec sleep 3000"
	rm -f "$TMP/out"
	running
	wait_for 5 grep -q '^end$' "$TMP/out" || fail "$1: $(cat "$TMP/out")"
	sed '/^end$/,$d' "$TMP/out" >"$TMP/init.report"
	"$DAVIT" --root "$ROOT" exec "$ID" /bin/sh -c "{ $REPORT
	} 2>&1" </dev/null >"$TMP/exec.report" 2>&1 3>&- 4>&- || fail "$1: $(cat "$TMP/exec.report")"
	grep -q CapBnd "$TMP/init.report" || fail "$1: an empty report"
	diff "$TMP/init.report" "$TMP/exec.report" >&2 || fail "$1: exec differs from init"
	davit delete --force "$ID"
}

@test "F4 an exec'd process is restricted as init, field by field, for each configuration" {
	bundle
	local name filter
	while IFS='|' read -r name filter; do
		like_init "$name" "$filter"
	done <<-'EOF'
		plain|.
		no process options|.process |= {args, cwd, env, terminal}
		no capabilities|del(.process.capabilities)
		all sets|.process.capabilities |= (.bounding + ["CAP_CHOWN", "CAP_SETUID"]) as $c | .process.capabilities = {bounding: $c, effective: $c, permitted: $c, inheritable: $c, ambient: $c}
		umask|.process.user.umask = 63
		umask zero|.process.user.umask = 0
		privileges|.process.noNewPrivileges = false
		nnp|.process.noNewPrivileges = true
		limits|.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 64, hard: 128}, {type: "RLIMIT_CORE", soft: 0, hard: 0}, {type: "RLIMIT_NPROC", soft: 500, hard: 600}, {type: "RLIMIT_STACK", soft: 8388608, hard: 16777216}]
		oom|.process.oomScoreAdj = 321
		scheduler|.process.scheduler = {policy: "SCHED_BATCH", nice: 5}
		idle|.process.scheduler = {policy: "SCHED_IDLE"}
		io|.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 2}
		filter|.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}]}
		filter early|.process.noNewPrivileges = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}]}
		no cgroup namespace|.linux.namespaces |= map(select(.type != "cgroup"))
		time|.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 1000}}
		personality|.linux.personality = {domain: "LINUX32"}
		readonly root|.root.readonly = true
		cwd and HOME|.process.cwd = "/tmp" | .process.env += ["HOME=/nowhere", "A=1", "A=2"]
		pids limit|.linux.resources.pids = {limit: 50}
	EOF
}

@test "F4 an exec'd process is restricted as init: users and groups" {
	bundle
	local name filter
	while IFS='|' read -r name filter; do
		like_init "$name" "$filter"
	done <<-'EOF'
		user|.process.user = {uid: 1000, gid: 1001, additionalGids: [7, 8, 9]}
		user with ambient|.process.user = {uid: 1000, gid: 1000} | .process.capabilities |= (.inheritable = ["CAP_KILL"] | .ambient = ["CAP_KILL"])
		filter and user|.process.user = {uid: 1000, gid: 1000} | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", flags: [], syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}]}
		groups kept|.annotations = {"run.oci.keep_original_groups": "1"}
	EOF
}

@test "F4 an exec'd process is restricted as init: namespaces that only root may have" {
	need_root
	bundle
	local name filter
	while IFS='|' read -r name filter; do
		like_init "$name" "$filter"
	done <<-'EOF'
		no ipc, uts|.linux.namespaces |= map(select(.type != "ipc" and .type != "uts")) | del(.hostname)
		no pid namespace|.linux.namespaces |= map(select(.type != "pid"))
		no net|.linux.namespaces |= map(select(.type != "network"))
		user namespace|.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings | .root.readonly = false
		user namespace and user|.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings | .process.user = {uid: 1000, gid: 1000, additionalGids: [5]} | .process.oomScoreAdj = 100
		user namespace without pid|.linux.namespaces |= (map(select(.type != "pid")) + [{type: "user"}]) | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings | .mounts |= map(if .type == "proc" then {destination: "/proc", type: "none", source: "/proc", options: ["rbind"]} else . end) | .linux.maskedPaths = [] | .linux.readonlyPaths = []
	EOF
}

@test "F1 a pid namespace that another container shares is joined" {
	need_root
	bundle
	idle
	local other="$ID-b"
	cp -a "$BUNDLE" "$TMP/b2"
	jq --arg p "/proc/$(pid_of)/ns" '.linux.namespaces |= map(
		if .type == "pid" then .path = $p + "/pid" elif .type == "network" then .path = $p + "/net"
		else . end)' "$BUNDLE/config.json" >"$TMP/b2/config.json"
	BUNDLE=$TMP/b2 create "$other"
	davit start "$other"
	local t
	for t in mnt pid net ipc uts cgroup; do
		x "$other" readlink "/proc/self/ns/$t"
		assert_equal "$output" "$(readlink "/proc/$(pid_of "$other")/ns/$t")"
	done
	davit delete --force "$other"
}

@test "a container without a mount namespace has its root in exec too" {
	bundle
	config '.linux.namespaces |= map(select(.type != "mount")) | .mounts = [] |
		.linux.maskedPaths = [] | .linux.readonlyPaths = [] | .root.readonly = false |
		del(.linux.rootfsPropagation)'
	echo mark >"$BUNDLE/rootfs/mark"
	idle
	x "$ID" cat /mark
	assert_equal "$status $output" "0 mark"
	rm -rf "$BUNDLE/rootfs/dev"
}

@test "F5 --cgroup goes below the container's cgroup and never out of it" {
	bundle
	idle
	local dir bad
	dir=$(cgroups_of "$ID" | grep -m1 /pids/ || cgroups_of "$ID" | head -1)
	[ -n "$dir" ] || skip "no cgroups"
	for d in $(cgroups_of "$ID"); do
		mkdir "$d/sub"
		# A v1 cpuset takes nobody before it has CPUs and nodes.
		for f in cpus mems; do
			[ ! -e "$d/cpuset.$f" ] || [ ! -w "$d/sub/cpuset.$f" ] ||
				cat "$d/cpuset.$f" >"$d/sub/cpuset.$f"
		done
	done
	x --cgroup sub "$ID" sleep 0
	assert_equal "$status" 0
	davit exec --detach --pid-file "$TMP/pid" --cgroup /sub "$ID" sleep 500 </dev/null >/dev/null 2>&1
	grep -qx "$(cat "$TMP/pid")" "$dir/sub/cgroup.procs"
	ln -s /sys/fs/cgroup "$dir/link" 2>/dev/null || true
	for bad in .. / ../.. a/../../b sub/../.. sub/.. ./sub none none:sub :sub sub/./x \
		"$(printf 'a/%.0s' $(seq 3000))" "$(printf 'a%.0s' $(seq 5000))"; do
		[ "$bad" != / ] || continue
		x --cgroup "$bad" "$ID" true
		[ "$status" = 255 ] || fail "accepted --cgroup ${bad:0:40}"
	done
	x --cgroup / "$ID" true
	assert_equal "$status" 0
}

@test "F4 the process is in the container's cgroup in every hierarchy" {
	bundle
	idle
	davit exec --detach --pid-file "$TMP/pid" "$ID" sleep 500 </dev/null >/dev/null 2>&1
	diff "/proc/$(pid_of)/cgroup" "/proc/$(cat "$TMP/pid")/cgroup"
}

@test "exec at the limit of processes says so and changes nothing" {
	bundle
	config '.linux.resources.pids = {limit: 2}'
	args sh -c 'sleep 3000 & wait'
	running
	local dir
	dir=$(cgroups_of "$ID" | grep -m1 /pids/ || cgroups_of "$ID" | head -1)
	wait_for 5 sh -c "[ \$(wc -l <$dir/cgroup.procs) = 2 ]"
	run -255 davit exec "$ID" true
	assert_equal "$(state_of)" running
	assert_output --partial EAGAIN
}

@test "E2 200 descriptors that the caller leaks do not reach the program" {
	bundle
	idle
	cat >"$TMP/leak" <<-'EOF'
		for ((i = 10; i < 210; i++)); do
			case $((i % 4)) in
			0) eval "exec $i</" ;;
			1) eval "exec $i</etc/passwd" ;;
			2) eval "exec $i<>/dev/null" ;;
			3) eval "exec $i</proc/self" ;;
			esac
		done
		exec "$@"
	EOF
	run -0 bash "$TMP/leak" "$DAVIT" --root "$ROOT" exec "$ID" sh -c 'ls /proc/$$/fd; :' </dev/null 3>&- 4>&-
	assert_output "$(printf '0\n1\n2')"
}

@test "--preserve-fds passes on exactly so many, and refuses a gap" {
	bundle
	idle
	echo three >"$TMP/3"
	echo four >"$TMP/4"
	run -0 "$DAVIT" --root "$ROOT" exec --preserve-fds 2 "$ID" \
		sh -c 'ls /proc/$$/fd; cat <&3; cat <&4' \
		3<"$TMP/3" 4<"$TMP/4" 5<"$TMP/3" 7</ </dev/null
	assert_output "$(printf '0\n1\n2\n3\n4\nthree\nfour')"
	run -255 "$DAVIT" --log "$TMP/log" --root "$ROOT" exec --preserve-fds 2 "$ID" true 3<"$TMP/3" 4>&- </dev/null
	assert_output --partial "descriptor 4 is not open"
	run -255 "$DAVIT" --root "$ROOT" exec --preserve-fds 4294967295 "$ID" true 3<"$TMP/3" 4>&- </dev/null
}

@test "F3 a recycled pid is never entered" {
	bundle
	idle
	local pid
	pid=$(pid_of)
	# The record says what a recycled number looks like: alive, but begun at another time.
	jq -c '.starttime += 1' "$ROOT/$ID/state.json" >"$TMP/rec"
	cp "$ROOT/$ID/state.json" "$TMP/keep"
	cat "$TMP/rec" >"$ROOT/$ID/state.json"
	x "$ID" true
	assert_equal "$status" 255
	assert_stderr --partial "container not running"
	cat "$TMP/keep" >"$ROOT/$ID/state.json"
	kill -0 "$pid"
	x "$ID" true
	assert_equal "$status" 0
}

@test "a filter that the record knows and that is gone refuses exec" {
	bundle
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}]}'
	idle
	x "$ID" grep Seccomp: /proc/self/status
	assert_output --regexp '2$'
	rm "$ROOT/$ID/seccomp.bpf"
	x "$ID" true
	assert_equal "$status" 255
	assert_stderr --partial "filter"
}

@test "PROC-25 execCPUAffinity sets the CPUs of exec, not of init" {
	[ "$(nproc)" -gt 1 ] || skip "one processor"
	bundle
	config '.process.execCPUAffinity = {initial: "0-1", final: "1"}'
	idle
	x "$ID" grep Cpus_allowed_list /proc/self/status
	assert_output --regexp ':.1$'
	refute_output --regexp '-'
	run -0 grep Cpus_allowed_list "/proc/$(pid_of)/status"
	[[ ! $output =~ :.1$ ]] || fail "init: $output"
	davit delete --force "$ID"
	config '.process.execCPUAffinity = {final: "8000"}'
	idle
	x "$ID" true
	assert_equal "$status" 255
	assert_stderr --partial "execCPUAffinity.final"
}

@test "labels are refused where the security module is off" {
	bundle
	idle
	local o
	for o in "--apparmor x" "--process-label x"; do
		# shellcheck disable=SC2086
		x $o "$ID" true
		assert_equal "$o $status" "$o 255"
	done
}

@test "64 execs at once: no error, nothing left" {
	bundle
	config '.linux.resources.pids = {limit: 500}'
	idle
	local i pids=() rc
	for i in $(seq 64); do
		davit exec "$ID" sh -c "echo line $i; exit 5" </dev/null >"$TMP/o.$i" 2>&1 &
		pids+=($!)
	done
	for i in $(seq 64); do
		rc=0
		wait "${pids[i - 1]}" || rc=$?
		[ "$rc" = 5 ] || fail "exec $i: $rc $(cat "$TMP/o.$i")"
		assert_equal "$(cat "$TMP/o.$i")" "line $i"
	done
	run -0 davit exec "$ID" ps -o comm
	refute_output --partial davit
	assert_equal "$(cat "$(cgroups_of "$ID" | head -1)/cgroup.procs")" "$(pid_of)"
}

@test "NS-10 with a namespace that the user namespace does not own [fallback]" {
	need_root
	bundle
	unshare -n sleep 3000 </dev/null >/dev/null 2>&1 3>&- 4>&- &
	undo end_background $!
	local holder=$!
	wait_for 5 sh -c "[ \$(readlink /proc/$holder/ns/net) != $(readlink /proc/self/ns/net) ]"
	config --arg p "/proc/$holder/ns/net" '.linux.namespaces |= (map(select(.type != "network")) +
		[{type: "network", path: $p}, {type: "user"}]) | .linux.uidMappings =
		[{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings |
		.mounts |= map(select(.type != "sysfs" and .type != "cgroup"))'
	idle
	x "$ID" sh -c 'readlink /proc/self/ns/net; readlink /proc/self/ns/user'
	assert_output "$(readlink "/proc/$holder/ns/net" "/proc/$(pid_of)/ns/user")"
}
