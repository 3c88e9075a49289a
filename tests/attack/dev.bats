#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# /dev of a hostile image: nothing is made, changed or opened outside (D1, D2, D6).
load attack

# no_dev: a configuration without any mount on or below /dev
no_dev() {
	config '.root.readonly = false | .mounts |= map(select(.destination | startswith("/dev") | not))'
}

@test "D1 CVE-2026-41579 CVE-2026-47766 a /dev that leads to the host is contained or refused" {
	local shape mounts
	bundle
	canary
	config '.root.readonly = false'
	args /bin/true
	cp "$BUNDLE/config.json" "$TMP/base.json"
	for shape in link link-up file missing fifo loop; do
		for mounts in all none below; do
			rm -rf "$BUNDLE/rootfs/dev" "$BUNDLE/rootfs/tmp/davit-tests."*
			case $shape in
			link) ln -s "$CANARY/dev" "$BUNDLE/rootfs/dev" ;;
			link-up) ln -s "../../../../../../../../..$CANARY/dev" "$BUNDLE/rootfs/dev" ;;
			file) : >"$BUNDLE/rootfs/dev" ;;
			missing) ;;
			fifo) mkfifo "$BUNDLE/rootfs/dev" ;;
			loop) ln -s dev "$BUNDLE/rootfs/dev" ;;
			esac
			case $mounts in
			all) cp "$TMP/base.json" "$BUNDLE/config.json" ;;
			none) jq '.mounts |= map(select(.destination | startswith("/dev") | not))' \
				"$TMP/base.json" >"$BUNDLE/config.json" ;;
			below) jq '.mounts |= map(select(.destination != "/dev"))' \
				"$TMP/base.json" >"$BUNDLE/config.json" ;;
			esac
			watch_mounts
			attempt "$shape, mounts: $mounts"
			case $shape in
			missing | link*) accepted "$shape, mounts: $mounts" ;;
			file | fifo | loop) refused "$shape, mounts: $mounts" ;;
			esac
		done
	done
}

@test "D1 links in /dev that lead to the host are contained or refused" {
	local name
	bundle
	canary
	args /bin/true
	no_dev
	cp "$BUNDLE/config.json" "$TMP/none.json"
	# What an image can put into /dev when only mounts below it cover something.
	for name in pts shm mqueue fd ptmx console stdin core null; do
		rm -rf "$BUNDLE/rootfs/dev" "$BUNDLE/rootfs$TMP"
		mkdir "$BUNDLE/rootfs/dev"
		ln -s "$CANARY/dev" "$BUNDLE/rootfs/dev/$name"
		cp "$TMP/none.json" "$BUNDLE/config.json"
		attempt "$name, no mounts"
		config '.mounts += [
			{destination: "/dev/pts", type: "devpts", source: "devpts", options: ["newinstance", "ptmxmode=0666"]},
			{destination: "/dev/shm", type: "tmpfs", source: "shm"},
			{destination: "/dev/mqueue", type: "mqueue", source: "mqueue"}]'
		watch_mounts
		attempt "$name, mounts below"
		case $name in
		null) refused "$name" "/dev/null" ;;
		*) accepted "$name" ;;
		esac
	done
}

@test "D2 CVE-2026-88264 CVE-2026-88265 console and null of the image lead to the host" {
	local closed target
	bundle
	canary
	no_dev
	args /bin/true
	for target in file dev/null new dev/console; do
		rm -rf "$BUNDLE/rootfs/dev"
		mkdir "$BUNDLE/rootfs/dev"
		ln -s "$CANARY/$target" "$BUNDLE/rootfs/dev/console"
		for closed in 0 1 2; do
			rm -f "$BUNDLE/rootfs/dev/null"
			attempt "console to $target, $closed closed" \
				sh -c "exec \"\$@\" $closed<&-" sh
		done
		ln -sf "$CANARY/$target" "$BUNDLE/rootfs/dev/null"
		for closed in 0 1; do
			attempt "null to $target, $closed closed" sh -c "exec \"\$@\" $closed<&-" sh
			refused "null to $target" "/dev/null"
		done
		QUIET=1 attempt "null to $target, 2 closed" sh -c 'exec "$@" 2<&-' sh
		refused "null to $target, 2 closed"
	done
}

@test "D6 standard descriptors that are not pipes keep their owner" {
	bundle
	canary
	own_null
	config '.process.user = {uid: 1000, gid: 1000}'
	args /bin/true
	: >"$TMP/log"
	attempt "files" sh -c "exec \"\$@\" <'$CANARY/file' >>'$TMP/log' 2>&1" sh
	accepted "files"
	attempt "null" sh -c "exec \"\$@\" </dev/null >/dev/null 2>&1" sh
	accepted "null"
	attempt "the null device of the canary" sh -c "exec \"\$@\" <'$CANARY/dev/null'" sh
	accepted "the null device of the canary"
	assert_equal "$(stat -c %u "$TMP/log")" 0
}

@test "D7 device nodes that are bound do not give the host's away" {
	bundle
	canary
	own_null
	config '.root.readonly = false | .linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] |
		.linux.gidMappings = .linux.uidMappings'
	in_container 'for d in null zero full random tty; do
		chmod 000 /dev/$d; chown 1:1 /dev/$d; touch -d 2001-01-01 /dev/$d; done 2>&-
		echo x >/dev/null && head -c 4 /dev/zero | wc -c'
	assert_output 4
	assert_canary
	[ "$(stat -c %a /dev/zero /dev/full /dev/random | sort -u)" = 666 ]
}
