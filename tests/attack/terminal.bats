#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# D: hostile folders where a terminal is looked for, hostile programs on ours, hostile peers.
# shellcheck disable=SC2016 # the container's shell expands
load attack

no_dev() { config '.mounts |= map(select(.destination | startswith("/dev") | not))'; }
devpts='{destination: "/dev/pts", type: "devpts", source: "devpts", options: ["newinstance", "ptmxmode=0666", "mode=0620"]}'

@test "D2 D3 CVE-2026-88264 CVE-2025-52565 console of the image is a link, a folder, a device: nothing outside [fallback]" {
	local target
	bundle
	canary
	no_dev
	config '.process.terminal = true'
	args sh -c 'echo hello >/dev/console'
	config ".mounts += [$devpts]"
	for target in file dev/null dev/console new dir; do
		rm -rf "$BUNDLE/rootfs/dev"
		mkdir "$BUNDLE/rootfs/dev"
		ln -s "$CANARY/$target" "$BUNDLE/rootfs/dev/console"
		attempt "console to $target"
		refused "console to $target" "/dev/console"
		# The same name inside of the container
		mkdir -p "$BUNDLE/rootfs$CANARY/dev"
		attempt "console to $target, which is inside too"
		refused "console to $target, which is inside too" "/dev/console"
		[ ! -e "$BUNDLE/rootfs$CANARY/$target" ] || [ "$target" = dev/console ] || fail "made"
		rm -rf "${BUNDLE:?}/rootfs$TMP"
	done
	rm "$BUNDLE/rootfs/dev/console"
	mkdir "$BUNDLE/rootfs/dev/console"
	attempt "a folder"
	refused "a folder" "/dev/console"
	rmdir "$BUNDLE/rootfs/dev/console"
	mknod "$BUNDLE/rootfs/dev/console" c 1 3
	attempt "a device"
	accepted "a device"
	grep -q hello "$TMP/out"
	rm "$BUNDLE/rootfs/dev/console"
	attempt "nothing"
	accepted "nothing"
	[ "$(stat -c '%F %a %s' "$BUNDLE/rootfs/dev/console")" = "regular empty file 600 0" ]
	rm -rf "$BUNDLE/rootfs/dev"
	ln -s "$CANARY/dev" "$BUNDLE/rootfs/dev"
	attempt "dev to the canary"
	[ ! -e "$CANARY/dev/pts" ]
	rm "$BUNDLE/rootfs/dev"
	ln -s /proc/1 "$BUNDLE/rootfs/dev"
	attempt "dev to proc"
	refused "dev to proc"
	assert_canary
}

@test "D3 CVE-2025-52565 what is no multiplexer is not opened [fallback]" {
	local what
	bundle
	canary
	no_dev
	config '.process.terminal = true'
	args /bin/true
	for what in file fifo link-out link-host device folder; do
		rm -rf "$BUNDLE/rootfs/dev"
		mkdir -p "$BUNDLE/rootfs/dev/pts"
		case $what in
		file) : >"$BUNDLE/rootfs/dev/pts/ptmx" ;;
		fifo) mkfifo "$BUNDLE/rootfs/dev/pts/ptmx" ;;
		link-out) ln -s "$CANARY/dev/ptmx" "$BUNDLE/rootfs/dev/pts/ptmx" ;;
		link-host) ln -s /dev/ptmx "$BUNDLE/rootfs/dev/pts/ptmx" ;;
		# The right number, and not of a devpts: it would open one of the host's.
		device) mknod "$BUNDLE/rootfs/dev/pts/ptmx" c 5 2 ;;
		folder) mkdir "$BUNDLE/rootfs/dev/pts/ptmx" ;;
		esac
		attempt "$what"
		refused "$what" "/dev/pts/ptmx"
	done
	assert_canary
}

@test "D2 D3 a neighbour that exchanges what is in a shared /dev gets nothing outside" {
	local i won=0 lost=0
	bundle
	canary
	no_dev
	config '.process.terminal = true | .root.readonly = false'
	args sh -c 'echo hello >/dev/console; stat -c %t /dev/console'
	mkdir "$TMP/vol" "$TMP/vol/pts" "$TMP/vol/fake"
	: >"$TMP/vol/console"
	ln -s "$CANARY/dev/console" "$TMP/vol/console2"
	ln -s "$CANARY/dev" "$TMP/vol/pts2"
	ln -s "$CANARY/dev/ptmx" "$TMP/vol/fake/ptmx"
	config --arg vol "$TMP/vol" '.mounts += [{destination: "/dev", type: "bind", source: $vol, options: ["rbind", "rw"]}]'
	config ".mounts += [$devpts]"
	"$PROGRAMS/swap" "$TMP/vol/console" "$TMP/vol/console2" "$TMP/vol/pts" "$TMP/vol/fake" \
		"$TMP/vol/pts" "$TMP/vol/pts2" >/dev/null 2>"$TMP/swap" 3>&- 4>&- &
	undo end_background $!
	for ((i = 0; i < $(rounds 40 2000); i++)); do
		attempt "round $i"
		if [ "$rc" = 0 ]; then won=$((won + 1)); else lost=$((lost + 1)); fi
		# Who got through has the terminal there, and nothing else.
		[ "$rc" != 0 ] || grep -qE '^(88|0)' "$TMP/out" || fail "round $i: $(cat "$TMP/out")"
	done
	echo "# $won went on, $lost were refused" >&3
	# In the middle of an exchange the name may be missing in the volume; outside nothing is.
	assert_canary
}

@test "D4 CVE-2016-10124 CVE-2017-5226 a program cannot type into our terminal" {
	local how
	bundle
	inside feed
	args /feed
	# What the program typed would be there for the shell that called us.
	script_of='"$@"; sleep 0.2; stty -icanon min 0 time 5; echo "left: $(cat)."'
	for how in run exec; do
		if [ $how = exec ]; then
			args sleep 100
			running
			set -- exec "$ID" /feed
		else
			set -- run --bundle "$BUNDLE" "$ID"
		fi
		timeout 30 "$PROGRAMS/ptydrive" sh -c "$script_of" sh "$DAVIT" --root "$ROOT" "$@" \
			</dev/null >"$TMP/shown" 2>"$TMP/said" 3>&- 4>&-
		run -0 tr -d '\r' <"$TMP/shown"
		refute_output --partial FED
		refute_output --partial TAKEN
		refute_output --partial OPENED
		refute_output --partial INJECTED
		assert_line "left: ."
		assert_output --regexp 'sid [0-9]+'
		davit delete --force "$ID"
	done
	# On a terminal of its own it may do as it likes.
	config '.process.terminal = true'
	args /feed
	timeout 30 "$PROGRAMS/ptydrive" sh -c "$script_of" sh "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" \
		</dev/null >"$TMP/shown" 2>"$TMP/said" 3>&- 4>&-
	run -0 tr -d '\r' <"$TMP/shown"
	assert_line "left: ."
}

@test "D4 who may type into our terminal is warned of" {
	bundle
	args /bin/true
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	timeout 30 "$PROGRAMS/ptydrive" "$DAVIT" --log-level warning --root "$ROOT" run --bundle "$BUNDLE" "$ID" \
		</dev/null >"$TMP/shown" 2>"$TMP/said" 3>&- 4>&-
	grep -q "terminal of the host" "$TMP/shown"
	run -0 davit --log-level warning run --bundle "$BUNDLE" "$ID" </dev/null
	refute_output --partial "terminal of the host"
	config '.process.terminal = true'
	timeout 30 "$PROGRAMS/ptydrive" "$DAVIT" --log-level warning --root "$ROOT" run --bundle "$BUNDLE" "$ID" \
		</dev/null >"$TMP/shown" 2>"$TMP/said" 3>&- 4>&-
	run ! grep -q "terminal of the host" "$TMP/shown"
}

@test "D6 with a terminal no descriptor of the caller changes its owner" {
	bundle
	canary
	own_null
	config '.process.user = {uid: 1000, gid: 1000} | .process.terminal = true'
	args sh -c 'stat -c %u $(tty)'
	: >"$TMP/log"
	mkfifo "$TMP/fifo"
	sleep 100 <>"$TMP/fifo" 3>&- 4>&- &
	undo end_background $!
	attempt "files" sh -c "exec \"\$@\" <'$CANARY/file' >>'$TMP/log' 2>&1" sh
	accepted "files"
	grep -q 1000 "$TMP/log"
	attempt "null" sh -c "exec \"\$@\" </dev/null >/dev/null 2>&1" sh
	accepted "null"
	attempt "a fifo" sh -c "exec \"\$@\" <'$TMP/fifo'" sh
	accepted "a fifo"
	attempt "closed" sh -c 'exec "$@" <&- >&- 2>&-' sh
	accepted "closed"
	timeout 20 "$PROGRAMS/ptydrive" sh -c '"$@"; stat -c "ours %u" $(tty)' sh "$DAVIT" --root "$ROOT" \
		run --bundle "$BUNDLE" "$ID" </dev/null >"$TMP/shown" 2>"$TMP/said" 3>&- 4>&-
	assert_equal "$(tr -d '\r' <"$TMP/shown" | xargs)" "1000 ours 0"
	assert_equal "$(stat -c %u "$TMP/log" "$TMP/fifo" | xargs)" "0 0"
}

@test "D5 create that is killed while its peer stalls leaves nothing that runs" {
	bundle
	config '.process.terminal = true'
	args sleep 100
	"$PROGRAMS/receiver" stall "$TMP/stall" </dev/null >"$TMP/received" 2>&1 3>&- 4>&- &
	undo end_background $!
	wait_for 5 grep -q ready "$TMP/received"
	run ! timeout -s KILL 1 "$DAVIT" --root "$ROOT" create --bundle "$BUNDLE" --console-socket "$TMP/stall" "$ID"
	wait_for 5 no_orphans
	davit delete --force "$ID"
	assert_nothing_left
}
