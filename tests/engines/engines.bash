# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the engines' tests share: `load engines`. Each file runs in a mount namespace of its
# own (tests/run); here /run and /dev/shm become empty in it, and the engine gets a network
# namespace, so that nothing of the machine's engines is seen or touched: no storage, no
# sockets, no locks, no bridges, no firewall rules. Engines run as root and find davit's
# containers in its default state folder, /run/davit, or in the one they name.

load ../lib/helpers

# engine_setup_file COMMAND...: for setup_file. Makes $ENGINE (a scratch folder that all
# tests of the file share), $ENGINE/bb.tar and $ENGINE/rootfs; skips without the commands.
engine_setup_file() {
	need_root
	need_cmd "$@" ip nsenter busybox
	export ENGINE=$BATS_FILE_TMPDIR
	chmod 755 "$BATS_RUN_TMPDIR" "$(dirname "$ENGINE")" "$ENGINE"
	mount -t tmpfs -o mode=755 tmpfs /run
	mount -t tmpfs -o mode=1777 tmpfs /dev/shm
	mkdir /run/lock
	"$HELPERS_DIR/busybox-rootfs" "$(static_busybox)" "$ENGINE/rootfs"
	tar -C "$ENGINE/rootfs" -cf "$ENGINE/bb.tar" .
	: >"$ENGINE/net"
	unshare --net="$ENGINE/net" ip link set lo up
}

# containers_config RUNROOT [LINE...]: containers.conf and storage.conf of Podman and Buildah, with
# davit as the runtime; LINEs are further ones of [containers].
containers_config() {
	local runroot=$1
	shift
	# Soft limits as hard ones: without CAP_SYS_RESOURCE nothing may be raised.
	{
		printf '%s\n' '[containers]' 'default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]' "$@"
		cat <<-E
			[engine]
			cgroup_manager = "cgroupfs"
			events_logger = "file"
			runtime = "davit"
			runtime_supports_json = ["davit"]
			runtime_supports_nocgroup = ["davit"]
			[engine.runtimes]
			davit = ["$DAVIT"]
		E
	} >"$ENGINE/containers.conf"
	cat >"$ENGINE/storage.conf" <<-E
		[storage]
		driver = "overlay"
		graphroot = "$ENGINE/storage"
		runroot = "$runroot"
	E
}

# typing [-s ROWSxCOLS] COMMAND...: a person at a terminal, in the engine's network namespace;
# stdin is what is typed, $TMP/shown what is shown, $status the exit status.
typing() {
	local size=24x80
	[ "$1" != -s ] || { size=$2; shift 2; }
	status=0
	timeout -k 5 50 "$DAVIT_BUILD/tests/attack/ptydrive" -s "$size" nsenter --net="$ENGINE/net" "$@" \
		>"$TMP/shown" 2>"$TMP/said" 3>&- 4>&- || status=$?
}
shown() { tr -d '\r' <"$TMP/shown"; }

# engine COMMAND...: in the network namespace of this file, with a limit of time.
engine() { timeout -k 5 50 nsenter --net="$ENGINE/net" "$@" 3>&- 4>&-; }

# engine_teardown_file: for teardown_file; ends the daemons and unmounts what is in $ENGINE.
engine_teardown_file() {
	local dir
	[ -d "${ENGINE-}" ] || return 0
	end_daemons
	awk -v dir="$ENGINE/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
		while read -r dir; do umount -l "$dir"; done
}

# daemon NAME COMMAND...: in the background until the end of the file; log in
# $ENGINE/NAME.log.
daemon() {
	local name=$1
	shift
	nsenter --net="$ENGINE/net" "$@" </dev/null >"$ENGINE/$name.log" 2>&1 3>&- 4>&- &
	echo $! >"$ENGINE/$name.pid"
}
end_daemons() {
	local f pid
	for f in "$ENGINE"/*.pid; do
		[ -e "$f" ] || continue
		pid=$(cat "$f")
		kill -TERM "$pid"
		wait_for 10 not kill -0 "$pid" || kill -KILL "$pid"
		rm -f "$f"
	done
}
not() { ! "$@"; }

# state_folders: whatever davit has in its state roots, wherever an engine has them
state_folders() {
	find /run/davit /run/containerd/runc/* /run/docker/runtime-*/moby -mindepth 1 2>/dev/null || true
}
no_state() { [ -z "$(state_folders)" ]; }

# assert_engine_clean: nothing of davit's is left for this test, nor of the engine's.
assert_engine_clean() {
	wait_for 5 no_state || fail "state left: $(state_folders)"
	wait_for 5 no_orphans || fail "processes left: $(orphans)"
	engine_settled
	remove_engine_cgroups
	assert_nothing_left
}

# Engines make the parent of their containers' cgroups, and put their monitors and pods below
# it (ENGINE_CGROUPS, an expression for names); they do not remove all of these. What davit
# makes must be gone before: rmdir takes empty ones.
remove_engine_cgroups() {
	local dir
	while read -r dir; do
		find "$dir" -depth -type d -regextype posix-extended \
			-regex ".*/($ID|${ENGINE_CGROUPS:-conmon})" -exec rmdir {} + 2>/dev/null || true
	done < <(cgroups_of "$ID" | grep "/$ID\$")
}

# engine_settled: called when the last process of a test has ended; a file may have its own.
engine_settled() { :; }

setup() { test_setup; }
teardown() { engine_teardown; }
engine_teardown() {
	[ -n "${ID-}" ] || return 0
	wait_for 5 no_orphans || true
	engine_settled
	remove_engine_cgroups
	test_teardown
}
