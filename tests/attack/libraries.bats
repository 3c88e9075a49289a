#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Nothing of the image is loaded into our processes, and none of them leaves its memory there
# (A5, A6).
load attack

# traps: what a libc loads when names, characters, locales or threads are asked for
traps() {
	local f
	for f in etc/nsswitch.conf etc/ld.so.cache etc/ld.so.preload etc/localtime etc/resolv.conf \
		lib/libnss_files.so.2 lib/x86_64-linux-gnu/libnss_files.so.2 lib64/libgcc_s.so.1 \
		usr/lib/libgcc_s.so.1 lib/x86_64-linux-gnu/libc.so.6 usr/lib/gconv/gconv-modules \
		usr/lib/x86_64-linux-gnu/gconv/gconv-modules.cache usr/lib/locale/locale-archive \
		usr/lib/locale/C.UTF-8/LC_CTYPE usr/share/zoneinfo/UTC etc/locale.alias; do
		mkdir -p "$BUNDLE/rootfs/${f%/*}"
		cp /bin/true "$BUNDLE/rootfs/$f"
	done
}

# opened FILE: what our own processes opened by path between the pivot (or, for exec, the joining)
# and the program; of the host that is /proc alone
opened() {
	awk -v from="$2" '
		$0 ~ from { inside[$1] = 1 }
		# Children of what is inside are inside.
		/clone3?\(|fork\(/ && inside[$1] && match($0, /= [0-9]+$/) { inside[substr($0, RSTART + 2)] = 1 }
		/execve(at)?\(/ { inside[$1] = 0 }
		inside[$1] && match($0, /"[^"]*"/) { print substr($0, RSTART + 1, RLENGTH - 2) }' "$1" | sort -u
}

# library PATHS: those of them that a libc opens of its own accord
library() {
	grep -E '(^|/)(lib[^/]*|usr)(/|$)|\.so|nsswitch|hosts|localtime|resolv|locale|zoneinfo|gconv|ld\.' <<<"$1" || true
}

@test "A5 CVE-2019-14271 nothing of the image is opened but what the container asks for" {
	need_cmd strace
	bundle
	config '.root.readonly = false | .process.user = {uid: 1000, gid: 1000} |
		.process.env = ["PATH=/bin", "LD_PRELOAD=/lib/trap.so", "LANG=de_DE.UTF-8", "GCONV_PATH=/usr/lib/gconv"]'
	traps
	args true
	strace -f -qq -o "$TMP/calls" -e trace=open,openat,openat2,execve,execveat,pivot_root,clone,clone3,fork \
		"$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null >"$TMP/out" 2>&1 3>&- || fail "$(cat "$TMP/out")"
	local all
	all=$(opened "$TMP/calls" '^[0-9]+ +pivot_root')
	[ -n "$all" ] || fail "nothing seen: $(head -50 "$TMP/calls")"
	assert_equal "$(library "$all")" ""
}

@test "A5 CVE-2019-14271 nor by exec" {
	need_cmd strace
	bundle
	config '.root.readonly = false'
	traps
	args sleep 1000
	running
	strace -f -qq -o "$TMP/calls" -e trace=open,openat,openat2,execve,execveat,setns,clone,clone3,fork \
		"$DAVIT" --root "$ROOT" exec --env LD_PRELOAD=/lib/trap.so "$ID" true </dev/null >"$TMP/out" 2>&1 3>&- ||
		fail "$(cat "$TMP/out")"
	grep -q 'setns(' "$TMP/calls"
	local all
	all=$(opened "$TMP/calls" '^[0-9]+ +setns')
	[ -n "$all" ] || fail "nothing seen: $(head -50 "$TMP/calls")"
	assert_equal "$(library "$all")" ""
}

@test "A5 no part of davit asks for users, names or characters by name" {
	need_cmd readelf
	local found
	found=$(readelf -Ws "$DAVIT" | awk '$7 == "UND" { sub(/@.*/, "", $8); print $8 }' |
		grep -E '^(getpw|getgrnam|getgrgid|getgrent|getgrouplist|getaddrinfo|gethost|getserv|getnet|getproto|iconv|dlmopen|pthread_cancel|initgroups|wordexp|setlocale)' || true)
	assert_equal "$found" ""
}

@test "A5 libraries that a command needs are loaded by the parent, before there is a child" {
	need_cmd strace
	need_cmd readelf
	readelf -n "$DAVIT" 2>/dev/null | grep -q FDO || skip "this build loads no library"
	bundle
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}'
	traps
	args true
	strace -f -qq -o "$TMP/calls" -e trace=open,openat,openat2,execve,execveat,clone,clone3,fork \
		"$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null >"$TMP/out" 2>&1 3>&- || fail "$(cat "$TMP/out")"
	local seen born
	seen=$(grep -n 'libseccomp\.so.* = [0-9]*$' "$TMP/calls")
	born=$(grep -nE 'clone3?\(' "$TMP/calls" | head -1)
	assert_equal "$(wc -l <<<"$seen")" 1
	[ "${seen%%:*}" -lt "${born%%:*}" ] || fail "loaded after the clone: $seen, $born"
}

@test "A5 a library that is missing is named, and only what needs it fails" {
	need_cmd readelf
	readelf -n "$DAVIT" 2>/dev/null | grep -q FDO || skip "this build loads no library"
	bundle
	args true
	local libs
	libs=$(find /lib* /usr/lib* -name 'libseccomp.so.2' 2>/dev/null)
	[ -n "$libs" ] || fail "where is libseccomp.so.2?"
	hidden() {
		# shellcheck disable=SC2016 # the inner shell's
		unshare --mount --propagation private sh -c '
			for f in $0; do mount --bind /dev/null "$f" || exit 99; done; exec "$@"' "$libs" "$@"
	}
	run -0 hidden "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}'
	run -1 hidden "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	assert_output --partial "linux.seccomp: cannot load libseccomp.so.2"
	run ! grep -iE 'no such file|not found' <<<"$output"
}

@test "A6 a crash of davit while it is half inside leaves no core in the image" {
	bundle
	config '.root.readonly = false'
	args true
	local total k step
	"$PROGRAMS/stepper" --only others --out "$TMP/step" -- "$DAVIT" --root "$ROOT" \
		run --bundle "$BUNDLE" "$ID" </dev/null >"$TMP/out" 2>&1 3>&- 4>&-
	total=$(sed -n 's/^calls //p' "$TMP/step")
	[ "$total" -gt 100 ] || fail "only $total calls"
	mkdir "$TMP/here"
	cd "$TMP/here" || return 1
	ulimit -c "$(ulimit -Hc)"
	step=$((total / $(rounds 12 200)))
	# The first is the child's own program: it goes on where the parent was, or runs it anew.
	for ((k = 1; k < total - 20; k += step > 0 ? step : 1)); do
		"$PROGRAMS/stepper" --signal SEGV --only others --kill "$k" --out "$TMP/step" -- \
			"$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null >"$TMP/out" 2>&1 3>&- 4>&- || true
		grep -q '^killed' "$TMP/step" || fail "nobody crashed at call $k"
		davit delete --force "$ID"
		[ -z "$(find "$BUNDLE" "$TMP/here" -maxdepth 2 -name 'core*')" ] ||
			fail "a core after call $k: $(find "$BUNDLE" "$TMP/here" -name 'core*')"
	done
	cd /
}

@test "A6 the core limit of the configuration reaches the program unchanged" {
	bundle
	local hard
	hard=$(ulimit -Hc)
	[ "$hard" = unlimited ] && hard=1048576
	config --argjson n "$((hard * 1024))" '.process.rlimits = [{type: "RLIMIT_CORE", soft: 0, hard: 4096}]'
	in_container 'grep "core file" /proc/self/limits'
	assert_output --regexp 'core file size +0 +4096'
}
