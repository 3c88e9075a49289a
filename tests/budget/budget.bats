#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# How many system calls a command makes, counted by strace for the static build, from its execve
# to its exit, children included, up to the program's own execve. The other build is told, not
# judged. A budget is what was reached on Linux 6.18, about an eighth more, so that another
# kernel (other masked paths exist, another number of capabilities) does not matter; a check is
# never left out for a budget, the budget is raised and the reason written into the commit.
load ../lib/helpers

BUDGET_DIR=$TESTS_DIR/budget

# command, calls with cgroup v2 alone, further calls for each v1 hierarchy
budgets='
state	49	1
list	64	1
start	55	1
kill	41	1
delete	51	2
create	530	19
run	570	20
exec	280	7
'
# KiB. What a waiting container costs; file pages are those of every davit that runs.
init_anonymous=72 init_resident=720

is_static() { ! ldd "$DAVIT" >/dev/null 2>&1; }

# judge HIERARCHIES FILE: the table of measured and allowed; fails when something is over.
judge() {
	local over=0 name base more got most
	printf '# %-16s %8s %8s\n' '' measured budget >&3
	while read -r name base more; do
		[ -n "$name" ] || continue
		got=$(awk -v n="$name" '$1 == n { print $2 }' "$2")
		[ -n "$got" ] || fail "$name was not measured"
		most=$((base + more * $1))
		printf '# %-16s %8d %8d%s\n' "$name" "$got" $most "$([ "$got" -le $most ] || echo '  OVER')" >&3
		[ "$got" -le $most ] || over=1
	done <<<"$budgets
init-anonymous $init_anonymous 0
init-resident $init_resident 0"
	[ $over = 0 ] || ! is_static || fail "over budget"
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
