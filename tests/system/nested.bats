#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tags: vm
# davit in a container of another runtime: parts of /proc are masked as those do it.
load ../lib/helpers
load ../lib/rootless

setup() {
	test_setup
	need_root
}

# outer COMMAND...: in a mount namespace with the masks of an ordinary container
outer() {
	# shellcheck disable=SC2016 # the inner shell's
	unshare --mount --propagation private sh -c '
		set -e
		for p in sys sysrq-trigger irq bus; do
			[ -e /proc/$p ] || continue
			mount --bind /proc/$p /proc/$p
			mount -o remount,bind,ro /proc/$p
		done
		mount --bind /dev/null /proc/keys
		mount -t tmpfs -o ro tmpfs /proc/scsi 2>/dev/null || true
		exec "$@"' sh "$@" 3>&- 4>&-
}

@test "the steps of a life in an outer container, whose /proc/sys is read-only [fallback]" {
	bundle
	args sleep 100
	detached outer "$DAVIT" --root "$ROOT" create --bundle "$BUNDLE" "$ID"
	assert_success
	run -0 outer "$DAVIT" --root "$ROOT" state "$ID"
	assert_json '.status == "created"'
	run -0 outer "$DAVIT" --root "$ROOT" start "$ID"
	assert_equal "$(state_of)" running
	run -0 outer "$DAVIT" --root "$ROOT" kill "$ID" KILL
	wait_status stopped
	run -0 outer "$DAVIT" --root "$ROOT" delete "$ID"
	assert_nothing_left
}

@test "SYSC-01 kernel parameters are set all the same: the masks are those of the outer /proc" {
	bundle
	config '.linux.sysctl = {"kernel.msgmax": "4096"}'
	script 'cat /proc/sys/kernel/msgmax'
	run -0 outer "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	assert_output 4096
	assert_nothing_left
}

# ---- davit in a container of davit

# outer_bundle: $OUTER, a bundle whose program may run davit on what is in $TMP; $BUNDLE stays
# the inner one
outer_bundle() {
	local inner=$BUNDLE
	OUTER=$TMP/outer
	reachable_davit
	"${1:-bundle}" "$OUTER"
	config --arg tmp "$TMP" --arg build "$(dirname "$DAVIT")" '
		.root.readonly = false
		| .linux.maskedPaths = [] | .linux.readonlyPaths = []
		| (.mounts[] | select(.type == "cgroup") | .options) -= ["ro"]
		| .mounts += [
			("/usr", "/lib", "/lib64" | {destination: ., type: "bind", source: ., options: ["rbind", "ro"]}),
			{destination: $build, type: "bind", source: $build, options: ["rbind", "ro"]},
			{destination: $tmp, type: "bind", source: $tmp, options: ["bind", "rw"]}]
		| .process.capabilities = (["CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL",
			"SETGID", "SETUID", "SETPCAP", "SYS_ADMIN", "SYS_CHROOT", "MKNOD", "NET_ADMIN", "SETFCAP",
			"SYS_PTRACE", "AUDIT_WRITE", "NET_BIND_SERVICE"] | map("CAP_" + .)
			| {bounding: ., effective: ., permitted: .})
		| .process.noNewPrivileges = false'
	BUNDLE=$inner
}
# outer_script TEXT: the outer container's program
outer_script() {
	local inner=$BUNDLE
	BUNDLE=$OUTER
	script "$1"
	BUNDLE=$inner
}
# a whole life in the outer container; INNER are davit's global options
inner_life() {
	cat <<-S
		set -e
		export XDG_RUNTIME_DIR=$TMP
		d="$DAVIT --root $TMP/root-inner"
		\$d create --bundle $BUNDLE $ID-in >$TMP/inner.out 2>&1 || { cat $TMP/inner.out; exit 1; }
		\$d start $ID-in
		\$d exec $ID-in /bin/sh -c 'cat /proc/1/comm; id -u'
		\$d state $ID-in | grep '"status": "running"'
		\$d kill $ID-in KILL
		while ! \$d state $ID-in | grep -q stopped; do sleep 0.1; done
		\$d delete $ID-in
		echo "left \$(ls $TMP/root-inner)"
	S
}

@test "root in a container of root: a whole life of davit inside of davit" {
	bundle
	args sleep 100
	outer_bundle
	outer_script "$(inner_life)"
	run -0 davit run --bundle "$OUTER" "$ID"
	assert_line sleep
	assert_line 0
	assert_line 'left '
	assert_nothing_left
}

@test "root in a container with a user namespace: a whole life, with and without another one inside" {
	bundle
	args sleep 100
	chown -R 700000:700000 "$BUNDLE"
	outer_bundle
	chown 700000:700000 "$TMP" "$OUTER/rootfs"
	undo chown 0:0 "$TMP"
	jq '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 700000, size: 65536}] |
		.linux.gidMappings = .linux.uidMappings' <"$OUTER/config.json" >"$OUTER/new"
	mv "$OUTER/new" "$OUTER/config.json"
	# Its own cgroup is not handed over: without limits it is left where it is.
	config 'del(.linux.resources)'
	outer_script "$(inner_life)"
	run -0 davit run --bundle "$OUTER" "$ID"
	assert_line sleep
	assert_line 'left '
	config '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 1000, size: 1000}] |
		.linux.gidMappings = .linux.uidMappings'
	run -0 davit run --bundle "$OUTER" "$ID"
	assert_line sleep
	assert_line 'left '
	assert_nothing_left
}

@test "an ordinary user's container in an ordinary user's container" {
	rootless_user
	rootless_bundle
	args sleep 100
	outer_bundle rootless_bundle
	local inner=$BUNDLE
	BUNDLE=$OUTER
	maps '0 4711 1' '1 700000 65536'
	BUNDLE=$inner
	# Inside, root is who was 4711; the inner container's root is the outer's user 5.
	config '.linux.uidMappings = [{containerID: 0, hostID: 5, size: 10}] | .linux.gidMappings = .linux.uidMappings'
	chown 4711:4711 "$TMP"
	undo chown 0:0 "$TMP"
	outer_script "$(inner_life)"
	run -0 as_rootless "$DAVIT" run --bundle "$OUTER" "$ID"
	assert_line sleep
	assert_line 'left '
	assert_rootless_clean
}

@test "B17 where the outer container masks its proc, the inner one of a user namespace is refused, and the mask named" {
	bundle
	args sleep 100
	config 'del(.linux.resources) | .linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 1000, size: 1000}] |
		.linux.gidMappings = .linux.uidMappings'
	outer_bundle
	jq '.linux.maskedPaths = ["/proc/fs"]' <"$OUTER/config.json" >"$OUTER/new"
	mv "$OUTER/new" "$OUTER/config.json"
	outer_script "$DAVIT --root $TMP/root-inner --cgroup-manager=disabled --log=$TMP/inner.log --log-format=json \
		create --bundle $BUNDLE $ID-in; echo exit \$?; ls $TMP/root-inner"
	run -0 davit run --bundle "$OUTER" "$ID"
	assert_output --partial 'mount proc on /proc'
	assert_line 'exit 1'
	assert_equal "$(jq -r .hint "$TMP/inner.log" | grep -c '/proc/fs is masked here')" 1
	assert_nothing_left
}
