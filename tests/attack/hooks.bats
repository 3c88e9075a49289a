#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What hooks are given of the image, and what they are allowed (L1 to L3).
load attack

@test "L1 CVE-2025-23266 hooks without an environment get none of the image's, and not its folder" {
	local kind
	bundle
	canary
	cat >"$TMP/hook" <<E
#!/bin/sh
{ /usr/bin/tr '\\\\0' '\\\\n' </proc/self/environ; echo "cwd \$(/bin/readlink /proc/self/cwd)"; } >>'$TMP'/seen.\$1
E
	chmod 755 "$TMP/hook"
	config --arg hook "$TMP/hook" '.process.env = ["LD_PRELOAD=/proc/self/cwd/evil.so", "LD_LIBRARY_PATH=/evil",
		"GCONV_PATH=/evil", "PATH=/evil", "BASH_ENV=/evil", "ENV=/evil", "MARK=image"] |
		.hooks = (["prestart", "createRuntime", "createContainer", "poststart", "poststop"] |
			map({key: ., value: [{path: $hook, args: ["hook", .]}]}) | from_entries)'
	args /bin/true
	export MARK=caller LD_PRELOAD_MARK=caller
	attempt hooks
	accepted hooks
	for kind in prestart createRuntime createContainer poststart poststop; do
		[ -s "$TMP/seen.$kind" ] || fail "$kind has not run"
		! grep -e evil -e MARK "$TMP/seen.$kind" || fail "$kind: $(cat "$TMP/seen.$kind")"
		! grep "^cwd $BUNDLE/rootfs" "$TMP/seen.$kind" || fail "$kind runs in the image"
	done
}

@test "L2 a hook in the container has the rights of the program, not those of the runtime" {
	local field
	bundle
	config '.root.readonly = false | .process.user = {uid: 1000, gid: 1000, additionalGids: [7]} |
		.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW"} |
		.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c",
			"cat /proc/self/status >/tmp/hook; ls -l /proc/self/fd >/tmp/fds"]}]'
	in_container 'cat /proc/self/status >/tmp/program'
	for field in Uid Gid Groups CapInh CapPrm CapEff CapBnd CapAmb NoNewPrivs Seccomp; do
		assert_equal "$field $(sed -n "s/^$field:\s*//p" "$BUNDLE/rootfs/tmp/hook" | xargs)" \
			"$field $(sed -n "s/^$field:\s*//p" "$BUNDLE/rootfs/tmp/program" | xargs)"
	done
	# Its pipes, /tmp/fds, and the folder that ls reads.
	! grep -e socket: -e memfd: -e "$TMP" "$BUNDLE/rootfs/tmp/fds" || fail "a descriptor of the runtime's"
}

@test "L3 a hook that hangs or floods ends the start in time, and names itself" {
	bundle
	canary
	args /bin/true
	config '.hooks.createRuntime = [{path: "/bin/true"}, {path: "/bin/sh",
		args: ["sh", "-c", "sleep 100 & sleep 100"], timeout: 1}]'
	attempt "a hook that hangs"
	refused "a hook that hangs" "createRuntime"
	config '.hooks.createRuntime = [{path: "/bin/sh", timeout: 5,
		args: ["sh", "-c", "yes flood | head -c 200000000; yes flood | head -c 200000000 >&2; exit 1"]}]'
	attempt "a hook that floods"
	refused "a hook that floods" "createRuntime"
	[ "$(wc -c <"$TMP/err")" -lt 20000 ]
	wait_for 3 no_orphans || fail "left: $(orphans)"
}
