#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Copying what a tmpfs covers follows nothing and ends at the size (B15; while names are exchanged:
# races.bats).
load attack

copyup() {
	config --arg o "${1-tmpcopyup}" '.root.readonly = false | .mounts += [
		{destination: "/data", type: "tmpfs", source: "tmpfs", options: ($o | split(","))}]'
}

@test "B15 links to the host, hard links, nodes, fifos, sockets, set-id and sparse files keep their kind" {
	local d
	bundle
	canary
	d=$BUNDLE/rootfs/data
	mkdir -p "$d/dir/deep"
	ln -s "$CANARY/file" "$d/absolute"
	ln -s "../../../../../../../../../..$CANARY" "$d/relative"
	ln -s "$CANARY/dir" "$d/dir/deep/folder"
	ln -s /proc/self/root "$d/magic"
	echo text >"$d/one"
	ln "$d/one" "$d/dir/two"
	ln "$d/absolute" "$d/dir/hard-link"
	mkfifo -m 600 "$d/fifo"
	mknod -m 666 "$d/null" c 1 3
	mknod -m 660 "$d/block" b 7 77
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$d/socket"
	cp /bin/true "$d/suid"
	chmod 6755 "$d/suid"
	truncate -s 1T "$d/sparse"
	echo end | dd of="$d/sparse" bs=1 seek=1000000000000 conv=notrunc status=none
	copyup
	# shellcheck disable=SC2016 # the container's shell
	in_container 'cd /data; for f in absolute relative magic dir/deep/folder; do readlink $f; done
		stat -c "%n %F %a %s %h" one dir/two fifo socket suid sparse dir/hard-link
		stat -c "%n %F %t:%T %a" null block; du -k sparse | awk "{ print (\$1 < 1000) }"; tail -c 28 sparse | head -c 1 | od -An -tx1 >/dev/null
		cat one; cat absolute 2>/dev/null || true'
	assert_output "$CANARY/file
../../../../../../../../../..$CANARY
/proc/self/root
$CANARY/dir
one regular file 644 5 2
dir/two regular file 644 5 2
fifo fifo 600 0 1
socket socket $(stat -c %a "$d/socket") 0 1
suid regular file 6755 $(stat -c %s /bin/true) 1
sparse regular file 644 1099511627776 1
dir/hard-link symbolic link 777 $((${#CANARY} + 5)) 2
null character special file 1:3 666
block block special file 7:4d 660
1
text"
	assert_canary
}

@test "B15 nodes of a folder where nobody could open them are not copied to where somebody can" {
	bundle
	canary
	mkdir -p "$TMP/vol/data/below" "$BUNDLE/rootfs/vol"
	mknod -m 666 "$TMP/vol/data/null" c 1 3
	mknod -m 666 "$TMP/vol/data/below/block" b 7 77
	mkfifo "$TMP/vol/data/fifo"
	echo text >"$TMP/vol/data/file"
	config --arg v "$TMP/vol" '.root.readonly = false | .mounts += [
		{destination: "/vol", type: "bind", source: $v, options: ["bind", "nodev"]},
		{destination: "/vol/data", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]}]'
	# shellcheck disable=SC2016 # the container's shell
	in_container 'cd /vol/data; find . | sort | tr "\n" " "'
	assert_output ". ./below ./fifo ./file "
	assert_canary
}

@test "B15 what does not fit is an error that says so, and nothing is left" {
	local what
	bundle
	canary
	mkdir "$BUNDLE/rootfs/data"
	head -c 2M /dev/zero | tr '\0' x >"$BUNDLE/rootfs/data/large"
	args /bin/true
	copyup tmpcopyup,size=1M
	attempt large
	refused large "the tmpfs is too small"
	rm "$BUNDLE/rootfs/data/large"
	(cd "$BUNDLE/rootfs/data" && seq -f 'file%.0f' "$(rounds 5000 1000000)" | xargs touch)
	config '.mounts[-1].options = ["tmpcopyup", "nr_inodes=1000"]'
	attempt many
	refused many "the tmpfs is too small"
	config '.mounts[-1].options = ["tmpcopyup"]'
	if [ "${DAVIT_TEST_LONG-}" != 1 ]; then
		attempt "all of them"
		accepted "all of them"
	fi
}

@test "B15 folders that are nested very deep are an error" {
	bundle
	canary
	mkdir "$BUNDLE/rootfs/data"
	(cd "$BUNDLE/rootfs/data" && for k in {1..300}; do mkdir d && cd d || exit 1; done)
	copyup
	args /bin/true
	attempt deep
	refused deep "nested deeper"
}

@test "B15 the folder that is covered is one of the image that links lead to" {
	bundle
	canary
	mkdir -p "$BUNDLE/rootfs$CANARY/dir"
	echo inner >"$BUNDLE/rootfs$CANARY/dir/inner"
	ln -s "$CANARY/dir" "$BUNDLE/rootfs/data"
	copyup
	in_container 'cat /data/*'
	assert_output inner
	assert_canary
}
