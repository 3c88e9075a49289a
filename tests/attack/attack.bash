# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the attack tests share: `load attack`. A test makes a canary on the host, lets the
# attack go, and then says assert_canary: nothing of the host has changed.

load ../lib/helpers

# shellcheck disable=SC2034 # used by the tests
PROGRAMS=$DAVIT_BUILD/tests/attack

# More rounds where there is time for them.
rounds() { [ "${DAVIT_TEST_LONG-}" = 1 ] && echo "$2" || echo "$1"; }

# canary: files, folders, devices on the host that no container may touch, in $CANARY, and a
# picture of the host's mounts.
canary() {
	CANARY=$TMP/canary
	mkdir -p "$CANARY"/{dir,proc/sys/kernel,dev,etc}
	echo "canary" >"$CANARY/file"
	echo "canary in a folder" >"$CANARY/dir/marker"
	echo "fake" >"$CANARY/proc/sys/kernel/core_pattern"
	: >"$CANARY/dev/ptmx"
	: >"$CANARY/dev/console"
	mknod "$CANARY/dev/null" c 1 3
	chmod 600 "$CANARY/file" "$CANARY/dev/null"
	chmod 700 "$CANARY/dir"
	remember_canary
}

# own_null: the canary's null device is the host's for this test, so that what happens to it is
# seen, and nobody else is the cause.
own_null() {
	chmod 666 "$CANARY/dev/null"
	mount --bind "$CANARY/dev/null" /dev/null
	undo umount -l /dev/null
	remember_canary
}

# Every name, inode, mode, owner, and time; what changes bytes changes a time too.
look_at_canary() { find "$CANARY" -printf '%P %y %i %n %m %U:%G %s %T@ %C@ %l\n'; }

remember_canary() {
	CANARY_BEFORE=$(look_at_canary)
	MOUNTS_BEFORE=$(</proc/self/mountinfo)
	printf '%s\n' "$MOUNTS_BEFORE" >"$TMP/.mountinfo"
	find "$CANARY" -type f -exec sha256sum {} + >"$TMP/.sums"
}

# assert_canary [WHAT]: what canary saw is as it was. Without WHAT, at the end of a test, its bytes
# are looked at as well.
assert_canary() {
	local now
	now=$(look_at_canary)
	[ "$now" = "$CANARY_BEFORE" ] ||
		fail "${1-}: the canary was touched: $(diff <(echo "$CANARY_BEFORE") <(echo "$now"))"
	now=$(</proc/self/mountinfo)
	[ "$now" = "$MOUNTS_BEFORE" ] ||
		fail "${1-}: the host's mounts changed: $(diff <(echo "$MOUNTS_BEFORE") <(echo "$now"))"
	[ $# != 0 ] || sha256sum --quiet -c "$TMP/.sums" || fail "the canary was written to"
}

# inside NAME...: static helper programs into the root of the container.
inside() {
	local n
	for n; do
		cp "$PROGRAMS/$n" "$BUNDLE/rootfs/$n"
	done
}

# watch_mounts: a hook that looks at the container's mount namespace while the old root is still
# there; then assert_mounts_below_root says whether any mount landed outside, and sets MOUNTS_INSIDE
# to where in the container the others are, one a line.
watch_mounts() {
	config --arg to "$TMP/inner" '.hooks.createContainer = [
		{path: "/bin/cp", args: ["cp", "/proc/self/mountinfo", $to]}]'
}
assert_mounts_below_root() {
	[ -s "$TMP/inner" ] || fail "${1-}: the hook has not run"
	# What is not below the root must be there already, and not more often.
	MOUNTS_INSIDE=$(awk -v root="$BUNDLE/rootfs" '
		NR == FNR { host[$5]++; next }
		index($5, root) == 1 { print substr($5, length(root) + 1); next }
		--host[$5] < 0 { print "mounted outside of the root: " $0 >"/dev/stderr"; bad = 1 }
		END { exit bad }' "$TMP/.mountinfo" "$TMP/inner") || fail "${1-}: an escape"
	rm -f "$TMP/inner"
}

# attacker VOLUME NAME NAME...: a second container, root in it without a user namespace, that has
# VOLUME too and exchanges each pair of names below it for ever.
attacker() {
	local mine=$BUNDLE volume=$1
	shift
	bundle "$TMP/attacker"
	inside swap
	config --arg v "$volume" --arg id "$ID" '.linux.cgroupsPath = "/davit-\($id)-attacker" |
		.mounts += [{destination: "/vol", type: "bind", source: $v, options: ["rbind"]}]'
	args /swap "${@/#/\/vol\/}"
	create "$ID-attacker"
	davit start "$ID-attacker"
	# create has put its output there.
	mv "$TMP/out" "$TMP/attacker.out"
	mv "$TMP/err" "$TMP/attacker.err"
	BUNDLE=$mine
}

# attacker_was_busy ROUNDS: end it; it must have made more exchanges than that.
attacker_was_busy() {
	davit kill "$ID-attacker" TERM
	wait_status stopped "$ID-attacker"
	[ "$(cat "$TMP/attacker.out")" -gt "$1" ] ||
		fail "the attacker did nothing: $(cat "$TMP/attacker.err")"
}

# attempt NAME [COMMAND...]: one `davit run` with a limit of time (COMMAND runs it, e.g. with other
# descriptors). Sets rc, $TMP/out and $TMP/err, and MOUNTS_INSIDE, empty where no hook has looked.
# Whatever comes of it: nothing of the host has changed, nothing is left, and a refusal says
# something.
attempt() {
	local name=$1
	shift
	rm -f "$TMP/inner"
	rc=0 MOUNTS_INSIDE=''
	"$@" timeout 10 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" \
		>"$TMP/out" 2>"$TMP/err" 3>&- 4>&- || rc=$?
	[ "$rc" != 124 ] || fail "$name: hangs"
	assert_canary "$name"
	[ ! -e "$TMP/inner" ] || assert_mounts_below_root "$name"
	[ ! -e "$ROOT/$ID" ] || fail "$name: state left"
	[ "$rc" = 0 ] || [ -n "${QUIET-}" ] || [ -s "$TMP/err" ] || fail "$name: no word about it"
}
# accepted NAME, refused NAME [TEXT]: what the attempt came to
accepted() { [ "$rc" = 0 ] || fail "$1: exit $rc: $(cat "$TMP/err")"; }
refused() {
	[ "$rc" != 0 ] || fail "$1: accepted: $(cat "$TMP/out")"
	[ $# -lt 2 ] || grep -qF -e "$2" "$TMP/err" || fail "$1: says $(cat "$TMP/err")"
}

# probe [OPTION...]: run the probe as the container's program; $output has its report.
probe() {
	inside probe
	args /probe
	run -0 davit run --bundle "$BUNDLE" "$@" "$ID"
	assert_line "done"
}

# value NAME: what the probe said of it.
value() { sed -n "s/^$1:\\{0,1\\} *//p" <<<"$output"; }
