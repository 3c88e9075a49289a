#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Masked and read-only paths (MASK-01, ROP-01).
load ../lib/helpers

@test "MASK-01 masked files are empty, masked folders an empty read-only tmpfs [vm fallback smoke]" {
	bundle
	mkdir "$BUNDLE/rootfs/secrets" "$BUNDLE/rootfs/more"
	echo secret | tee "$BUNDLE/rootfs/secrets/file" "$BUNDLE/rootfs/more/file" >"$BUNDLE/rootfs/secret"
	config '.root.readonly = false | .linux.maskedPaths = ["/secret", "/secrets", "/more", "/missing/path", "/secret", "/proc/keys"]'
	in_container 'cat /secret /proc/keys; ls -A /secrets /more; touch /secrets/x 2>/dev/null || echo read-only
		stat -c %t:%T /secret /proc/keys; stat -fc %T /secrets; stat -c %d /secrets /more | uniq | wc -l'
	assert_output "/more:

/secrets:
read-only
1:3
1:3
tmpfs
1"
	assert_equal "$(cat "$BUNDLE/rootfs/secret")" secret
}

@test "MASK-01 a path that is masked twice is covered once" {
	bundle
	config '.linux.maskedPaths = ["/proc/keys", "/proc/keys", "/sys/firmware", "/sys/firmware"]'
	in_container 'grep -c " /proc/keys " /proc/self/mountinfo; grep -c " /sys/firmware " /proc/self/mountinfo || true'
	assert_equal "${lines[0]}" 1
	[ "${lines[1]}" -le 1 ]
}

@test "ROP-01 read-only paths take no write and stay readable; missing ones are skipped [vm fallback]" {
	bundle
	mkdir "$BUNDLE/rootfs/data"
	echo text >"$BUNDLE/rootfs/data/file"
	echo text >"$BUNDLE/rootfs/single"
	config '.root.readonly = false | .linux.readonlyPaths = ["/data", "/single", "/proc/sys", "/no/such/path"]'
	in_container 'cat /data/file /single
		for f in /data/file /data/new /single /proc/sys/net/ipv4/ip_forward; do
			(echo x >$f) 2>/dev/null && echo "$f written"
		done
		echo x >/fresh && echo "the rest is writable"'
	assert_output "text
text
the rest is writable"
}

@test "ROP-01 what is mounted below a read-only path is read-only too, on any kernel [vm fallback]" {
	bundle
	mkdir "$TMP/odd"
	config --arg odd "$TMP/odd" '.root.readonly = false | .linux.readonlyPaths = ["/data", "/more"] | .mounts += [
		{"destination": "/data/sub", "type": "tmpfs", "source": "t", "options": ["nosuid", "noexec"]},
		{"destination": "/data/sub/low er", "type": "tmpfs", "source": "t"},
		{"destination": "/data/sub/low er/x\ny", "type": "bind", "source": $odd, "options": ["bind"]},
		{"destination": "/more", "type": "tmpfs", "source": "t"},
		{"destination": "/more", "type": "tmpfs", "source": "t"},
		{"destination": "/more/file", "type": "bind", "source": "/etc/hostname", "options": ["bind"]},
		{"destination": "/free", "type": "tmpfs", "source": "t"}]'
	in_container 'for d in /data /data/sub "/data/sub/low er" "/data/sub/low er/x
y" /more /free; do (echo x >"$d/new") 2>/dev/null && echo "$d written"; done
		(: >>/more/file) 2>/dev/null && echo "file written"
		awk "\$5 == \"/data/sub\" { print \$6 }" /proc/self/mountinfo | tail -1'
	assert_output "/free written"$'\n'"ro,nosuid,noexec,relatime"
	[ -z "$(ls -A "$TMP/odd")" ]
}

@test "ROP-01 MASK-01 mounts below masked and read-only paths in a user namespace [vm fallback]" {
	need_root
	bundle
	config '.root.readonly = false | .linux.readonlyPaths = ["/data", "/proc/sys"] | .linux.maskedPaths += ["/data/sub/hidden"] |
		.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] | .linux.gidMappings = .linux.uidMappings | .mounts += [
		{"destination": "/data/sub", "type": "tmpfs", "source": "t", "options": ["nosuid", "nodev"]},
		{"destination": "/data/sub/hidden", "type": "tmpfs", "source": "t"}]'
	in_container 'for d in /data /data/sub /data/sub/hidden; do (echo x >"$d/new") 2>/dev/null && echo "$d written"; done; echo done'
	assert_output "done"
}

@test "ROOT-02 a read-only root takes no write, its mounts do [vm fallback smoke]" {
	bundle
	config '.mounts += [{"destination": "/scratch", "type": "tmpfs", "source": "t"}]'
	in_container '(echo x >/file) 2>/dev/null || echo refused; echo x >/scratch/file && echo written
		(touch /bin/busybox) 2>/dev/null || echo refused; awk "\$5 == \"/\" { print \$6 }" /proc/self/mountinfo'
	assert_line refused
	assert_line written
	assert_line --regexp '^ro,'
	[ ! -e "$BUNDLE/rootfs/file" ]
	config '.root.readonly = false'
	in_container 'echo x >/file'
	assert_equal "$(cat "$BUNDLE/rootfs/file")" x
}

@test "the masks of the default configuration hide what they name" {
	bundle
	in_container 'for p in /proc/kcore /proc/keys /proc/timer_list /proc/interrupts; do
			[ ! -e $p ] || [ -z "$(head -c 10 $p)" ] || echo "$p can be read"
		done
		(echo h >/proc/sysrq-trigger) 2>/dev/null && echo sysrq
		(echo 1 >/proc/sys/kernel/panic) 2>/dev/null && echo panic; true'
	assert_output ""
}

@test "ROP-01 the root as a read-only path: the whole tree, however it is written [vm fallback]" {
	local p
	bundle
	ln -s / "$BUNDLE/rootfs/link"
	config '.root.readonly = false | .process.cwd = "/work" | .mounts += [
		{"destination": "/scratch", "type": "tmpfs", "source": "t", "options": ["nosuid", "noexec"]}]'
	cp "$BUNDLE/config.json" "$TMP/base.json"
	for p in / // /.. /link; do
		cp "$TMP/base.json" "$BUNDLE/config.json"
		config --arg p "$p" '.linux.readonlyPaths = [$p]'
		in_container 'for d in / /work /scratch /dev; do (: >$d/new) 2>/dev/null && echo "$d written"; done
			echo x >/dev/null && pwd; grep " /scratch " /proc/self/mountinfo | cut -d" " -f6'
		assert_output /work$'\n'ro,nosuid,noexec,relatime
	done
	[ ! -e "$BUNDLE/rootfs/new" ]
}

@test "MASK-01 a masked path that leads to the root is an error" {
	bundle
	ln -s / "$BUNDLE/rootfs/link"
	config '.linux.maskedPaths = ["/link"]'
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial "linux.maskedPaths[0]: /link leads to the root, which cannot be masked"
	assert_nothing_left
}
