#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Descriptors and the working directory: no way out by what somebody left open (E1 to E5, B13).
load attack

# assert_clean_fds [LAST]: the probe saw 0 to LAST (2) and nothing else, and a tree of mounts that
# hangs on its root alone.
assert_clean_fds() {
	local last=${1-2}
	assert_equal "$(value fd | awk '{ print $1 }' | xargs)" "$(seq -s ' ' 0 "$last")"
	[ "$(value cwd)" = / ] || fail "cwd is $(value cwd)"
	# B13: every mount's parent is in the table, but for the root's.
	value mount | awk '{ id[$1]; parent[$1] = $2; at[$1] = $5 }
		END { for (i in parent) if (!(parent[i] in id)) { n++; if (at[i] != "/") bad++ }
			exit bad || n != 1 }' || fail "mounts: $(value mount)"
}

@test "E1 CVE-2024-21626 no working folder by a descriptor leads outside" {
	local n path
	bundle
	canary
	inside probe
	args /probe
	cp "$BUNDLE/config.json" "$TMP/base.json"
	# The worst caller: a host folder as standard input, and 200 more.
	# shellcheck disable=SC2046 # words
	for path in /proc/self/fd/{0,0/..,0/../..} /proc/1/fd/0/dir /proc/thread-self/fd/0 /dev/fd/0 \
		/dev/stdin /proc/self/task/1/fd/0 /proc/1/cwd/.. /proc/self/root/../.. \
		$(for n in $(seq 3 "$(rounds 20 1023)"); do echo "/proc/self/fd/$n /proc/self/fd/$n/../.."; done); do
		jq --arg cwd "$path" '.process.cwd = $cwd' "$TMP/base.json" >"$BUNDLE/config.json"
		attempt "$path" sh -c "exec \"\$@\" <'$CANARY'" sh "$PROGRAMS/manyfds"
		if [ "$rc" = 0 ]; then
			grep -q '^cwd /' "$TMP/out" && ! grep -q unreachable "$TMP/out" ||
				fail "$path: $(grep '^cwd' "$TMP/out")"
		fi
		case $path in
		*fd/0* | *stdin*) refused "$path" ;;
		esac
	done
}

@test "E1 CVE-2024-21626 nor a link of the image to one, nor the program, nor its interpreter" {
	local target
	bundle
	canary
	inside probe
	cp "$PROGRAMS/probe" "$CANARY/probe"
	remember_canary
	config '.root.readonly = false'
	cp "$BUNDLE/config.json" "$TMP/base.json"
	for target in /proc/self/fd/0 /proc/1/fd/0 /dev/fd/0 /proc/self/fd/7; do
		rm -f "$BUNDLE/rootfs/way"
		ln -s "$target" "$BUNDLE/rootfs/way"
		jq '.process.cwd = "/way" | .process.args = ["/probe"]' "$TMP/base.json" >"$BUNDLE/config.json"
		attempt "cwd by a link to $target" sh -c "exec \"\$@\" <'$CANARY'" sh "$PROGRAMS/manyfds"
		refused "cwd by a link to $target"
		jq '.process.cwd = "/way/sub" | .process.args = ["/probe"]' "$TMP/base.json" >"$BUNDLE/config.json"
		attempt "cwd below a link to $target" sh -c "exec \"\$@\" <'$CANARY'" sh "$PROGRAMS/manyfds"
		refused "cwd below a link to $target"
		if [ "${target##*/}" != 0 ]; then
			# A descriptor that is gone when the program is looked for.
			jq --arg p "$target/probe" '.process.args = [$p]' "$TMP/base.json" >"$BUNDLE/config.json"
			attempt "program $target/probe" "$PROGRAMS/manyfds"
			refused "program $target/probe"
			printf '#!%s/probe\n' "$target" >"$BUNDLE/rootfs/script"
			chmod 755 "$BUNDLE/rootfs/script"
			jq '.process.args = ["/script"]' "$TMP/base.json" >"$BUNDLE/config.json"
			attempt "interpreter $target/probe" "$PROGRAMS/manyfds"
			refused "interpreter $target/probe"
		fi
	done
}

@test "E2 E3 of 200 leaked descriptors none reaches the program, by run or by create and start" {
	bundle
	inside probe
	args /probe
	canary
	attempt "run" "$PROGRAMS/manyfds"
	accepted run
	output=$(cat "$TMP/out")
	assert_clean_fds
	detached "$PROGRAMS/manyfds" "$DAVIT" --root "$ROOT" create --bundle "$BUNDLE" "$ID"
	assert_success
	"$PROGRAMS/manyfds" "$DAVIT" --root "$ROOT" start "$ID" 3>&- 4>&-
	wait_status stopped
	output=$(cat "$TMP/out")
	assert_clean_fds
	assert_canary
}

@test "E2 E3 B13 whatever is configured, the program has its three descriptors and one tree" {
	local change
	bundle
	cp "$BUNDLE/config.json" "$TMP/base.json"
	while read -r change; do
		jq "$change" "$TMP/base.json" >"$BUNDLE/config.json"
		echo "# $change"
		probe
		assert_clean_fds
		[ "$(value nnp)" = "$(jq 'if .process.noNewPrivileges then 1 else 0 end' "$BUNDLE/config.json")" ]
	done <<'E'
.
.process.noNewPrivileges = false
.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW"}
.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW"} | .process.noNewPrivileges = false
.hooks = {prestart: [{path: "/bin/true"}], createRuntime: [{path: "/bin/true"}], createContainer: [{path: "/bin/true"}], startContainer: [{path: "/bin/true"}]}
.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] | .linux.gidMappings = .linux.uidMappings
.linux.namespaces += [{type: "time"}] | .linux.timeOffsets.boottime.secs = 100
.linux.namespaces |= map(select(.type != "network")) | .linux.sysctl = {"kernel.msgmax": "1234"}
.linux.namespaces |= map(select(.type != "pid")) | .mounts |= map(select(.destination != "/x"))
.process.user = {uid: 1000, gid: 1000, additionalGids: [10, 20]}
.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 8, hard: 8}]
.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 10000, hard: 10000}]
.root.readonly = false | .linux.rootfsPropagation = "private"
.linux.maskedPaths = [] | .linux.readonlyPaths = []
E
}

@test "E4 a filter that kills the calls of the sweep does not stop it" {
	local nnp
	bundle
	inside probe
	args /probe
	canary
	for nnp in true false; do
		config --argjson nnp $nnp '.process.noNewPrivileges = $nnp | .linux.seccomp = {
			defaultAction: "SCMP_ACT_ALLOW", syscalls: [{action: "SCMP_ACT_KILL_PROCESS",
			names: ["close_range", "openat2", "getdents64", "dup2", "dup3"]}]}'
		attempt "noNewPrivileges $nnp" "$PROGRAMS/manyfds"
		accepted "noNewPrivileges $nnp"
		output=$(cat "$TMP/out")
		assert_clean_fds
	done
}

@test "E5 the working folder is made inside, whatever links lead there" {
	bundle
	canary
	config '.root.readonly = false'
	args /bin/pwd
	ln -s "$CANARY" "$BUNDLE/rootfs/way"
	config '.process.cwd = "/way/made/here"'
	attempt "a link to the host"
	accepted "a link to the host"
	[ -d "$BUNDLE/rootfs$CANARY/made/here" ]
	config '.process.cwd = "/none/of/these"'
	attempt missing
	accepted missing
	assert_equal "$(cat "$TMP/out")" /none/of/these
	config '.process.cwd = "/etc/passwd"'
	attempt "a file"
	refused "a file" "chdir to cwd"
	mkdir -m 700 "$BUNDLE/rootfs/closed"
	config '.process.cwd = "/closed" | .process.user.uid = 1000 | .process.capabilities = {}'
	attempt "closed to the user"
	accepted "closed to the user"
}
