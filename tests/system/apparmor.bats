#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# process.apparmorProfile on a kernel with AppArmor (PROC-10, H8).
load ../lib/helpers

need_apparmor() {
	need_root
	[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] || skip "AppArmor is off here"
	[ -w /sys/kernel/security/apparmor/.replace ] || skip "needs securityfs"
	need_cmd apparmor_parser
}

# profile NAME [RULE...]: everything but what the rules deny
profile() {
	local name=$1
	shift
	printf 'profile "%s" flags=(attach_disconnected,mediate_deleted) {\n file,\n capability,\n network,\n mount,\n umount,\n pivot_root,\n signal,\n ptrace,\n unix,\n dbus,\n%s\n}\n' \
		"$name" "$([ $# = 0 ] || printf ' %s,\n' "$@")" >"$TMP/profile"
	apparmor_parser -r -K "$TMP/profile" || fail "cannot load $(cat "$TMP/profile")"
	undo apparmor_parser -R "$TMP/profile.$name"
	cp "$TMP/profile" "$TMP/profile.$name"
}

apply() { config --arg p "$1" '.process.apparmorProfile = $p'; }

LOOK='cat /proc/self/attr/current'

@test "PROC-10 the program runs under the profile, by run, create and exec, as anybody [vm]" {
	local nnp uid
	need_apparmor
	profile "$ID" "deny /t/secret w"
	bundle
	apply "$ID"
	config '.mounts += [{"destination": "/t", "type": "tmpfs", "source": "t", "options": ["mode=1777"]}]'
	for nnp in true false; do
		for uid in 0 1000; do
			config --argjson n $nnp --argjson u $uid '.process.noNewPrivileges = $n | .process.user = {"uid": $u, "gid": $u}'
			in_container "$LOOK; echo >/t/other && echo wrote; echo >/t/secret || echo refused"
			assert_line "$ID (enforce)"
			assert_line wrote
			assert_line refused
			script 'sleep 1000'
			running
			assert_equal "$(cat "/proc/$(pid_of)/attr/current")" "$ID (enforce)"
			# F4: exec gets what init has.
			run davit exec "$ID" sh -c "$LOOK" </dev/null
			assert_output "$ID (enforce)"
			davit delete --force "$ID"
		done
	done
}

@test "H8 a name that begins like no profile at all is a profile [vm]" {
	need_apparmor
	profile unconfined_foo
	bundle
	apply unconfined_foo
	in_container "$LOOK"
	assert_output "unconfined_foo (enforce)"
	apply unconfined
	in_container "$LOOK"
	assert_output unconfined
}

@test "H8 a profile that is not there fails create and exec by its name, and leaves nothing [vm]" {
	local nnp name
	need_apparmor
	profile "$ID"
	bundle
	args sleep 1000
	for nnp in true false; do
		config --argjson n $nnp '.process.noNewPrivileges = $n'
		for name in "$ID-none" "$ID-none//hat" ":$ID-none:$ID" "$ID//&$ID-none" "${ID%?}" unconfined_; do
			apply "$name"
			detached davit create --bundle "$BUNDLE" "$ID"
			[[ $status == 1 && $stderr == *"AppArmor has no profile \"$name\""* ]] || fail "$name: $status $stderr"
			assert_nothing_left
		done
		rm -f "$TMP/log"
		detached davit --log "$TMP/log" --log-format json create --bundle "$BUNDLE" "$ID"
		jq -e '.path == "process.apparmorProfile" and .errno == "ENOENT" and (.hint | contains("apparmor_parser"))' "$TMP/log"
		apply "$ID"
		running
		run davit exec --apparmor "$ID-none" "$ID" true </dev/null
		assert_failure 255
		assert_output --partial "AppArmor has no profile \"$ID-none\""
		wait_status running
		davit delete --force "$ID"
	done
}

@test "PROC-10 exec has a profile of its own by --apparmor and by its process file [vm]" {
	need_apparmor
	profile "$ID"
	profile "$ID-b"
	bundle
	apply "$ID"
	args sleep 1000
	running
	run davit exec --apparmor "$ID-b" "$ID" sh -c "$LOOK" </dev/null
	assert_output "$ID-b (enforce)"
	run davit exec --apparmor unconfined "$ID" sh -c "$LOOK" </dev/null
	assert_output unconfined
	jq --arg p "$ID-b" '.process | .apparmorProfile = $p | .args = ["cat", "/proc/self/attr/current"]' "$BUNDLE/config.json" >"$TMP/process"
	run davit exec --process "$TMP/process" "$ID" </dev/null
	assert_output "$ID-b (enforce)"
}

@test "PROC-10 the profile is the program's, not the hooks', and no filter is in its way" {
	local nnp
	need_apparmor
	profile "$ID"
	bundle
	apply "$ID"
	config '.mounts += [{"destination": "/t", "type": "tmpfs", "source": "t"}] |
		.hooks.startContainer = [{"path": "/bin/sh", "args": ["sh", "-c", "cat /proc/self/attr/current >/t/hook"]}] |
		.linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
			{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO"}]}'
	for nnp in true false; do
		config --argjson n $nnp '.process.noNewPrivileges = $n'
		in_container "cat /t/hook; $LOOK"
		assert_output "unconfined
$ID (enforce)"
	done
}

@test "PROC-10 profiles in a policy namespace, and stacked ones" {
	need_apparmor
	profile "$ID"
	profile "$ID-b" "deny /t/b w"
	mkdir "/sys/kernel/security/apparmor/policy/namespaces/$ID" || skip "no policy namespaces here"
	undo rmdir "/sys/kernel/security/apparmor/policy/namespaces/$ID"
	printf 'profile inner flags=(attach_disconnected) { file, capability, }\n' >"$TMP/inner"
	apparmor_parser -r -K -n "$ID" "$TMP/inner"
	bundle
	apply ":$ID:inner"
	in_container "echo ran"
	args sleep 1000
	running
	assert_equal "$(cat "/proc/$(pid_of)/attr/current")" ":$ID:inner (enforce)"
	davit delete --force "$ID"
	apply "$ID//&$ID-b"
	running
	assert_equal "$(cat "/proc/$(pid_of)/attr/current")" "$ID//&$ID-b (enforce)"
	davit delete --force "$ID"
}

@test "PROC-10 a confined runtime changes the profile, or under noNewPrivileges adds to its own" {
	need_apparmor
	need_cmd aa-exec
	profile "$ID"
	profile "$ID-outer" "change_profile -> **"
	profile "$ID-narrow"
	bundle
	apply "$ID"
	script "$LOOK"
	config '.process.noNewPrivileges = false'
	run -0 aa-exec -p "$ID-outer" -- "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	assert_output "$ID (enforce)"
	config '.process.noNewPrivileges = true'
	run -0 aa-exec -p "$ID-outer" -- "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	[[ $output == *"$ID-outer"*"//&"* || $output == *"//&"*"$ID-outer"* ]] || fail "$output"
	# One that may not change it says so: not a container without its profile.
	config '.process.noNewPrivileges = false'
	run aa-exec -p "$ID-narrow" -- "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	assert_failure 1
	assert_output --partial "cannot give the program the AppArmor profile \"$ID\""
	assert_nothing_left
}

@test "C1 PROC-10 what the container has at /proc does not matter" {
	local change
	need_apparmor
	profile "$ID"
	bundle
	apply "$ID"
	args sleep 1000
	mkdir -p "$BUNDLE/rootfs/proc/thread-self/attr/apparmor" "$BUNDLE/rootfs/proc/self/attr"
	echo unconfined >"$BUNDLE/rootfs/proc/thread-self/attr/apparmor/current"
	: >"$BUNDLE/rootfs/proc/thread-self/attr/apparmor/exec"
	for change in 'map(select(.destination != "/proc"))' 'map(if .destination == "/proc" then .options += ["subset=pid"] else . end)'; do
		config ".mounts |= $change"
		running
		assert_equal "$(cat "/proc/$(pid_of)/attr/current")" "$ID (enforce)"
		davit delete --force "$ID"
	done
	assert_equal "$(cat "$BUNDLE/rootfs/proc/thread-self/attr/apparmor/exec")" ""
}

@test "PROC-10 a container with a user namespace has its profile too" {
	need_apparmor
	profile "$ID"
	bundle
	apply "$ID"
	config '.linux.namespaces += [{"type": "user"}] |
		.linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}] |
		.linux.gidMappings = .linux.uidMappings'
	in_container "$LOOK"
	assert_output "$ID (enforce)"
}

@test "PROC-10 H8 where AppArmor is off a profile is refused, by name and place" {
	[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" != Y ] || skip "AppArmor is on here"
	bundle
	apply docker-default
	detached davit create --bundle "$BUNDLE" "$ID"
	[[ $status == 1 && $stderr == *"process.apparmorProfile: needs AppArmor, which is off on this host"* ]] || fail "$stderr"
	assert_nothing_left
}
