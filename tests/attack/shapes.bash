# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Shapes that an image can give to the way to a mount target (B1, B3). make_shapes ROOTFS makes
# them all below ROOTFS/t and fills the arrays
#	SHAPES	names, in order
#	TARGET	the target that a configuration names
#	LANDS	where it must be seen from inside; "no" where it must be refused, "-" where both
#		are right, for targets that are folders
#	KIND	"file" where only a file can be put there, "dir" likewise, else empty

# shellcheck disable=SC2034 # used by the tests
SHAPES=()
declare -gA TARGET LANDS KIND

shape() {
	SHAPES+=("$1")
	TARGET[$1]=$2
	LANDS[$1]=$3
	KIND[$1]=${4-}
}

make_shapes() {
	local r=$1/t out=$2 k up=../../../../../../../../../../../../.. long deep
	long=$(printf 'n%.0s' {1..255})
	deep=$(printf '/a%.0s' {1..2000})
	mkdir -p "$r"/{plain,dots,slashes,hidden,newline}
	mkdir "$r/plain/dir"
	: >"$r/plain/file"
	shape missing /t/missing/a/b /t/missing/a/b
	shape nested-dots /t/dots/x/../y /t/dots/y
	shape far-up "/t/dots/$up$out/up" "$out/up"
	shape trailing-slash /t/slashes/end/ /t/slashes/end
	shape trailing-dot /t/slashes/dot/. /t/slashes/dot
	shape many-slashes //t///slashes////many /t/slashes/many
	shape dots-between /./t/./slashes/././between /t/slashes/between

	ln -s "$out/new" "$r/absolute"
	shape absolute-link /t/absolute "$out/new"
	ln -s "$up$out/new2" "$r/relative"
	shape relative-link /t/relative "$out/new2"
	ln -s "$out" "$r/parent"
	shape parent-link /t/parent/sub/x "$out/sub/x"
	ln -s / "$r/slash"
	shape link-to-root /t/slash/t/via-slash /t/via-slash
	ln -s "$up" "$r/up"
	shape link-far-up /t/up/t/via-up /t/via-up
	ln -s . "$r/dot"
	shape link-to-dot /t/dot/dot/via-dot /t/via-dot
	ln -s one "$r/two"
	ln -s "$out/new3" "$r/one"
	shape link-to-link /t/two "$out/new3"
	ln -s nowhere/deep "$r/dangling"
	shape dangling /t/dangling /t/nowhere/deep
	ln -s loop2 "$r/loop1"
	ln -s loop1 "$r/loop2"
	shape loop /t/loop1 no
	ln -s self "$r/self"
	shape own-loop /t/self/x no
	ln -s "$out/dir/" "$r/with-slash"
	shape link-with-slash /t/with-slash/x "$out/dir/x"
	for k in {1..38}; do ln -s "c$((k + 1))" "$r/c$k"; done
	mkdir "$r/c39"
	shape chain-of-38 /t/c1/x /t/c39/x
	for k in {1..45}; do ln -s "l$((k + 1))" "$r/l$k"; done
	mkdir "$r/l46"
	shape chain-of-45 /t/l1/x no

	# The links of /proc lead to where the process is, which is the host for now.
	for k in self/root self/cwd 1/root thread-self/root self/fd/3 self/exe; do
		ln -s "/proc/$k" "$r/proc-${k//\//-}"
		shape "link-proc-${k//\//-}" "/t/proc-${k//\//-}/tmp/x" no
	done
	shape proc-self-root /proc/self/root/tmp/x no
	shape proc-1-cwd /proc/1/cwd/x no
	shape proc-file /proc/sys/kernel/core_pattern no
	ln -s /proc/sys/kernel/core_pattern "$r/core"
	shape link-to-proc-file /t/core no
	ln -s /proc "$r/proc"
	shape link-to-proc-folder /t/proc/sys no
	ln -s /sys/kernel "$r/sys"
	shape link-to-sys /t/sys/new no

	shape newline $'/t/newline/a\nb' $'/t/newline/a\nb'
	shape escapes '/t/newline/a\040b c' '/t/newline/a\040b c'
	shape direction $'/t/newline/\u202eabc' $'/t/newline/\u202eabc'
	shape name-of-255 "/t/$long" "/t/$long"
	shape name-of-256 "/t/${long}n" no
	shape path-of-4000 "$deep" -
	shape path-of-5000 "$deep/$long/$long/$long/$long" no

	: >"$r/afile"
	shape through-file /t/afile/x no
	mkfifo "$r/fifo"
	shape through-fifo /t/fifo/x no
	shape fifo /t/fifo /t/fifo file
	mknod "$r/node" c 1 3
	shape device-node /t/node /t/node file
	mkdir -m 000 "$r/closed"
	shape closed-folder /t/closed/x /t/closed/x
	shape root / no
	shape root-by-dots /t/../../.. no
	shape root-by-link /t/slash no
	shape root-by-far-link /t/up no
	shape existing /t/plain/dir /t/plain/dir dir
	shape existing-file /t/plain/file /t/plain/file file
}
