#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The runtime's own binary cannot be overwritten from a container (A1, A2).
load attack

# own_binary DIR: a copy of the program under test in DIR, which the test uses from now on.
own_binary() {
	mkdir -p "$1"
	cp "$DAVIT" "$1/davit"
	DAVIT=$1/davit
	sha256sum "$DAVIT" >"$TMP/sum"
	stat -c '%i %s %a %u:%g %Y %Z' "$DAVIT" >"$TMP/stat"
}
assert_own_binary() {
	sha256sum --quiet -c "$TMP/sum"
	stat -c '%i %s %a %u:%g %Y %Z' "$DAVIT" | diff "$TMP/stat" - || fail "the binary was changed"
}

# loader: what the kernel runs when the runtime's binary is executed in the container: its ELF
# interpreter, from the image.
loader() { readelf -l "$DAVIT" | sed -n 's/.*program interpreter: \(.*\)\]/\1/p'; }

# hostile_image: entry points that make the runtime execute itself
hostile_image() {
	local loader
	bundle
	canary
	inside overwrite
	chmod 755 "$BUNDLE/rootfs/overwrite"
	loader=$(loader)
	if [ -n "$loader" ]; then
		mkdir -p "$BUNDLE/rootfs${loader%/*}"
		cp "$PROGRAMS/overwrite" "$BUNDLE/rootfs$loader"
	fi
	printf '#!/proc/self/exe\n' >"$BUNDLE/rootfs/bin/script"
	chmod 755 "$BUNDLE/rootfs/bin/script"
	ln -s /proc/self/exe "$BUNDLE/rootfs/bin/linked"
	# An ELF file whose interpreter is /proc/self/exe.
	cp "$DAVIT" "$BUNDLE/rootfs/bin/elf"
	[ -z "$loader" ] ||
		LC_ALL=C sed -i "s|$loader|/proc/self/exe$(printf '\\x00%.0s' $(seq $((${#loader} - 14))))|" \
			"$BUNDLE/rootfs/bin/elf"
	[ -z "$loader" ] || readelf -l "$BUNDLE/rootfs/bin/elf" | grep -q 'interpreter: /proc/self/exe'
	config ".root.readonly = false | ${EDIT:-.}"
}

# attack_from PROGRAM: started as the container's program; nobody got the binary for writing
attack_from() {
	args "$1"
	run timeout 30 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	refute_output --partial WRITABLE
	assert_own_binary
	[ ! -e "$ROOT/$ID" ] || davit delete --force "$ID"
}

all_entries() {
	local entry dynamic
	hostile_image
	dynamic=$(loader)
	for entry in script linked elf; do
		attack_from "/bin/$entry"
		# Where the attack can go all the way, it must have.
		if [ -n "$dynamic" ] && [ "$entry" != elf ] && [ "$(uname -m)" = x86_64 ]; then
			assert_line "tried exe"
			assert_line "tried the kept descriptor"
			assert_line "tried the mount"
		fi
	done
	assert_canary
}

@test "A1 CVE-2019-5736 a container that runs the runtime cannot write to its binary" {
	own_binary "$TMP/bin"
	all_entries
}

@test "A1 CVE-2019-5736 nor with every capability" {
	EDIT='.process.capabilities |= with_entries(.value = ["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE",
		"CAP_DAC_READ_SEARCH", "CAP_SYS_PTRACE", "CAP_FOWNER", "CAP_MKNOD", "CAP_SYS_CHROOT"])'
	own_binary "$TMP/bin"
	all_entries
}

@test "A1 CVE-2019-5736 the same where the binary lies on a tmpfs" {
	mkdir "$TMP/bin"
	mount -t tmpfs tmpfs "$TMP/bin"
	undo umount "$TMP/bin"
	own_binary "$TMP/bin"
	all_entries
}

@test "A1 CVE-2019-5736 the same by a copy, where clones of mounts cannot be made" {
	need_hooks
	export DAVIT_TEST_WITHOUT=mount-api,mount-setattr
	own_binary "$TMP/bin"
	all_entries
}

@test "A1 the binary cannot be opened for writing by /proc of init, whoever tries" {
	local pid how
	bundle
	own_binary "$TMP/bin"
	args sleep 100
	create
	pid=$(pid_of)
	# Root of the host: who cannot, cannot from inside either.
	for how in '>>' '<>' '>|'; do
		! bash -c "exec 5$how/proc/$pid/exe" 2>&- || fail "opened with $how"
	done
	! cp /bin/true "/proc/$pid/exe" 2>&- || fail "copied over it"
	davit delete --force "$ID"
	assert_own_binary
}

@test "A2 the copy of the binary is another file than the binary" {
	local pid
	need_hooks
	bundle
	own_binary "$TMP/bin"
	args sleep 100
	DAVIT_TEST_WITHOUT=mount-api,mount-setattr create
	pid=$(pid_of)
	[ "$(stat -Lc '%d:%i' "/proc/$pid/exe")" != "$(stat -c '%d:%i' "$DAVIT")" ]
	cmp "/proc/$pid/exe" "$DAVIT"
	[[ $(readlink "/proc/$pid/exe") == /memfd:* ]]
	davit delete --force "$ID"
	assert_own_binary
}
