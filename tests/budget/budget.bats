#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# How many system calls a command makes, counted by strace, from its execve to its exit, children
# included, up to the program's own execve. A budget is what the static build reached on Linux
# 6.18, about an eighth more, so that another kernel (other masked paths exist, another number of
# capabilities) does not matter; a check is never left out for a budget, the budget is raised and
# the reason written into the commit. The usual build may make more calls for each start, which
# are the loader's; its memory is told, not judged, and nothing is where instruments of tests make calls.
load ../lib/helpers

BUDGET_DIR=$TESTS_DIR/budget

# command, calls with cgroup v2 alone, further calls for each v1 hierarchy, starts of davit
budgets='
state	49	1	1
list	57	1	1
start	54	1	1
kill	40	1	1
delete	48	2	1
create	516	19	2
run	538	20	2
exec	272	7	2
'
# Of a start with shared libraries: libc, libyajl, and libcap with its constructor.
loader=47
# KiB. What a waiting container costs; file pages are those of every davit that runs.
init_anonymous=64 init_resident=850

is_static() { ! ldd "$DAVIT" >/dev/null 2>&1; }
is_instrumented() { grep -qE '__asan_|__gcov_' "$DAVIT"; }

# judge HIERARCHIES FILE: the table of measured and allowed; fails when something is over.
judge() {
	local over=0 name base more starts got most
	printf '# %-16s %8s %8s\n' '' measured budget >&3
	while read -r name base more starts; do
		[ -n "$name" ] || continue
		got=$(awk -v n="$name" '$1 == n { print $2 }' "$2")
		[ -n "$got" ] || fail "$name was not measured"
		most=$((base + more * $1))
		is_static || most=$((most + loader * starts))
		printf '# %-16s %8d %8d%s\n' "$name" "$got" $most "$([ "$got" -le $most ] || echo '  OVER')" >&3
		if [ "$got" -gt $most ] && { is_static || [[ $name != init-* ]]; }; then
			over=1
		fi
	done <<<"$budgets
init-anonymous $init_anonymous 0 0
init-resident $init_resident 0 0"
	[ $over = 0 ] || is_instrumented || fail "over budget"
}

measured() { # VIEW-COMMAND...: measure in it, then judge
	local hierarchies
	need_root
	need_cmd strace
	need_kernel 5.14
	bundle
	args /bin/true
	hierarchies=$("$@" grep -c ' - cgroup ' /proc/self/mountinfo) || true
	"$@" "$BUDGET_DIR/measure" "$DAVIT" "$BUNDLE" "$TMP/measure" >"$TMP/figures" 3>&- ||
		fail "measure: $(cat "$TMP"/measure/*.err)"
	judge "${hierarchies:-0}" "$TMP/figures"
}

@test "commands keep within their system calls on this machine's cgroups" {
	measured env
}

# v2 alone, whatever the machine has: a mount namespace without the other hierarchies.
v2_view() {
	# shellcheck disable=SC2016 # the inner shell's
	unshare --mount --propagation private sh -c '
		umount -R -l /sys/fs/cgroup 2>/dev/null
		mount -t cgroup2 none /sys/fs/cgroup && exec "$@"' sh "$@"
}

@test "commands keep within their system calls with cgroup v2 alone" {
	need_root
	v2_view true 2>/dev/null || skip "cgroup v2 cannot be mounted"
	measured v2_view
}

@test "the usual build is linked with libc, yajl and libcap alone" {
	need_cmd readelf
	is_instrumented && skip "instruments bring libraries of their own"
	readelf -n "$DAVIT" 2>/dev/null | grep -q FDO || skip "this build loads no library"
	local others
	others=$(readelf -d "$DAVIT" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
		grep -vE '^(libyajl|libcap|libc|libdl|ld-linux.*|ld64)\.' || true)
	assert_equal "$others" ""
}

# Each page that the loader writes to is a page fault and a copy, twice for exec.
@test "the loader writes to few pages of the usual build" {
	need_cmd readelf
	local pages
	pages=$(readelf -Wr "$DAVIT" | awk '$3 ~ /_RELATIVE$/ { print substr($1, 1, length($1) - 3) }' | sort -u | wc -l)
	is_instrumented && skip "instruments have tables of their own"
	is_static && skip "nothing is relocated"
	[ "$pages" -le 13 ] || fail "$pages pages"
}
