# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# An ordinary user for tests: uid and gid 4711, in files that cover the machine's own in the
# mount namespace that tests/run gives each file.

# rootless_user: the user, its ranges, its runtime folder $RUNDIR.
rootless_user() {
	need_cmd newuidmap newgidmap setpriv
	local f
	RUNDIR=$TMP/run-4711
	grep -v ':4711:' /etc/passwd >"$TMP/passwd"
	echo 'davitrootless:x:4711:4711::/tmp:/bin/sh' >>"$TMP/passwd"
	grep -v ':4711:' /etc/group >"$TMP/group"
	echo 'davitrootless:x:4711:' >>"$TMP/group"
	echo 'davitrootless:700000:65536' >"$TMP/subid"
	chmod 644 "$TMP/passwd" "$TMP/group" "$TMP/subid"
	for f in subuid subgid; do
		[ -e /etc/$f ] || { : >/etc/$f; undo rm_empty /etc/$f; }
		mount --bind "$TMP/subid" /etc/$f
		undo umount /etc/$f
	done
	for f in passwd group; do
		mount --bind "$TMP/$f" /etc/$f
		undo umount /etc/$f
	done
	reachable_davit
	mkdir -m 700 "$RUNDIR"
	chown 4711:4711 "$RUNDIR"
	# Before the mounts go: containers of the user need their own state root.
	undo rootless_delete_all
}
# Where the program lies in somebody's home, a copy that everybody can run. A shell asks, because
# setpriv itself still has root's rights when it runs its command.
reachable_davit() {
	# shellcheck disable=SC2016 # the user's shell
	setpriv --reuid 4711 --regid 4711 --clear-groups --inh-caps=-all -- sh -c '[ -x "$1" ]' sh "$DAVIT" && return
	mkdir -p "$TMP/program"
	cp "$DAVIT" "$TMP/program/davit"
	chmod 755 "$TMP/program" "$TMP/program/davit"
	DAVIT=$TMP/program/davit
}
rm_empty() { [ -s "$1" ] || rm -f "$1"; }

# as_rootless COMMAND...: as the user, with the environment of a login.
as_rootless() {
	env -i PATH="$PATH" HOME=/tmp XDG_RUNTIME_DIR="$RUNDIR" \
		${DAVIT_TEST_WITHOUT:+DAVIT_TEST_WITHOUT="$DAVIT_TEST_WITHOUT"} \
		setpriv --reuid 4711 --regid 4711 --clear-groups --inh-caps=-all -- "$@" 3>&- 4>&-
}

# as_rootless_with_groups GID,GID COMMAND...
as_rootless_with_groups() {
	local groups=$1
	shift
	env -i PATH="$PATH" HOME=/tmp XDG_RUNTIME_DIR="$RUNDIR" \
		setpriv --reuid 4711 --regid 4711 --groups "$groups" --inh-caps=-all -- "$@" 3>&- 4>&-
}

# rootless_bundle: the busybox bundle with what `davit spec --rootless` writes for the user.
rootless_bundle() {
	bundle "$@"
	chown -R 4711:4711 "$BUNDLE"
	rm "$BUNDLE/config.json"
	as_rootless "$DAVIT" spec --rootless --bundle "$BUNDLE" >/dev/null || fail "davit spec --rootless"
}

# maps 'CONTAINER HOST SIZE'...: of users and groups
maps() {
	# shellcheck disable=SC2016 # jq's
	config '.linux.uidMappings = [$ARGS.positional[] | split(" ") | map(tonumber) |
		{containerID: .[0], hostID: .[1], size: .[2]}] |
		.linux.gidMappings = .linux.uidMappings' --args -- "$@"
}

rootless_create() {
	local id=$1
	shift
	detached as_rootless "$DAVIT" create --bundle "$BUNDLE" "$@" "$id"
	[ "$status" = 0 ] || fail "create $id: exit $status: $stderr"
}
rootless_state() { as_rootless "$DAVIT" state "$1" | jq -r "${2:-.status}"; }
rootless_status_is() { [ "$(rootless_state "$2")" = "$1" ]; }

rootless_delete_all() {
	local d
	for d in "$RUNDIR"/davit/*/; do
		[ -d "$d" ] || continue
		as_rootless "$DAVIT" delete --force "$(basename "$d")"
	done
}

# assert_rootless_clean: no state of the user, no process of the user or its ranges.
assert_rootless_clean() {
	local left
	left=$(find "$RUNDIR" -mindepth 2 2>/dev/null)
	[ -z "$left" ] || fail "left in $RUNDIR: $left"
	wait_for 5 no_rootless_process || fail "left: $(rootless_processes)"
	[ -z "$(cgroups_of "$ID")" ] || fail "left cgroups: $(cgroups_of "$ID")"
}
rootless_processes() { ps -eo uid=,pid=,args= | awk '$1 == 4711 || ($1 >= 700000 && $1 < 765536)'; }
no_rootless_process() { [ -z "$(rootless_processes)" ]; }
