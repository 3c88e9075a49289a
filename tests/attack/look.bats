#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Processes of a pid namespace that a container joins cannot look into davit (A3, A4).
load attack

end_namespace() { kill -KILL "$1" || true; }

# shared_namespace [-U]: a pid namespace, and a user namespace, with a proc of its own, in which
# the attacker runs; sets NS, the pid whose namespaces are joined.
shared_namespace() {
	# An execve as root of the new user namespace, once that has maps, gives the capabilities.
	background unshare -p -f --kill-child -m "$@" sh -c "until [ -e '$TMP/mapped' ]; do sleep 0.05
		done; exec sh -c \"mount -t proc proc /proc && touch '$TMP/ready' && exec sleep 1000\""
	wait_for 5 pgrep -P "$BG" || fail "no namespace: $(cat "$TMP/bg.err")"
	NS=$(pgrep -P "$BG")
	undo end_namespace "$NS"
	if [ $# -gt 0 ]; then
		echo 0 0 65536 >"/proc/$NS/gid_map"
		echo 0 0 65536 >"/proc/$NS/uid_map"
	fi
	touch "$TMP/mapped"
	wait_for 5 test -e "$TMP/ready" || fail "no namespace: $(cat "$TMP/bg.err")"
}

# look_for SECONDS [ARG...]: the attacker, in that namespace; ARG... are nsenter's, and a command
# that drops what it shall not have.
look_for() {
	local seconds=$1
	shift
	nsenter -t "$NS" -p -m "$@" "$PROGRAMS/look" "$seconds" sleep >"$TMP/looked" 3>&- 4>&- &
	LOOK=$!
	wait_for 5 grep -q looking "$TMP/looked"
}

# creates: containers in the namespace for as long as the attacker looks
creates() {
	local n=0
	while kill -0 "$LOOK" 2>&-; do
		create "$ID-$n"
		davit start "$ID-$n"
		davit delete --force "$ID-$n"
		n=$((n + 1))
	done
	wait "$LOOK" || fail "the attacker failed: $(cat "$TMP/looked")"
	[ "$n" -gt 3 ] || fail "only $n starts"
	[ "$(sed -n 's/.*processes //p' "$TMP/looked")" -gt 3 ] || fail "saw too little: $(cat "$TMP/looked")"
	! grep '^got' "$TMP/looked" || fail "looked into davit"
}

@test "A3 CVE-2016-9962 nobody in a joined pid namespace gets into relay or init" {
	bundle
	shared_namespace
	config --arg ns "/proc/$NS/ns/pid" '.process.capabilities = {} |
		.linux.namespaces |= map(if .type == "pid" then . + {path: $ns} else . end)'
	args sleep 1000
	look_for "$(rounds 3 60)" setpriv --inh-caps=-all --bounding-set \
		-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+sys_chroot,+mknod
	creates
}

@test "A3 CVE-2016-9962 nor in a joined user and pid namespace, as root of it" {
	bundle
	shared_namespace -U
	config --arg pid "/proc/$NS/ns/pid" --arg user "/proc/$NS/ns/user" '
		.process.capabilities = {} |
		.linux.namespaces |= map(if .type == "pid" then . + {path: $pid} else . end) |
		.linux.namespaces += [{type: "user", path: $user}]'
	args sleep 1000
	look_for "$(rounds 3 60)" -U --preserve-credentials
	creates
}

# stepped: create and start with a look at each system call of relay and init
stepped() {
	local total
	"$PROGRAMS/stepper" --look "$NS" --out "$TMP/step" -- \
		"$DAVIT" --root "$ROOT" create --bundle "$BUNDLE" "$ID" \
		</dev/null >"$TMP/out" 2>"$TMP/err" 3>&- 4>&- || fail "$(cat "$TMP/err" "$TMP/step")"
	total=$(sed -n 's/^looks //p' "$TMP/step")
	[ "$total" -gt 100 ] || fail "only $total looks"
	! grep '^got' "$TMP/step" || fail "looked into davit"
	davit start "$ID"
	wait_status running
}

@test "A3 A4 CVE-2016-9962 at no system call can relay or init be looked into" {
	bundle
	shared_namespace
	config --arg ns "/proc/$NS/ns/pid" '.process.capabilities = {} | .process.user.uid = 1000 |
		.linux.namespaces |= map(if .type == "pid" then . + {path: $ns} else . end)'
	args sleep 1000
	stepped
}

@test "A3 A4 CVE-2016-9962 nor by root of the user namespace that they join" {
	bundle
	shared_namespace -U
	config --arg pid "/proc/$NS/ns/pid" --arg user "/proc/$NS/ns/user" '
		.process.capabilities = {} |
		.linux.namespaces |= map(if .type == "pid" then . + {path: $pid} else . end) |
		.linux.namespaces += [{type: "user", path: $user}]'
	args sleep 1000
	stepped
}
