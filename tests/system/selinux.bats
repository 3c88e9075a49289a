#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# process.selinuxLabel and linux.mountLabel on a kernel with SELinux (PROC-23, LABEL-01, H8 to H10).
load ../lib/helpers

PROCESS=system_u:system_r:container_t:s0:c1,c2
OTHER=system_u:system_r:container_t:s0:c3,c4
FILES=system_u:object_r:container_file_t:s0:c1,c2

need_selinux() {
	need_root
	[ -e /sys/fs/selinux/enforce ] || skip "SELinux is off here"
}

labelled() {
	config --arg p "$PROCESS" --arg m "$FILES" '.process.selinuxLabel = $p | .linux.mountLabel = $m'
}

# label_of PATH [PID]: of a file in the container, seen from the host
label_of() { stat -c %C "/proc/${2:-$(pid_of)}/root$1"; }

LOOK='cat /proc/self/attr/current'

@test "PROC-23 the program runs with the label, by run, create and exec, as anybody [vm]" {
	local nnp uid
	need_selinux
	bundle
	labelled
	for nnp in true false; do
		for uid in 0 1000; do
			config --argjson n $nnp --argjson u $uid '.process.noNewPrivileges = $n | .process.user = {"uid": $u, "gid": $u}'
			in_container "$LOOK"
			assert_output --partial "$PROCESS"
			script 'sleep 1000'
			running
			assert_equal "$(tr -d '\0' <"/proc/$(pid_of)/attr/current")" "$PROCESS"
			# F4, and what is left for the next execve: nothing.
			run davit exec "$ID" sh -c "$LOOK; cat /proc/self/attr/exec /proc/self/attr/keycreate" </dev/null
			assert_equal "$(tr -d '\0' <<<"$output")" "$PROCESS"
			run davit exec --process-label "$OTHER" "$ID" sh -c "$LOOK" </dev/null
			assert_equal "$(tr -d '\0' <<<"$output")" "$OTHER"
			davit delete --force "$ID"
		done
	done
}

@test "H8 a label that is none fails create and exec by its name, and leaves nothing [vm]" {
	local label
	need_selinux
	bundle
	args sleep 1000
	for label in nonsense a:b:c:s0 system_u:system_r:no_such_t:s0 "$PROCESS,c9999"; do
		config --arg l "$label" '.process.selinuxLabel = $l'
		detached davit create --bundle "$BUNDLE" "$ID"
		[[ $status == 1 && $stderr == *"SELinux does not take the label \"$label\""*EINVAL* ]] || fail "$label: $status $stderr"
		assert_nothing_left
	done
	detached davit --log "$TMP/log" --log-format json create --no-new-keyring --bundle "$BUNDLE" "$ID"
	jq -e '.path == "process.selinuxLabel" and .errno == "EINVAL" and (.hint | contains("policy"))' "$TMP/log"
	labelled
	running
	run davit exec --process-label a:b:c "$ID" true </dev/null
	assert_failure 255
	assert_output --partial 'the label "a:b:c"'
	wait_status running
}

# Every mount that can have one has the mount label, the kernel's own have not.
assert_labels() {
	local path pid
	pid=$(pid_of)
	for path in /dev /dev/shm /dev/pts /t /dev/mqueue /masked; do
		assert_equal "$path $(label_of $path "$pid")" "$path $FILES"
	done
	for path in /proc /sys; do
		[ "$(label_of $path "$pid")" != "$FILES" ] || fail "$path has the mount label"
	done
	# In files that are made there too
	nsenter -t "$pid" -m sh -c 'echo >/dev/shm/f'
	assert_equal "$(label_of /dev/shm/f "$pid")" "$FILES"
}

@test "LABEL-01 H9 mounts have the mount label, mqueue by attribute, proc and sysfs not [vm fallback]" {
	need_selinux
	bundle
	labelled
	mkdir "$BUNDLE/rootfs/masked"
	args sleep 1000
	config '.mounts += [{"destination": "/t", "type": "tmpfs", "source": "t", "options": ["size=64k", "mode=755"]}] |
		.mounts |= map(if .destination == "/dev/mqueue" then . else . end) | .linux.maskedPaths += ["/masked"] |
		if any(.mounts[]; .type == "mqueue") then . else
			.mounts += [{"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue"}] end'
	running
	assert_labels
	davit delete --force "$ID"
	# By mount(2), whose options are one text: the label has a comma.
	DAVIT_TEST_WITHOUT=mount-api,mount-setattr create
	davit start "$ID"
	assert_labels
}

@test "LABEL-01 a mount's own context stays, an annotation chooses the kind [vm]" {
	local kind
	need_selinux
	bundle
	labelled
	args sleep 1000
	config '.mounts += [{"destination": "/t", "type": "tmpfs", "source": "t",
		"options": ["context=\"system_u:object_r:container_file_t:s0:c7,c8\""]}]'
	running
	assert_equal "$(label_of /t)" system_u:object_r:container_file_t:s0:c7,c8
	davit delete --force "$ID"
	for kind in fscontext rootcontext context; do
		config --arg k $kind '.annotations["run.oci.mount_context_type"] = $k'
		running
		grep -q " /dev/shm .*${kind}=" "/proc/$(pid_of)/mountinfo" ||
			[ $kind = rootcontext ] || fail "$kind: $(grep /dev/shm "/proc/$(pid_of)/mountinfo")"
		[ $kind = fscontext ] || assert_equal "$kind $(label_of /dev/shm)" "$kind $FILES"
		davit delete --force "$ID"
	done
	# tmpfs has no attributes on disk that a default could stand in for.
	config '.annotations["run.oci.mount_context_type"] = "defcontext"'
	detached davit create --bundle "$BUNDLE" "$ID"
	[[ $status == 1 && $stderr == *tmpfs*EINVAL* ]] || fail "$stderr"
	assert_nothing_left
	config '.annotations["run.oci.mount_context_type"] = "nonsense"'
	detached davit create --bundle "$BUNDLE" "$ID"
	[[ $status == 1 && $stderr == *run.oci.mount_context_type* ]] || fail "$stderr"
}

@test "LABEL-01 H8 a mount label that is none: an error with the option, nothing is left [vm]" {
	need_selinux
	bundle
	config '.linux.mountLabel = "system_u:object_r:no_such_t:s0"'
	detached davit create --bundle "$BUNDLE" "$ID"
	[[ $status == 1 && $stderr == *no_such_t* ]] || fail "$stderr"
	assert_nothing_left
}

@test "H10 the session keyring has the process label [vm]" {
	[ -e "$DAVIT_BUILD/tests/attack/probe" ] || skip "needs tests/attack/probe"
	need_selinux
	bundle
	labelled
	cp "$DAVIT_BUILD/tests/attack/probe" "$BUNDLE/rootfs/probe"
	args /probe
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_line "keylabel $PROCESS"
	# Without a keyring of its own nothing is labelled.
	run -0 davit run --no-new-keyring --bundle "$BUNDLE" "$ID"
	refute_line "keylabel $PROCESS"
}

@test "PROC-23 the label is the program's, not the hooks', and no filter is in its way" {
	local nnp
	need_selinux
	bundle
	labelled
	config '.mounts += [{"destination": "/t", "type": "tmpfs", "source": "t"}] |
		.hooks.startContainer = [{"path": "/bin/sh", "args": ["sh", "-c", "cat /proc/self/attr/current >/t/hook"]}] |
		.linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
			{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO"}]}'
	for nnp in true false; do
		config --argjson n $nnp '.process.noNewPrivileges = $n'
		in_container "! grep -q container_t /t/hook; echo \$?; $LOOK"
		assert_line 0
		assert_output --partial "$PROCESS"
	done
}

@test "C1 PROC-23 what the container has at /proc does not matter" {
	need_selinux
	bundle
	labelled
	args sleep 1000
	mkdir -p "$BUNDLE/rootfs/proc/thread-self/attr"
	: >"$BUNDLE/rootfs/proc/thread-self/attr/exec"
	: >"$BUNDLE/rootfs/proc/thread-self/attr/keycreate"
	config '.mounts |= map(select(.destination != "/proc"))'
	running
	assert_equal "$(tr -d '\0' <"/proc/$(pid_of)/attr/current")" "$PROCESS"
	assert_equal "$(cat "$BUNDLE"/rootfs/proc/thread-self/attr/*)" ""
}

# enforcing COMMAND...: with the policy in force, if this machine's has a domain for containers
enforcing() {
	setenforce 1
	run "$@"
	setenforce 0
}

@test "PROC-23 LABEL-01 under an enforcing policy the label confines the program" {
	local nnp
	need_selinux
	[ "$(cat /sys/fs/selinux/enforce)" = 0 ] || skip "the policy is in force already"
	[ -e /root/lane.cil ] || skip "needs the policy of tests/vm"
	undo setenforce 0
	bundle
	labelled
	echo secret >"$BUNDLE/rootfs/other"
	echo secret >"$BUNDLE/rootfs/own"
	chcon -R "$FILES" "$BUNDLE/rootfs"
	# Another container's: the same type, other categories.
	chcon system_u:object_r:container_file_t:s0:c3,c4 "$BUNDLE/rootfs/other"
	script "$LOOK; echo; cat /own; cat /other 2>&1; echo x >/dev/shm/x && cat /dev/shm/x"
	for nnp in true false; do
		config --argjson n $nnp '.process.noNewPrivileges = $n'
		enforcing "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
		assert_success
		assert_output --partial "$PROCESS"
		assert_line secret
		assert_line --partial "'/other': Permission denied"
		assert_line x
	done
}

@test "PROC-23 LABEL-01 where SELinux is off labels are refused, by name and place" {
	[ ! -e /sys/fs/selinux/enforce ] || skip "SELinux is on here"
	bundle
	config --arg p "$PROCESS" '.process.selinuxLabel = $p'
	detached davit create --bundle "$BUNDLE" "$ID"
	[[ $status == 1 && $stderr == *"process.selinuxLabel: needs SELinux, which is off on this host"* ]] || fail "$stderr"
	assert_nothing_left
	config --arg m "$FILES" 'del(.process.selinuxLabel) | .linux.mountLabel = $m'
	detached davit create --bundle "$BUNDLE" "$ID"
	[[ $status == 1 && $stderr == *"linux.mountLabel: needs SELinux, which is off on this host"* ]] || fail "$stderr"
	assert_nothing_left
}
