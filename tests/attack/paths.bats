#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Whatever the image makes of the way to a mount target, mounts land inside (B1, B3, D7).
load attack
source "$BATS_TEST_DIRNAME/shapes.bash"

# escaped PATH: as mountinfo writes it
escaped() {
	local p=${1//\\/\\134}
	p=${p// /\\040}
	p=${p//$'\t'/\\011}
	printf '%s' "${p//$'\n'/\\012}"
}

prepare() {
	bundle
	mkdir "$TMP/vol"
	echo content >"$TMP/vol/marker"
	canary
	make_shapes "$BUNDLE/rootfs" "$CANARY"
	mkdir -p "$BUNDLE/rootfs$CANARY/dir"
	args /bin/cat /proc/self/mountinfo
	config '.root.readonly = false | .process.capabilities = {} |
		del(.linux.maskedPaths, .linux.readonlyPaths)'
	watch_mounts
	cp "$BUNDLE/config.json" "$TMP/base.json"
}

# must LANDS KIND WANTED: "yes", "no" or "either" for a target of this kind
must() {
	case $1 in
	no) echo no ;;
	-) echo either ;;
	*) [ -z "$2" ] || [ "$2" = "$3" ] && echo yes || echo no ;;
	esac
}

# each_shape FILTER FUNCTION: start a container for each shape, whose configuration is the base
# with FILTER (which knows $target and $vol) applied, then call FUNCTION NAME.
each_shape() {
	local name rc config seen=0
	prepare
	while read -r config; do
		name=${SHAPES[seen]}
		printf '%s\n' "$config" >"$BUNDLE/config.json"
		attempt "$name"
		"$2" "$name"
		seen=$((seen + 1))
	done < <(for name in "${SHAPES[@]}"; do printf '%s\0' "${TARGET[$name]}"; done |
		jq -c -R -s --arg vol "$TMP/vol" --slurpfile base "$TMP/base.json" \
			"split(\"\u0000\")[] | select(. != \"\") | . as \$target | \$base[0] | $1")
	[ "$seen" = ${#SHAPES[@]} ] || fail "$seen of ${#SHAPES[@]} shapes"
	[ "$seen" -ge 40 ] || fail "only $seen shapes"
	assert_canary
}

landed() {
	local at expect
	expect=$(must "${LANDS[$1]}" "${KIND[$1]}" "$WANTED")
	case $expect:$rc in
	yes:0)
		at=$(escaped "${LANDS[$1]}")
		at=$at awk '$5 == ENVIRON["at"] { n++ } END { exit n != 1 }' "$TMP/out" ||
			fail "$1: not at ${LANDS[$1]}: $(cat "$TMP/out")"
		;;
	yes:*) fail "$1: refused: $(cat "$TMP/err")" ;;
	no:0) fail "$1: accepted: $(cat "$TMP/out")" ;;
	esac
}

@test "B1 B3 CVE-2019-18837 folders are bound inside, whatever the target is like" {
	WANTED=dir
	each_shape '.mounts += [{destination: $target, type: "bind", source: $vol,
		options: ["bind"]}]' landed
}

@test "B1 B3 CVE-2019-18837 files are bound inside, whatever the target is like" {
	WANTED="file"
	each_shape '.mounts += [{destination: $target, type: "bind", source: ($vol + "/marker"),
		options: ["bind"]}]' landed
}

@test "B1 B3 tmpfs is mounted inside, whatever the target is like" {
	WANTED=dir
	each_shape '.mounts += [{destination: $target, type: "tmpfs", source: "tmpfs",
		options: ["nosuid"]}]' landed
}

proc_landed() {
	# Made name by name, so that its length does not matter.
	[ "$1" != path-of-5000 ] || return 0
	case ${LANDS[$1]}:$rc in
	no:0) fail "$1: accepted: $(cat "$TMP/out")" ;;
	*:0) [ "$(grep -c ' - proc proc' "$TMP/out")" = 2 ] || fail "$1: no proc" ;;
	esac
	case $1 in
	*link* | *loop* | chain* | dangling | root*)
		[ "$rc" != 0 ] || fail "$1: accepted, though a link leads there" ;;
	missing | existing | newline | trailing-slash)
		[ "$rc" = 0 ] || fail "$1: refused: $(cat "$TMP/err")" ;;
	esac
}

@test "B1 B4 proc is mounted on real folders only, whatever the target is like" {
	each_shape '.mounts += [{destination: $target, type: "proc", source: "proc"}]' proc_landed
}

node_made() {
	local path=$BUNDLE/rootfs${LANDS[$1]}
	case ${LANDS[$1]}:$rc in
	no:0) fail "$1: accepted" ;;
	-:* | *:1) ;;
	*)
		[ "$(stat -c '%t:%T %a' "$path")" = "1:5 666" ] || fail "$1: $(stat "$path")"
		rm "$path"
		;;
	esac
	case $1 in
	missing | parent-link | link-to-root | link-far-up | newline | name-of-255 | closed-folder)
		[ "$rc" = 0 ] || fail "$1: refused: $(cat "$TMP/err")" ;;
	absolute-link | relative-link | dangling | fifo | device-node | existing-file)
		[ "$rc" != 0 ] || fail "$1: accepted, though something is there" ;;
	esac
}

@test "B1 D7 device nodes are made inside, whatever their path is like" {
	each_shape '.linux.devices = [{path: $target, type: "c", major: 1, minor: 5,
		fileMode: 438, uid: 0, gid: 0}]' node_made
}

node_bound() {
	local at
	case ${LANDS[$1]}:$rc in
	no:0) fail "$1: accepted" ;;
	-:* | *:1) ;;
	*)
		at=$(escaped "${LANDS[$1]}")
		at=$at awk '$5 == ENVIRON["at"] { n++ } END { exit n != 1 }' "$TMP/out" ||
			fail "$1: not at ${LANDS[$1]}: $(cat "$TMP/out")"
		;;
	esac
	case $1 in
	missing | parent-link | link-to-root | newline | name-of-255)
		[ "$rc" = 0 ] || fail "$1: refused: $(cat "$TMP/err")" ;;
	absolute-link | relative-link | dangling | fifo | device-node)
		[ "$rc" != 0 ] || fail "$1: accepted, though something is there" ;;
	esac
}

@test "B1 D7 in a user namespace nodes are bound inside, whatever their path is like" {
	# The host's node is found by its number, where there is udev; here by what udev would make.
	mkdir -p "$TMP/hostdev/char"
	cp -a /dev/{null,zero,full,random,urandom,tty} "$TMP/hostdev"
	ln -s /proc/self/fd "$TMP/hostdev/fd"
	ln -s ../zero "$TMP/hostdev/char/1:5"
	mount --bind "$TMP/hostdev" /dev
	# Lazily: a process that is just ending may have a node of it open.
	undo umount -l /dev
	each_shape '.linux.devices = [{path: $target, type: "c", major: 1, minor: 5}] |
		.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] |
		.linux.gidMappings = .linux.uidMappings' node_bound
}

@test "B3 nothing is made by a call that would follow a link or take what is there" {
	need_cmd strace
	prepare
	config --arg vol "$TMP/vol" '.process.cwd = "/made/for/me" | .mounts += [
		{destination: "/new/folder", type: "bind", source: $vol, options: ["bind"]},
		{destination: "/new/file", type: "bind", source: ($vol + "/marker"), options: ["bind"]},
		{destination: "/new/tmp", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]}]'
	strace -f -qq -e trace=open,openat,openat2,creat,mknod,mknodat,mkdir,mkdirat,symlink,symlinkat,link,linkat \
		-o "$TMP/trace" "$DAVIT" --root "$ROOT" create --bundle "$BUNDLE" "$ID" \
		</dev/null >"$TMP/out" 2>"$TMP/err" 3>&- 4>&- &
	wait_status created
	davit delete --force "$ID"
	grep -q 'mkdirat(.*"folder"' "$TMP/trace" || fail "no trace of the folder"
	! grep O_CREAT "$TMP/trace" | grep -v -e O_EXCL -e O_NOFOLLOW -e O_TMPFILE -e /proc/self/mountinfo \
		-e "$TMP/inner" || fail "made by a call that follows"
	! grep -E '(open|creat|mknod|mkdir|symlink|link)(at|at2)?\((AT_FDCWD, )?"'"$BUNDLE/rootfs/" "$TMP/trace" ||
		fail "a path into the root without its descriptor"
}
