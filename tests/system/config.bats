#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The configuration as a whole: versions, unknown members, absent sections, numbers, annotations
# (docs/conformance.md sections 1, 3 and 4).
load ../lib/helpers

@test "CONF-01 every version 1.x is taken, a newer one with a warning" {
	bundle
	args echo ran
	local v
	for v in 1.0.0 1.0.0-rc1 1.0.2-dev 1.1.0+dev 1.2.1 1.3.0; do
		config --arg v $v '.ociVersion = $v'
		run -0 davit --log-level warning run --bundle "$BUNDLE" "$ID"
		assert_output ran
	done
	for v in 1.4.0 1.99.7-a.b+c; do
		config --arg v $v '.ociVersion = $v'
		run -0 --separate-stderr davit --log-level warning run --bundle "$BUNDLE" "$ID"
		assert_output ran
		assert_stderr --partial "newer than 1.3.0"
	done
}

@test "CONF-06 CONF-09 CONF-10 members that nobody knows, of other systems, and vm are ignored at any depth" {
	bundle
	args echo ran
	config '. as $all | def sow: with_entries(if .value | type == "object" then .value |= sow else . end) + {"x-unknown": {"a": [1, null]}};
		.annotations as $a | .linux.sysctl as $s | sow | .annotations = $a | .linux.sysctl = $s |
		.solaris = {"milestone": 3} | .windows = {"layerFolders": []} | .zos = {"namespaces": "x"} | .freebsd = {"jail": 1} |
		.vm = {"kernel": {"path": "relative"}} | .process.commandLine = "cmd /c x" | .process.user.username = "nobody" |
		.hooks = {"preDinner": [{"path": "relative"}]} | .linux.intelRdtx = 1 | .mounts |= map(. + {"x": 1})'
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_output ran
	run davit --log-level warning run --bundle "$BUNDLE" "$ID"
	assert_line --partial "vm: "
}

@test "CONF-08 linux, mounts, hooks, annotations and hostname may be absent, and null" {
	bundle
	args echo ran
	config 'del(.mounts, .hooks, .annotations, .hostname)'
	# The masks need their namespace, the devices a /dev.
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_output ran
}

@test "CONF-08 without linux, or with null in its place, there is no namespace" {
	need_root
	bundle
	args echo ran
	config 'del(.linux, .mounts, .hooks, .annotations, .hostname) | .root.readonly = false'
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_output ran
	config '.linux = null | .mounts = null | .hooks = null | .annotations = null'
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_output ran
}

@test "CONF-04 CONF-05 ST-06 annotations are handed on, empty values too, and change nothing" {
	bundle
	config '.annotations = {"org.opencontainers.image.stopSignal": "SIGKILL", "org.opencontainers.image.x": "", "a.b/c": "ü"}'
	script 'trap "echo term; exit 0" TERM; echo ready; while :; do sleep 0.05; done'
	running
	run -0 davit state "$ID"
	assert_json '.annotations == {"org.opencontainers.image.stopSignal": "SIGKILL", "org.opencontainers.image.x": "", "a.b/c": "ü"}'
	wait_for 5 grep -q ready "$TMP/out"
	davit kill "$ID"
	wait_for 5 grep -q term "$TMP/out"
	wait_status stopped
	davit delete "$ID"
	config '.annotations = {}'
	create
	run -0 davit state "$ID"
	assert_json '(.annotations // {}) == {}'
}

@test "BUN-03 BUN-04 the bundle's own name is nothing, its path is made absolute once" {
	bundle "$TMP/a b: ü"
	args pwd
	mv "$BUNDLE/rootfs" "$BUNDLE/the tree"
	config '.root.path = "the tree"'
	cd "$TMP"
	BUNDLE="./a b: ü/../a b: ü/" create
	assert_equal "$(state_of "$ID" .bundle)" "$(realpath "$TMP")/a b: ü"
	cd /
	davit start "$ID"
	wait_status stopped
	assert_equal "$(cat "$TMP/out")" /
}

@test "BUN-05 numbers of 64 bits are exact, on their way in and in what is stored" {
	bundle
	args cat /proc/self/limits
	config '.process.rlimits = [{"type": "RLIMIT_CORE", "soft": 1, "hard": 2}]'
	# jq would round them.
	sed -i 's/"soft": 1\b/"soft": 9007199254740993/; s/"hard": 2\b/"hard": 18446744073709551613/' "$BUNDLE/config.json"
	create
	grep -q 9007199254740993 "$ROOT/$ID/config.json"
	grep -q 18446744073709551613 "$ROOT/$ID/config.json"
	davit start "$ID"
	wait_status stopped
	grep -E "core file size +9007199254740993 +18446744073709551613 " "$TMP/out"
}
