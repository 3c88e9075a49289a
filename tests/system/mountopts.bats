#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Each mount option of the specification's table, as /proc/self/mountinfo inside shows it
# (MOPT-01 to MOPT-25; idmap, ridmap: idmap.bats), with the mount API, without mount_setattr, and
# with mount(2) alone.
load ../lib/helpers

# A new tmpfs: options | the mount's options | words of the superblock, ! for absent ones.
NEW='
defaults                     | rw,relatime                     | rw
                             | rw,relatime                     | rw
@empty                       | rw,relatime                     | rw
ro                           | ro,relatime                     | ro
rw                           | rw,relatime                     | rw
ro,rw                        | rw,relatime                     | rw
rw,ro                        | ro,relatime                     | ro
nosuid                       | rw,nosuid,relatime              |
nosuid,suid                  | rw,relatime                     |
suid,nosuid                  | rw,nosuid,relatime              |
nodev                        | rw,nodev,relatime               |
nodev,dev                    | rw,relatime                     |
noexec                       | rw,noexec,relatime              |
noexec,exec                  | rw,relatime                     |
ro,nosuid,nodev,noexec       | ro,nosuid,nodev,noexec,relatime | ro
sync                         | rw,relatime                     | sync
sync,async                   | rw,relatime                     | !sync
dirsync                      | rw,relatime                     | dirsync
lazytime                     | rw,relatime                     | lazytime
lazytime,nolazytime          | rw,relatime                     | !lazytime
iversion                     | rw,relatime                     |
iversion,noiversion          | rw,relatime                     |
silent                       | rw,relatime                     |
loud                         | rw,relatime                     |
mand                         | rw,relatime                     |
mand,nomand                  | rw,relatime                     |
nosymfollow                  | rw,relatime,nosymfollow         |
nosymfollow,symfollow        | rw,relatime                     |
noatime                      | rw,noatime                      |
noatime,atime                | rw,relatime                     |
atime                        | rw,relatime                     |
relatime                     | rw,relatime                     |
noatime,relatime             | rw,relatime                     |
norelatime                   | rw,relatime                     |
strictatime                  | rw                              |
strictatime,nostrictatime    | rw,relatime                     |
strictatime,norelatime       | rw                              |
nodiratime                   | rw,nodiratime,relatime          |
nodiratime,diratime          | rw,relatime                     |
noatime,nodiratime           | rw,noatime,nodiratime           |
size=12k,mode=711            | rw,relatime                     | size=12k mode=711
nr_inodes=77,nosuid          | rw,nosuid,relatime              | nr_inodes=77
'

# A bind of a tree of two mounts: source | options | the top's options | the lower one's,
# - where it is not there. "plain" has the defaults, "tight" every restriction.
BINDS='
plain | bind                       | rw,relatime                                            | -
plain | rbind                      | rw,relatime                                            | rw,relatime
plain | bind,rbind                 | rw,relatime                                            | rw,relatime
plain | bind,ro                    | ro,relatime                                            | -
plain | rbind,ro                   | ro,relatime                                            | rw,relatime
plain | rbind,nosuid,nodev,noexec  | rw,nosuid,nodev,noexec,relatime                        | rw,relatime
plain | rbind,noatime,nodiratime   | rw,noatime,nodiratime                                  | rw,relatime
plain | rbind,strictatime          | rw                                                     | rw,relatime
plain | rbind,nosymfollow          | rw,relatime,nosymfollow                                | rw,relatime
tight | bind                       | ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow  | -
tight | rbind                      | ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow  | ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow
tight | bind,rw                    | rw,noatime,nodiratime                                  | -
tight | bind,nosuid                | rw,nosuid,noatime,nodiratime                           | -
tight | bind,exec,ro,nosuid        | ro,nosuid,noatime,nodiratime                           | -
tight | bind,relatime              | rw,nodiratime,relatime                                 | -
tight | bind,diratime,ro           | ro,noatime                                             | -
'

# The recursive ones, which need mount_setattr: the same columns.
TREES='
plain | rbind,rro                        | ro,relatime                            | ro,relatime
plain | rbind,rro,rrw                    | rw,relatime                            | rw,relatime
plain | rbind,rnosuid                    | rw,nosuid,relatime                     | rw,nosuid,relatime
plain | rbind,rnosuid,rsuid              | rw,relatime                            | rw,relatime
plain | rbind,rnodev                     | rw,nodev,relatime                      | rw,nodev,relatime
plain | rbind,rnodev,rdev                | rw,relatime                            | rw,relatime
plain | rbind,rnoexec                    | rw,noexec,relatime                     | rw,noexec,relatime
plain | rbind,rnoexec,rexec              | rw,relatime                            | rw,relatime
plain | rbind,rnodiratime                | rw,nodiratime,relatime                 | rw,nodiratime,relatime
plain | rbind,rnodiratime,rdiratime      | rw,relatime                            | rw,relatime
plain | rbind,rnoatime                   | rw,noatime                             | rw,noatime
plain | rbind,rnoatime,ratime            | rw,relatime                            | rw,relatime
plain | rbind,rstrictatime               | rw                                     | rw
plain | rbind,rstrictatime,rnostrictatime | rw,relatime                           | rw,relatime
plain | rbind,rnosymfollow               | rw,relatime,nosymfollow                | rw,relatime,nosymfollow
plain | rbind,rnosymfollow,rsymfollow    | rw,relatime                            | rw,relatime
plain | rbind,rw,rro                     | ro,relatime                            | ro,relatime
plain | rbind,ro,rrw                     | rw,relatime                            | rw,relatime
plain | rbind,rro,rw                     | rw,relatime                            | ro,relatime
plain | rbind,exec,suid,dev,rnoexec,rnosuid,rnodev | rw,nosuid,nodev,noexec,relatime | rw,nosuid,nodev,noexec,relatime
plain | rbind,noatime,rrelatime          | rw,relatime                            | rw,relatime
plain | rbind,noatime,ratime             | rw,relatime                            | rw,relatime
plain | rbind,rnoatime,strictatime       | rw                                     | rw,noatime
plain | rbind,ro,rnoexec                 | ro,noexec,relatime                     | rw,noexec,relatime
tight | rbind,rrw                        | rw,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow | rw,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow
tight | rbind,rsuid,rdev,rexec           | ro,noatime,nodiratime,nosymfollow      | ro,noatime,nodiratime,nosymfollow
tight | rbind,rrelatime                  | ro,nosuid,nodev,noexec,nodiratime,relatime,nosymfollow | ro,nosuid,nodev,noexec,nodiratime,relatime,nosymfollow
tight | rbind,ratime,rdiratime           | ro,nosuid,nodev,noexec,relatime,nosymfollow | ro,nosuid,nodev,noexec,relatime,nosymfollow
tight | rbind,rnorelatime,rsymfollow     | ro,nosuid,nodev,noexec,nodiratime,relatime | ro,nosuid,nodev,noexec,nodiratime,relatime
'

# The same on a new tmpfs, in the columns of NEW.
NEW_TREES='
rw,rro                       | ro,relatime                     | rw
ro,rrw                       | rw,relatime                     | rw
exec,rnoexec                 | rw,noexec,relatime              |
noatime,rrelatime            | rw,relatime                     |
'

# Propagation of a bind of a shared mount on the host: options | shared, slave of the host
# (master), both, neither; the lower mount likewise.
PROPAGATION='
rbind             | master        | master
rbind,private     |               | master
rbind,slave       | master        | master
rbind,shared      | shared master | master
rbind,unbindable  | unbindable    | master
rbind,rprivate    |               |
rbind,rslave      | master        | master
rbind,rshared     | shared master | shared master
rbind,runbindable | unbindable    | unbindable
rbind,rprivate,shared | shared    |
rbind,shared,rprivate |           |
rbind,private,rshared | shared    | shared master
rbind,rshared,rslave  | master    | master
rbind,rslave,private  |           | master
rbind,unbindable,shared | shared    | master
rbind,runbindable,rslave | unbindable | unbindable
bind,rshared      | shared master | -
bind,rprivate     |               | -
'

# crun's own (MOPT-25), each with a test below.
CRUN="copy-symlink src-nofollow dest-nofollow rsync rasync rdirsync rmand rnomand"

# rows TABLE: its lines with the columns trimmed, | between.
rows() { sed '/^ *$/d; s/ *| */|/g; s/ *$//; s/^ *//' <<<"$1"; }

# sources: plain and tight, each a tmpfs with another in it, and shared, likewise.
sources() {
	local name
	need_root
	for name in plain tight shared; do
		mkdir -p "$TMP/$name"
		mount -t tmpfs "$name" "$TMP/$name"
		undo umount -R "$TMP/$name"
		mkdir "$TMP/$name/sub"
		mount -t tmpfs "$name-sub" "$TMP/$name/sub"
	done
	for name in "$TMP/tight/sub" "$TMP/tight"; do
		mount -o remount,bind,ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow "$name"
	done
}

# probe: run the bundle and read its mountinfo: OPTIONS, SUPER, TAGS of each mount point,
# the topmost of several.
probe() {
	local point options rest tags word
	args cat /proc/self/mountinfo
	run -0 davit run --bundle "$BUNDLE" "$ID"
	declare -gA OPTIONS=() SUPER=() TAGS=()
	while read -r _ _ _ _ point options rest; do
		OPTIONS[$point]=$options
		SUPER[$point]=${rest##* }
		tags=''
		for word in ${rest%%- *}; do
			[[ $word == propagate_from:* ]] || tags+="${tags:+ }${word%%:*}"
		done
		TAGS[$point]=$tags
	done <<<"$output"
}

options_bundle() {
	bundle
	config '.root.readonly = false | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
}

# add_mounts: what comes in, a mount an object.
add_mounts() { config --slurpfile more <(cat) '.mounts += $more'; }

# mounts_of TABLE PREFIX JQ: a mount a row, on PREFIX/1 and so on; JQ gives type, source
# and the words of the row's columns in $c. @empty is the empty word that Podman sends.
mounts_of() {
	rows "$1" | jq -Rnc --arg p "$2" --arg tmp "$TMP" '[inputs | split("|")] | to_entries[] |
		.value as $c | {destination: "\($p)/\(.key + 1)"} + ('"$3"') |
		.options |= (split(",") | map(if . == "@empty" then "" else . end))'
}
new_mounts() { mounts_of "${1-$NEW}" /m '{type: "tmpfs", source: "tmpfs", options: $c[0]}'; }
bind_mounts() { mounts_of "$1" /b '{type: "bind", source: "\($tmp)/\($c[0])", options: $c[1]}'; }
propagation_mounts() {
	mounts_of "$PROPAGATION" /p '{type: "bind", source: "\($tmp)/shared", options: $c[0]}'
}

check_new() {
	local n=0 options want sb word got
	while IFS='|' read -r options want sb; do
		n=$((n + 1))
		got=${OPTIONS[/m/$n]}
		[ "$got" = "$want" ] || fail "tmpfs with '$options': $got, not $want"
		got=,${SUPER[/m/$n]},
		for word in $sb; do
			case $word in
			!*) [[ $got != *",${word#!},"* ]] ;;
			*) [[ $got == *",$word,"* ]] ;;
			esac || fail "tmpfs with '$options': superblock $got, wanted $word"
		done
	done < <(rows "${1-$NEW}")
}

check_binds() {
	local n=0 source options top lower got
	while IFS='|' read -r source options top lower; do
		n=$((n + 1))
		got=${OPTIONS[/b/$n]}
		[ "$got" = "$top" ] || fail "$source $options: $got, not $top"
		got=${OPTIONS[/b/$n/sub]--}
		[ "$got" = "$lower" ] || fail "$source $options: below: $got, not $lower"
	done < <(rows "$1")
}

@test "FEAT-03 the tables here name every option that features names" {
	local o words
	words=$(cut -d'|' -f1 <<<"$NEW"; cut -d'|' -f2 <<<"$BINDS$TREES"; cut -d'|' -f1 <<<"$PROPAGATION")
	words=" $(tr ',\n' '  ' <<<"$words") tmpcopyup remount idmap ridmap $CRUN "
	for o in $(davit features | jq -r '.mountOptions[]'); do
		[[ $words == *" $o "* ]] || fail "no row for $o"
	done
}

@test "MOPT-01 to MOPT-11 MNT-09 MNT-10 options of a new file system [vm]" {
	options_bundle
	new_mounts | add_mounts
	probe
	check_new
}

@test "MOPT-01 to MOPT-11 the same without mount_setattr, and with mount(2) alone" {
	need_hooks
	options_bundle
	# An ordinary user's /sys has a recursive one, for which there is no older way.
	config '(.mounts[].options | select(.)) |= map(if . == "rro" then "ro" else . end)'
	new_mounts | add_mounts
	export DAVIT_TEST_WITHOUT
	for DAVIT_TEST_WITHOUT in mount-setattr mount-api; do
		probe
		check_new
	done
}

@test "MOPT-12 MOPT-13 MNT-11 attributes of binds: the source's, until one is named [vm]" {
	options_bundle
	sources
	bind_mounts "$BINDS" | add_mounts
	probe
	check_binds "$BINDS"
}

@test "MOPT-12 MOPT-13 MNT-11 the same without mount_setattr, and with mount(2) alone" {
	need_hooks
	options_bundle
	sources
	bind_mounts "$BINDS" | add_mounts
	export DAVIT_TEST_WITHOUT
	for DAVIT_TEST_WITHOUT in mount-setattr mount-api; do
		probe
		check_binds "$BINDS"
	done
}

@test "MOPT-17 to MOPT-22 MNT-10 recursive attributes change the whole tree, the last word wins [vm]" {
	need_kernel 5.12
	options_bundle
	sources
	{ bind_mounts "$TREES"; new_mounts "$NEW_TREES"; } | add_mounts
	probe
	check_binds "$TREES"
	check_new "$NEW_TREES"
}

@test "MOPT-17 without mount_setattr a recursive attribute is refused, by its name" {
	need_hooks
	options_bundle
	bind_mounts 'mnt | rbind,rro' | add_mounts
	DAVIT_TEST_WITHOUT=mount-setattr run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "mount_setattr"
	assert_nothing_left
}

check_propagation() {
	local n=0 options top lower got
	while IFS='|' read -r options top lower; do
		n=$((n + 1))
		got=${TAGS[/p/$n]}
		[ "$got" = "$top" ] || fail "$options: '$got', not '$top'"
		got=${TAGS[/p/$n/sub]--}
		[ "$got" = "$lower" ] || fail "$options: below: '$got', not '$lower'"
	done < <(rows "$PROPAGATION")
}

@test "MOPT-15 MOPT-16 propagation words, in their order, of one mount or the tree [vm]" {
	options_bundle
	sources
	propagation_mounts | add_mounts
	probe
	check_propagation
}

@test "MOPT-15 MOPT-16 the same without mount_setattr, and with mount(2) alone" {
	need_hooks
	options_bundle
	sources
	propagation_mounts | add_mounts
	export DAVIT_TEST_WITHOUT
	for DAVIT_TEST_WITHOUT in mount-setattr mount-api; do
		probe
		check_propagation
	done
}

@test "MOPT-14 remount changes the mount that is there: bind the mount, else the superblock [vm fallback]" {
	options_bundle
	echo '{"destination": "/m/1", "type": "tmpfs", "source": "tmpfs", "options": ["size=64k", "nosuid"]}
		{"destination": "/m/1", "type": "bind", "source": "none", "options": ["bind", "remount", "ro", "nodev"]}
		{"destination": "/m/2", "type": "tmpfs", "source": "tmpfs", "options": ["size=64k"]}
		{"destination": "/m/2", "type": "tmpfs", "source": "tmpfs", "options": ["remount", "size=128k"]}
		{"destination": "/m/3", "type": "tmpfs", "source": "tmpfs", "options": ["size=64k"]}
		{"destination": "/m/3", "type": "tmpfs", "source": "tmpfs", "options": ["remount", "ro"]}' | add_mounts
	probe
	[[ ${OPTIONS[/m/1]} == ro,*nodev* ]]
	[[ ${SUPER[/m/1]} == rw,* ]]
	[[ ${SUPER[/m/2]} == *size=128k* ]]
	[[ ${SUPER[/m/3]} == ro,* ]]
	assert_equal "$(grep -c ' /m/' <<<"$output")" 3
}

# copied_tree DIR: one of everything that can be copied
copied_tree() {
	local d=$1
	mkdir -p "$d/dir"
	echo text >"$d/file"
	ln "$d/file" "$d/hard"
	ln -s file "$d/soft"
	ln -s /nowhere "$d/dangling"
	mkfifo "$d/dir/fifo"
	truncate -s 1G "$d/dir/sparse"
	: >"$d/dir/old"
	chown 12:34 "$d/file" "$d/dir"
	chown -h 5:6 "$d/soft"
	chmod 4755 "$d/file"
	chmod 2755 "$d/dir"
	setfacl -m u:77:rwx "$d/dir/old" 2>/dev/null || true
	touch -d '2001-02-03 04:05:06.789' "$d/dir/old"
	touch -h -d 2002-03-04 "$d/soft"
	touch -d 2003-04-05 "$d/dir/fifo" "$d/dir"
	chmod 1733 "$d"
	chown 7:8 "$d"
	touch -d 2004-05-06 "$d"
}
look() {
	(cd "$1" && stat -c '%n %F %a %u:%g %h %s %y' . file hard dir soft dangling dir/fifo dir/old dir/sparse |
		sed -E 's/^((\.|dir) .* [0-9]+ )[0-9]+( 20)/\1-\3/' && cat file && readlink soft dangling &&
		[ "$(du -k dir/sparse | cut -f1)" -lt 100 ] && python3 -c '
import os
for f in "hard", "soft", "dir/fifo", "dir/old", ".":
    for a in sorted(os.listxattr(f, follow_symlinks=False)):
        print(f, a, os.getxattr(f, a, follow_symlinks=False))')
}

@test "MOPT-23 tmpcopyup: types, owners, modes, times, links, holes and extended attributes are copied [vm fallback]" {
	need_root
	options_bundle
	local d=$BUNDLE/rootfs/data c f
	copied_tree "$d"
	mknod "$d/dir/null" c 1 3
	for f in hard soft dir/fifo dir .; do
		python3 -c 'import os, sys; os.setxattr(sys.argv[1], "trusted.test", b"value", follow_symlinks=False)' "$d/$f"
	done
	touch -h -d 2002-03-04 "$d/soft"
	echo '{"destination": "/data", "type": "tmpfs", "source": "tmpfs", "options": ["tmpcopyup"]}' | add_mounts
	create
	c=/proc/$(pid_of)/root/data
	run -0 look "$d"
	assert_line --partial "soft trusted.test"
	local want=$output
	run -0 look "$c"
	assert_output "$want"
	assert_equal "$(stat -fc %T "$c/")" tmpfs
	assert_equal "$(stat -c %t:%T "$c/dir/null")" 1:3
	echo new >"$c/fresh"
	[ ! -e "$d/fresh" ]
}

@test "MOPT-23 tmpcopyup in a user namespace, read-only, with an owner and a mode of its own [fallback]" {
	need_root
	options_bundle
	local d=$BUNDLE/rootfs/data c
	copied_tree "$d"
	config '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	echo '{"destination": "/data", "type": "tmpfs", "source": "tmpfs", "options": ["tmpcopyup", "ro", "nosuid"]}' | add_mounts
	create
	c=/proc/$(pid_of)/root/data
	run -0 look "$d"
	local want=$output
	run -0 look "$c"
	assert_output "$want"
	run -1 touch "$c/new"
	davit delete --force "$ID"
	config '.mounts[-1].options = ["tmpcopyup", "mode=0711", "uid=3", "gid=4"]'
	in_container 'stat -c "%a %u:%g" /data; stat -c "%a %u:%g" /data/dir'
	assert_output $'711 3:4\n2755 12:34'
}

@test "MNT-08 a tmpfs without mode= has the mode of the folder that it covers [vm fallback]" {
	options_bundle
	mkdir "$BUNDLE/rootfs/odd"
	chmod 1531 "$BUNDLE/rootfs/odd"
	echo '{"destination": "/odd", "type": "tmpfs", "source": "tmpfs"}
		{"destination": "/mnt", "type": "tmpfs", "source": "tmpfs", "options": ["mode=0700"]}' | add_mounts
	in_container 'stat -c %a /odd /mnt'
	assert_output 1531$'\n'700
}

@test "MNT-08 a tmpfs without mode= on a folder that was not there is everybody's, as the kernel makes it [vm fallback]" {
	options_bundle
	echo '{"destination": "/new/sub", "type": "tmpfs", "source": "tmpfs"}
		{"destination": "/copied", "type": "tmpfs", "source": "tmpfs", "options": ["tmpcopyup"]}
		{"destination": "/itself", "type": "tmpfs", "source": "tmpfs", "options": ["dest-nofollow"]}
		{"destination": "/t", "type": "tmpfs", "source": "tmpfs", "options": ["mode=0700"]}
		{"destination": "/t/below", "type": "tmpfs", "source": "tmpfs"}' | add_mounts
	in_container 'stat -c %a /new /new/sub /copied /itself /t /t/below'
	assert_output $'755\n1777\n1777\n1777\n700\n1777'
}

@test "MOPT-07 MNT-09 data that the file system does not know is an error that names it" {
	options_bundle
	echo '{"destination": "/m/1", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "no-such-option"]}' | add_mounts
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial no-such-option
	assert_output --partial EINVAL
	assert_nothing_left
}

@test "MOPT-02 what is read-only takes no write, what is noexec runs nothing [fallback]" {
	options_bundle
	echo '{"destination": "/ro", "type": "tmpfs", "source": "tmpfs", "options": ["ro"]}
		{"destination": "/noexec", "type": "tmpfs", "source": "tmpfs", "options": ["noexec"]}
		{"destination": "/rw", "type": "tmpfs", "source": "tmpfs"}' | add_mounts
	in_container 'for d in ro noexec rw; do
		cp /bin/busybox /$d/true 2>/dev/null && echo "$d takes files"
		[ -e /$d/true ] && /$d/true 2>/dev/null && echo "$d runs"
	done; true'
	assert_output "noexec takes files"$'\n'"rw takes files"$'\n'"rw runs"
}

bind_mount() {
	jq -nc --arg to "$1" --arg from "$2" --arg o "$3" \
		'{destination: $to, type: "bind", source: $from, options: ($o | split(","))}' | add_mounts
}

@test "MOPT-25 src-nofollow binds the link itself, where the source is one [fallback]" {
	options_bundle
	mkdir "$TMP/src"
	echo aim >"$TMP/src/aim"
	ln -s aim "$TMP/src/link"
	ln -s /etc/inside "$TMP/src/far"
	echo inside >"$BUNDLE/rootfs/etc/inside"
	bind_mount /m/followed "$TMP/src/link" bind
	bind_mount /m/itself "$TMP/src/link" bind,src-nofollow
	bind_mount /m/far "$TMP/src/far" rbind,src-nofollow
	bind_mount /m/plain "$TMP/src/aim" bind,src-nofollow
	bind_mount /m/dir "$TMP/src" bind,src-nofollow
	in_container 'cat /m/followed; readlink /m/itself; cat /m/far /m/plain; ls /m/dir'
	assert_output $'aim\naim\ninside\naim\naim\nfar\nlink'
}

@test "MOPT-25 dest-nofollow mounts over the link, and not where it leads [fallback]" {
	options_bundle
	echo new >"$TMP/new"
	mkdir "$TMP/dir"
	echo old >"$BUNDLE/rootfs/etc/old"
	ln -s old "$BUNDLE/rootfs/etc/link"
	ln -s nowhere "$BUNDLE/rootfs/etc/dangling"
	bind_mount /etc/link "$TMP/new" bind,dest-nofollow
	bind_mount /etc/dangling "$TMP/new" bind,dest-nofollow,ro
	bind_mount /etc/made/file "$TMP/new" bind,dest-nofollow
	bind_mount /etc/made/dir "$TMP/dir" bind,dest-nofollow
	in_container 'cat /etc/link /etc/old /etc/dangling /etc/made/file; ls -d /etc/nowhere 2>/dev/null; stat -c %F /etc/made/dir'
	assert_output $'new\nold\nnew\nnew\ndirectory'
	# A folder cannot lie on a link.
	bind_mount /etc/link "$TMP/dir" bind,dest-nofollow
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "the mount target /etc/link is no folder, the source is one"
	assert_nothing_left
}

@test "MOPT-25 both: a link over a link" {
	options_bundle
	echo inside >"$BUNDLE/rootfs/etc/inside"
	ln -s /nowhere "$BUNDLE/rootfs/etc/link"
	ln -s /etc/inside "$TMP/link"
	bind_mount /etc/link "$TMP/link" bind,src-nofollow,dest-nofollow
	in_container 'readlink /etc/link; cat /etc/link'
	assert_output $'/etc/inside\ninside'
}

@test "MOPT-25 copy-symlink makes the same link inside, and binds what is none [fallback]" {
	options_bundle
	echo file >"$TMP/file"
	ln -s ../some/where "$TMP/link"
	ln -s ../some/where "$BUNDLE/rootfs/etc/same"
	echo else >"$BUNDLE/rootfs/etc/other"
	bind_mount /etc/new/link "$TMP/link" bind,copy-symlink
	bind_mount /etc/same "$TMP/link" rbind,copy-symlink,ro
	bind_mount /m/file "$TMP/file" bind,copy-symlink
	in_container 'readlink /etc/new/link; readlink /etc/same; cat /m/file; grep -c " /etc/new/link " /proc/self/mountinfo || true'
	assert_output $'../some/where\n../some/where\nfile\n0'
	bind_mount /etc/other "$TMP/link" bind,copy-symlink
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "something else than the link to ../some/where is at /etc/other"
	assert_nothing_left
}

@test "MOPT-25 a link is copied by the parent, where the container's root cannot reach it" {
	need_root
	options_bundle
	config '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	chmod 755 "$TMP" "$BUNDLE" "$BUNDLE/rootfs"
	chown -R 100000:100000 "$BUNDLE/rootfs"
	mkdir -m 700 "$TMP/closed"
	echo file >"$TMP/closed/file"
	ln -s file "$TMP/closed/link"
	bind_mount /etc/copied "$TMP/closed/link" bind,copy-symlink
	bind_mount /etc/itself "$TMP/closed/link" bind,src-nofollow
	bind_mount /etc/file "$TMP/closed/file" bind
	in_container 'readlink /etc/copied; readlink /etc/itself; cat /etc/copied'
	assert_output $'file\nfile\nfile'
}

@test "MOPT-25 crun's recursive words for superblock flags have no effect, words for binds are for binds" {
	options_bundle
	sources
	bind_mount /m "$TMP/plain" rbind,rsync,rasync,rdirsync,rmand,rnomand
	echo '{"destination": "/t", "type": "tmpfs", "source": "tmpfs", "options": ["rsync", "rdirsync", "rmand", "dest-nofollow"]}' | add_mounts
	probe
	assert_equal "${OPTIONS[/m]} ${OPTIONS[/m/sub]} ${OPTIONS[/t]}" "rw,relatime rw,relatime rw,relatime"
	[[ ,${SUPER[/t]}, != *,sync,* ]]
	local word
	for word in copy-symlink src-nofollow; do
		config --arg w "$word" '.mounts[-1].options = [$w]'
		run -1 davit create --bundle "$BUNDLE" "$ID"
		assert_output --partial "option \"$word\" is for bind mounts"
	done
}

@test "MNT-09 several options in one word, and a word longer than fsconfig takes [fallback]" {
	options_bundle
	echo '{"destination": "/m", "type": "tmpfs", "source": "tmpfs", "options": ["size=64k,mode=711", "nosuid"]}' | add_mounts
	probe
	assert_equal "${OPTIONS[/m]}" rw,nosuid,relatime
	[[ ,${SUPER[/m]}, == *,size=64k,mode=711,* ]] || fail "${SUPER[/m]}"
	grep -qw overlay /proc/filesystems || skip "no overlay"
	local k lower=''
	for k in {1..30}; do
		mkdir -p "$TMP/layer$k"
		echo "$k" >"$TMP/layer$k/file$k"
		lower+=${lower:+:}$TMP/layer$k
	done
	[ ${#lower} -gt 300 ]
	jq -nc --arg l "lowerdir=$lower" '{destination: "/o", type: "overlay", source: "overlay", options: [$l, "ro"]}' | add_mounts
	in_container 'cd /o && cat file1 file30 && ls | wc -l'
	assert_output $'1\n30\n30'
}

@test "MNT-09 options that are longer than a page are an error, not cut" {
	options_bundle
	grep -qw overlay /proc/filesystems || skip "no overlay"
	local long k
	for k in {1..50}; do long+=${long:+:}/tmp/$(printf 'x%.0s' {1..100}); done
	jq -nc --arg l "lowerdir=$long" '{destination: "/o", type: "overlay", source: "overlay", options: [$l]}' | add_mounts
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "the options of overlay are longer than the kernel takes (4095 bytes)"
	assert_nothing_left
}
