#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Filters from inside, by each way into the kernel (H1 to H4), and the keyring (H10).
load attack

# Calls that are blocked in these tests, by table: mkdir, and getpgrp as one that works.
declare -gA MKDIR=([native]=83 [x32]=83 [i386]=39) GETPGRP=([native]=111 [x32]=111 [i386]=65)

need_x86() { [ "$(uname -m)" = x86_64 ] || skip "needs x86-64"; }

# abi WAY NUMBER...: what comes of these calls inside, as "errno 1", "value 3", "signal 31"
abi() {
	args /abi "$@"
	run -0 davit run --bundle "$BUNDLE" "$ID"
	output=$(sed "s/^$1 [^ ]* //" <<<"$output")
}

# profile ACTION ARCHITECTURES...: everything is allowed but mkdir
profile() {
	config --arg action "$1" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		architectures: $ARGS.positional, syscalls: [{names: ["mkdir"], action: $action}]}' \
		--args -- "${@:2}"
}

# has_way WAY: can this kernel be entered so at all? mkdir(NULL) is EFAULT then; in user-mode
# Linux i386's number may lead into the native table, where it is getpid.
has_way() { "$PROGRAMS/abi" "$1" "${MKDIR[$1]}" 2>/dev/null | grep -q 'errno 14'; }

@test "H1 a call that is blocked is blocked by every way into the kernel" {
	local way archs
	need_x86
	bundle
	inside abi
	for archs in SCMP_ARCH_X86_64 "SCMP_ARCH_X86_64 SCMP_ARCH_X86" \
		"SCMP_ARCH_X86_64 SCMP_ARCH_X86 SCMP_ARCH_X32" ""; do
		# shellcheck disable=SC2086 # words
		profile SCMP_ACT_ERRNO $archs
		for way in native x32 i386; do
			[ "$way" != i386 ] || has_way i386 || continue
			abi "$way" "${MKDIR[$way]}"
			# Refused by the profile, killed as a table that is not listed, or unknown to the kernel;
			# never carried out, which would be EFAULT for a null path.
			case $output in
			"errno 1" | "signal 31") ;;
			"errno 38") [ "$way" = x32 ] || fail "$archs, $way: $output" ;;
			*) fail "$archs, $way: $output" ;;
			esac
		done
		abi native "${GETPGRP[native]}"
		assert_output --regexp '^value '
	done
}

@test "H1 a table that is not listed is closed altogether, one that is listed works" {
	need_x86
	has_way i386 || skip "needs a kernel with the 32-bit table"
	bundle
	inside abi
	profile SCMP_ACT_ERRNO SCMP_ARCH_X86_64
	abi i386 "${GETPGRP[i386]}" 20
	assert_output "signal 31
signal 31"
	profile SCMP_ACT_ERRNO SCMP_ARCH_X86_64 SCMP_ARCH_X86
	abi i386 "${GETPGRP[i386]}" "${MKDIR[i386]}"
	assert_output --regexp "^value [0-9]+
errno 1$"
}

@test "H2 numbers that nobody knows are ENOSYS, known ones get what the profile says" {
	local n
	need_x86
	bundle
	inside abi
	# Whatever the static program needs is allowed; everything else is refused.
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 1,
		architectures: ["SCMP_ARCH_X86_64"], syscalls: [{action: "SCMP_ACT_ALLOW", names:
		["read", "write", "writev", "close", "execve", "exit", "exit_group", "brk", "mmap", "munmap",
		"mprotect", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64",
		"readlinkat", "readlink", "getrandom", "newfstatat", "fstat", "clone", "clone3", "fork", "wait4",
		"gettid", "getpid", "tgkill", "rt_sigprocmask", "rt_sigaction", "rt_sigreturn", "futex"]},
		{action: "SCMP_ACT_ERRNO", errnoRet: 13, names: ["mkdir"]}]}'
	abi native 83 111
	assert_output "errno 13
errno 1"
	# Beyond every table.
	abi native 600 1000 5000 0x3fffffff
	assert_output "errno 38
errno 38
errno 38
errno 38"
	# A tracer's mark for "no call": does nothing, whatever is said of it.
	for n in -1 0x40000000 0x40000053 0x40000fff; do
		abi native $n
		case $output in
		"errno 38" | "errno 1" | "signal 31") ;;
		*) fail "$n: $output" ;;
		esac
	done
}

@test "H3 a profile that allows by default and names an unknown call is refused" {
	bundle
	canary
	args /bin/true
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["no_such_call"], action: "SCMP_ACT_ERRNO"}]}'
	attempt "a hole"
	refused "a hole" no_such_call
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["no_such_call"], action: "SCMP_ACT_ALLOW"}]}'
	attempt "no hole"
	accepted "no hole"
}

# minimal: allow nothing but what docs/sync-protocol.md lists, and the program's exit_group
minimal() {
	config --argjson nnp "$1" '.process.noNewPrivileges = $nnp | .linux.seccomp = {
		defaultAction: "SCMP_ACT_KILL_PROCESS", syscalls: [{action: "SCMP_ACT_ALLOW",
		names: $ARGS.positional}]}' --args -- "${@:2}"
}

# documented true|false: the calls that the documentation lists for noNewPrivileges
documented() {
	sed -n "s/^| $1 | .* | \(.*\) |\$/\1/p" "$TESTS_DIR/../docs/sync-protocol.md" | tr -d '`' |
		tr ' ' '\n' | sort
}

@test "H4 a profile that allows only the documented calls lets a container start" {
	local nnp list
	need_x86
	bundle
	inside nothing
	args /nothing
	for nnp in true false; do
		mapfile -t list < <(documented $nnp)
		[ ${#list[@]} -ge 4 ] || fail "the documentation lists nothing for $nnp"
		minimal $nnp "${list[@]}"
		run -0 davit run --bundle "$BUNDLE" "$ID"
		config '.process.user.uid = 1000'
		create
		davit start "$ID"
		wait_status stopped
		davit delete "$ID"
	done
}

@test "H4 the calls between filter and execve are those that the documentation lists" {
	local nnp tracer
	need_cmd strace
	need_x86
	bundle
	inside nothing
	args /nothing
	for nnp in true false; do
		config --argjson nnp $nnp '.process.noNewPrivileges = $nnp | .process.user.uid = 1000 |
			.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW"}'
		strace -f -o "$TMP/trace" "$DAVIT" --root "$ROOT" create --bundle "$BUNDLE" "$ID" \
			</dev/null >"$TMP/out" 2>"$TMP/err" 3>&- 4>&- &
		tracer=$!
		wait_status created
		davit start "$ID"
		wait $tracer
		davit delete "$ID"
		awk '/seccomp\(SECCOMP_SET_MODE_FILTER|PR_SET_SECCOMP/ { init = $1; next }
			init && $1 == init && $2 !~ /^(<|\+|-)/ { s = $2; sub(/\(.*/, "", s); print s }
			init && $1 == init && /execve\(.*= 0/ { exit }' "$TMP/trace" | sort -u >"$TMP/used"
		grep -qx execve "$TMP/used" || fail "no execve: $(cat "$TMP/trace")"
		assert_equal "$(comm -23 "$TMP/used" <(documented $nnp))" ""
	done
}

@test "H4 a profile that denies a call on the way to execve is an error, and nothing is left" {
	local nnp
	need_x86
	bundle
	canary
	args /bin/true
	for nnp in true false; do
		config --argjson nnp $nnp '.process.noNewPrivileges = $nnp | .linux.seccomp = {
			defaultAction: "SCMP_ACT_ALLOW", syscalls: [{action: "SCMP_ACT_KILL_PROCESS", names: ["execve"]}]}'
		QUIET=1 attempt "execve, $nnp"
		refused "execve, $nnp"
		config '.linux.seccomp.syscalls[0].action = "SCMP_ACT_ERRNO"'
		attempt "execve errno, $nnp"
		refused "execve errno, $nnp" exec
	done
}

@test "H5 a profile that asks an agent needs no more than is documented for it" {
	local nnp list
	need_x86
	bundle
	inside nothing
	args /nothing
	background "$PROGRAMS/agent" "$TMP/agent.sock" answer
	wait_for 5 grep -q listening "$TMP/bg.out"
	for nnp in true false; do
		mapfile -t list < <(documented $nnp)
		minimal $nnp "${list[@]}" read close
		config --arg s "$TMP/agent.sock" '.process.user.uid = 1000 | .linux.seccomp.listenerPath = $s |
			.linux.seccomp.syscalls += [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]'
		run -0 davit run --bundle "$BUNDLE" "$ID"
		create
		davit start "$ID"
		wait_status stopped
		davit delete "$ID"
	done
	assert_equal "$(grep -c '^state' "$TMP/bg.out")" 4
}

@test "H10 containers share no keyring with the host or each other" {
	local first second host
	bundle
	host=$("$PROGRAMS/probe" | sed -n 's/^keyring \([^ ]*\).*/\1/p')
	probe
	first=$(value keyring)
	[ "${first%% *}" != none ] || skip "no keyrings here"
	inside probe
	args /probe -s 100
	running "$ID-a"
	running "$ID-b"
	wait_for 5 grep -q "done" "$TMP/out"
	second=$(sed -n 's/^keyring //p' "$TMP/out")
	[ "${first%% *}" != "${second%% *}" ]
	[ "${first%% *}" != "$host" ]
	[[ $first == *_ses* ]]
}
