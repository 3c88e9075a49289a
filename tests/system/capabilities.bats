#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tags: vm
# The five capability sets (PROC-11 to PROC-17).
load ../lib/helpers

# sets: the sets inside, "inheritable permitted effective bounding ambient", as hex.
sets() {
	args grep ^Cap /proc/self/status
	run -0 davit run --bundle "$BUNDLE" "$ID"
	SETS=$(awk '{ sub(/^0*/, "", $2); printf "%s%s", sep, ($2 == "" ? 0 : $2); sep = " " }' <<<"$output")
}

# CHOWN 0, KILL 5, SETUID 7, NET_RAW 13, SYS_ADMIN 21
@test "PROC-11 to PROC-14 each set is the one given, for root [fallback smoke]" {
	bundle
	config '.process.capabilities = {
		"bounding": ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID"],
		"permitted": ["CAP_CHOWN", "CAP_KILL"], "effective": ["CAP_CHOWN"],
		"inheritable": []}'
	sets
	# execve makes what root was permitted effective, and with privileges to gain permits
	# root what is in the bounding set.
	assert_equal "$SETS" "0 21 21 a1 0"
	config '.process.noNewPrivileges = false'
	sets
	assert_equal "$SETS" "0 a1 a1 a1 0"
	davit create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&- 4>&-
	run -0 grep ^Cap "/proc/$(pid_of)/status"
	assert_line "CapPrm:	0000000000000021"
	assert_line "CapEff:	0000000000000001"
	assert_line "CapBnd:	00000000000000a1"
	assert_line "CapInh:	0000000000000000"
}

@test "PROC-11 PROC-15 a user that is not root has the ambient ones after execve [fallback]" {
	bundle
	need_ids
	config '.process.user = {"uid": 1000, "gid": 1000} | .process.capabilities = {
		"bounding": ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID"],
		"permitted": ["CAP_CHOWN", "CAP_KILL"], "effective": ["CAP_CHOWN", "CAP_KILL"],
		"inheritable": ["CAP_KILL"], "ambient": ["CAP_KILL"]}'
	sets
	assert_equal "$SETS" "20 20 20 a1 20"
}

@test "PROC-11 a user that is not root has none without ambient ones" {
	bundle
	need_ids
	config '.process.user = {"uid": 1000, "gid": 1000} | .process.capabilities = {
		"bounding": ["CAP_CHOWN", "CAP_KILL"], "permitted": ["CAP_CHOWN", "CAP_KILL"],
		"effective": ["CAP_CHOWN"]}'
	sets
	assert_equal "$SETS" "0 0 0 21 0"
}

@test "PROC-12 PROC-17 absent sets are empty, and all of them where there are no capabilities" {
	bundle
	config '.process.capabilities = {}'
	sets
	assert_equal "$SETS" "0 0 0 0 0"
	config 'del(.process.capabilities)'
	sets
	assert_equal "$SETS" "0 0 0 0 0"
}

@test "PROC-12 all capabilities that the kernel and we have" {
	bundle
	config --argjson all "$(davit features | jq .linux.capabilities)" '.process.capabilities = {
		"bounding": $all, "permitted": $all, "effective": $all, "inheritable": $all, "ambient": $all}'
	sets
	local mine
	# An ordinary user's container has them all in its user namespace.
	if [ "$(id -u)" = 0 ]; then mine=$(sed -n 's/^CapPrm:\s*0*//p' /proc/self/status); else
		mine=$(printf '%x' $(((1 << ($(cat /proc/sys/kernel/cap_last_cap) + 1)) - 1)))
	fi
	assert_equal "$SETS" "$mine $mine $mine $mine $mine"
}

@test "PROC-15 PROC-16 what cannot be granted is left out with a warning, never silently" {
	bundle
	config '.process.capabilities = {"bounding": ["CAP_KILL", "CAP_NEVER_HEARD_OF"],
		"permitted": ["CAP_KILL"], "effective": ["CAP_KILL"], "ambient": ["CAP_KILL"]}'
	sets
	assert_equal "$SETS" "0 20 20 20 0"
	args true
	run -0 davit --log-level=warning run --bundle "$BUNDLE" "$ID"
	assert_output --partial CAP_NEVER_HEARD_OF
	assert_output --partial ambient
}

@test "PROC-16 capabilities that davit itself lacks are left out" {
	need_root
	bundle
	args grep ^CapBnd /proc/self/status
	run -0 setpriv --bounding-set -audit_write --inh-caps -audit_write \
		"$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&- 4>&-
	assert_output "CapBnd:	0000000000000420"
}

@test "PROC-18 a set-user-id program gains nothing under noNewPrivileges" {
	bundle
	need_ids
	mkdir "$BUNDLE/rootfs/suid"
	cp "$BUNDLE/rootfs/bin/busybox" "$BUNDLE/rootfs/suid/busybox"
	chmod 4755 "$BUNDLE/rootfs/suid/busybox"
	config '.process.user = {"uid": 1000, "gid": 1000}'
	args /suid/busybox grep Uid /proc/self/status
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_output "Uid:	1000	1000	1000	1000"
	config '.process.noNewPrivileges = false'
	run -0 davit run --bundle "$BUNDLE" "$ID"
	# busybox itself puts the effective id back; the saved one tells.
	assert_output --regexp "^Uid:	1000	[0-9]+	0	"
}
