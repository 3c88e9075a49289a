# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The library of the system tests: `load ../lib/helpers` (tests/README.md tells how to
# use it). Everything a test makes lies in $TMP, its ids begin with $ID, and teardown
# fails the test if anything of it is left: processes, cgroups, mounts, state.

bats_require_minimum_version 1.5.0

# A test in a file of tests/*/ says ../lib/helpers: known without a fork.
case ${BASH_SOURCE[0]} in
/*/../lib/helpers.bash) TESTS_DIR=${BASH_SOURCE[0]%/*/../lib/helpers.bash} ;;
*) TESTS_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) ;;
esac
HELPERS_DIR=$TESTS_DIR/lib
: "${DAVIT_BUILD:=${TESTS_DIR%/*}/build}"
: "${DAVIT:=$DAVIT_BUILD/davit}"
export DAVIT

# shellcheck source=tests/lib/assert.bash
source "$HELPERS_DIR/assert.bash"
# shellcheck source=tests/lib/needs.bash
source "$HELPERS_DIR/needs.bash"
# shellcheck source=tests/lib/leftovers.bash
source "$HELPERS_DIR/leftovers.bash"

# A test file that has a setup or teardown of its own calls these two.
setup() { test_setup; }
teardown() { test_teardown; }

# bats notes the place of each command before it runs, by which it tells the place of what failed,
# and which takes half of the time of most tests. That of the failure alone is enough.
note_failures_only() {
	declare -F bats_capture_stack_trace bats_error_trap >/dev/null || return 0
	trap note_failure ERR
	trap - DEBUG
}
note_failure() {
	local status=$?
	bats_capture_stack_trace
	BATS_DEBUG_LAST_STACK_TRACE_IS_VALID=1
	# It asks for the status.
	(exit $status) || bats_error_trap
}

test_setup() {
	note_failures_only
	[ -x "$DAVIT" ] || fail "no $DAVIT: build it, or set DAVIT"
	[ -n "${DAVIT_GUARD_PID-}" ] || fail "run the tests by tests/run, e.g. tests/run ${BATS_TEST_FILENAME##*/}"
	TMP=$BATS_TEST_TMPDIR
	ID=t$$n${BATS_TEST_NUMBER}x
	ROOT=$TMP/root
	UNDO=()
	# Containers of other users are looked for from here.
	[ -e "$BATS_RUN_TMPDIR/.open" ] ||
		{ chmod 755 "$BATS_RUN_TMPDIR" "${TMP%/*}" && : >"$BATS_RUN_TMPDIR/.open"; }
	cd "$TMP" || return 1
	remember_machine
}

test_teardown() {
	local i rc=0
	[ -n "${ID-}" ] || return 0
	# What fails from here on is teardown; nothing but its status says so.
	[ -n "${BATS_DEBUG_LAST_STACK_TRACE_IS_VALID-}" ] || ! declare -F bats_capture_stack_trace >/dev/null ||
		bats_capture_stack_trace
	cd / || return 1
	for ((i = ${#UNDO[@]} - 1; i >= 0; i--)); do
		eval "${UNDO[i]}" || { echo "# undo failed: ${UNDO[i]}"; rc=1; }
	done
	delete_all || rc=1
	check_nothing_left || rc=1
	return $rc
}

# undo COMMAND...: run it at teardown, the last one first.
undo() { UNDO+=("$(printf '%q ' "$@")"); }

# davit ARG...: the program under test with this test's state root. bats' own
# descriptors are closed, since a container that kept one would make bats wait for it.
# DAVIT_TEST_CGROUP=systemd runs every test with that manager.
davit() {
	"$DAVIT" --root "$ROOT" ${DAVIT_TEST_CGROUP:+--cgroup-manager "$DAVIT_TEST_CGROUP"} "$@" 3>&- 4>&-
}

# detached COMMAND...: like bats' `run` for a command that leaves a process with the
# command's stdout and stderr open: these go to $TMP/out and $TMP/err. Sets $status,
# $output (stdout), $stderr, as they are when the command ends.
detached() {
	status=0
	"$@" </dev/null >"$TMP/out" 2>"$TMP/err" 3>&- 4>&- || status=$?
	output=$(<"$TMP/out")
	stderr=$(<"$TMP/err")
}

# create [ID [OPTION...]]: `davit create` of $BUNDLE, which must work. The container's
# output goes to $TMP/out and $TMP/err.
create() {
	local id=${1:-$ID}
	shift || true
	detached davit create --bundle "$BUNDLE" "$@" "$id"
	[ "$status" = 0 ] || fail "create $id: exit $status: $stderr"
}

# running [ID [OPTION...]]: create and start, which must work.
running() {
	create "$@"
	davit start "${1:-$ID}" || fail "start ${1:-$ID}"
}

# state_of [ID [FILTER]]: a member of the state document, .status if none is named.
state_of() {
	local text
	text=$(davit state "${1:-$ID}") || return
	if [ -n "${2-}" ]; then jq -r "$2" <<<"$text"; else status_in "$text" && echo "$STATE_STATUS"; fi
}
# status_in TEXT: sets STATE_STATUS. It is asked often, and jq takes longer than davit.
status_in() {
	[[ $1 =~ \"status\":\ \"([a-z]+)\" ]] || fail "no state document: $1"
	STATE_STATUS=${BASH_REMATCH[1]}
}
pid_of() {
	local text
	text=$(davit state "${1:-$ID}") || return
	[[ $text =~ \"pid\":\ ([0-9]+) ]] || fail "no state document: $text"
	echo "${BASH_REMATCH[1]}"
}

# wait_status STATUS [ID [SECONDS]]
wait_status() {
	wait_for "${3:-10}" status_is "$1" "${2:-$ID}" ||
		fail "${2:-$ID} is $(state_of "${2:-$ID}"), not $1"
}
status_is() {
	local text
	text=$(davit state "$2") && status_in "$text" && [ "$STATE_STATUS" = "$1" ]
}

# wait_for SECONDS COMMAND...: until it succeeds; 1 when the time is over. Machines
# without hardware virtualisation set DAVIT_TEST_SLOW to a factor.
wait_for() {
	local end=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000 * ${DAVIT_TEST_SLOW:-1}))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "${EPOCHREALTIME/[.,]/}" -lt $end ] || return 1
		sleep 0.02
	done
}

# background COMMAND...: in the background, killed at teardown. Sets BG, its pid; output
# goes to $TMP/bg.out and $TMP/bg.err.
background() {
	"$@" </dev/null >"$TMP/bg.out" 2>"$TMP/bg.err" 3>&- 4>&- &
	BG=$!
	undo end_background $BG
}
end_background() {
	kill -KILL "$1" 2>/dev/null || true
	wait "$1" 2>/dev/null || true
}

# ---- bundles

# Sets TREE: the busybox tree, made once a run.
busybox_tree() {
	local busybox
	TREE=${DAVIT_TEST_CACHE:-$BATS_RUN_TMPDIR}/busybox
	[ ! -e "$TREE" ] || return 0
	busybox=$(static_busybox) || fail "no static busybox: install busybox-static"
	"$HELPERS_DIR/busybox-rootfs" "$busybox" "$TREE.$$"
	# Another file may have been first.
	mv -T "$TREE.$$" "$TREE" 2>/dev/null || rm -rf "$TREE.$$"
}

static_busybox() {
	local b
	for b in /bin/busybox /usr/bin/busybox; do
		[ -x "$b" ] && ! ldd "$b" 2>/dev/null | grep -q '=>' && { echo "$b"; return; }
	done
	return 1
}

# bundle [DIR]: a bundle with a busybox rootfs of its own and what `davit spec` writes,
# in $TMP/bundle or DIR. Sets BUNDLE.
bundle() {
	BUNDLE=${1:-$TMP/bundle}
	busybox_tree
	mkdir -p "$BUNDLE"
	# Not -a: owners, times and attributes of 300 names are half of the work.
	cp -dR --preserve=mode "$TREE" "$BUNDLE/rootfs"
	spec_config
}

# spec_config: config.json of $BUNDLE anew, as `davit spec` writes it, without terminal. What it
# writes is asked once in a run.
spec_config() {
	local cache=${DAVIT_TEST_CACHE:-$BATS_RUN_TMPDIR}/spec-$EUID rootless=()
	if [ ! -e "$cache" ]; then
		[ $EUID = 0 ] || rootless=(--rootless)
		mkdir "$cache.$$"
		(cd "$cache.$$" && davit spec "${rootless[@]}" >/dev/null &&
			jq '.process.terminal = false' config.json >new) || fail "davit spec"
		mv "$cache.$$/new" "$cache"
		rm -r "$cache.$$"
	fi
	cp --remove-destination "$cache" "$BUNDLE/config.json"
}

# config [JQ-OPTION...] FILTER: edit config.json of $BUNDLE.
config() {
	local text
	text=$(jq "$@" <"$BUNDLE/config.json") || fail "jq $*"
	printf '%s\n' "$text" >"$BUNDLE/config.json"
}

# args WORD...: process.args.  script TEXT: a shell script as the process.
args() {
	local text word list='' head=$'\n    "args": [' tail=$'\n    ]'
	text=$(<"$BUNDLE/config.json")
	for word; do
		json_string "$word"
		list+="${list:+,}"$'\n      '$JSON_STRING
		[ -n "$JSON_STRING" ] || break
	done
	# As jq lays it out, and where jq is not needed: it is what most tests do, and its start is
	# what costs most of them.
	if [ -n "$JSON_STRING" ] && [ $# -gt 0 ] && [[ $text == *"$head"*"$tail"* ]]; then
		word=${text#*"$head"}
		printf '%s\n' "${text%%"$head"*}$head$list$tail${word#*"$tail"}" >"$BUNDLE/config.json"
	else
		config '.process.args = $ARGS.positional' --args -- "$@"
	fi
}
# json_string TEXT: sets JSON_STRING, the empty string where it is not so simple.
json_string() {
	local text=${1//\\/\\\\}
	text=${text//\"/\\\"}
	text=${text//$'\n'/\\n}
	text=${text//$'\t'/\\t}
	JSON_STRING=
	[[ $text == *[!\ -~]* ]] || JSON_STRING=\"$text\"
}
script() { args /bin/sh -c "$1"; }

# in_container [OPTION...] TEXT: `davit run` of a shell script; sets status and output.
in_container() {
	script "${*: -1}"
	run -"${EXPECT:-0}" davit run --bundle "$BUNDLE" "${@:1:$#-1}" "$ID"
}

# debian_bundle [DIR]: a bundle on a Debian root file system (an overlay over a tree that
# tests/lib/debian-tree made and keeps outside the checkout). Sets BUNDLE.
debian_bundle() {
	local tree
	tree=$("$HELPERS_DIR/debian-tree" --have) || skip "no Debian tree: run tests/lib/debian-tree"
	BUNDLE=${1:-$TMP/bundle}
	mkdir -p "$BUNDLE/rootfs" "$BUNDLE/layer"
	# An overlay's upper layer must not lie on another overlay.
	mount -t tmpfs tmpfs "$BUNDLE/layer"
	undo umount "$BUNDLE/layer"
	mkdir "$BUNDLE/layer/up" "$BUNDLE/layer/work"
	mount -t overlay -o "lowerdir=$tree,upperdir=$BUNDLE/layer/up,workdir=$BUNDLE/layer/work" \
		overlay "$BUNDLE/rootfs"
	undo umount "$BUNDLE/rootfs"
	spec_config
	config '.root.readonly = false'
}

# as_user COMMAND...: as uid and gid 4242, without capabilities or groups.
as_user() { setpriv --reuid 4242 --regid 4242 --clear-groups --inh-caps=-all -- "$@"; }

# fds_of PID: its open descriptors, one "NUMBER TARGET" a line.
fds_of() {
	local f
	for f in /proc/"$1"/fd/*; do
		[ -e "$f" ] || [ -L "$f" ] || continue
		printf '%s %s\n' "${f##*/}" "$(readlink "$f")"
	done
}

# A cgroup of its own for a test that looks into it: cgroup_path is its cgroupsPath, cgroup_dir the
# name of the folder in each hierarchy.
cgroup_path() { if [ "${DAVIT_TEST_CGROUP-}" = systemd ]; then echo "-.slice:davit:$ID"; else echo "/davit-$ID"; fi; }
cgroup_dir() {
	local above='' uid
	uid=$(id -u)
	[ "$uid" = 0 ] || above=user.slice/user-$uid.slice/user@$uid.service/
	if [ "${DAVIT_TEST_CGROUP-}" = systemd ]; then echo "${above}davit-$ID.scope"; else echo "davit-$ID"; fi
}

# cgroups_of ID: the directories of its cgroups, in every hierarchy.
cgroups_of() { find "$CGROUP_ROOT" -type d -name "*$1*" 2>/dev/null; }
