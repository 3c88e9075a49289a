#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The command line: grammar, formats, exit codes, log, as engines rely on them.
load ../lib/helpers

@test "options work in any order, with one dash or two, with = or a blank, and twice" {
	bundle
	args sleep 100
	local p=$TMP/pid
	# Each in the form of another engine.
	detached davit create --bundle "$BUNDLE" --pid-file "$p" "$ID"
	[ "$status" = 0 ] && [ -s "$p" ] || fail "$stderr"
	davit delete --force "$ID"
	detached davit create "--bundle=$BUNDLE" "--pid-file=$p" "$ID"
	[ "$status" = 0 ] || fail "$stderr"
	davit delete "$ID" --force
	detached davit create "$ID" --pid-file "$p" -b "$BUNDLE"
	[ "$status" = 0 ] || fail "$stderr"
	davit delete -f "$ID"
	detached davit -log "$TMP/log" -log-format=json create -bundle "$BUNDLE" "$ID" -pid-file="$p" --no-new-keyring --no-new-keyring
	[ "$status" = 0 ] || fail "$stderr"
	davit delete -force=true -- "$ID"
	detached "$DAVIT" "--root=$ROOT" --debug=false run --detach -no-subreaper --bundle "$BUNDLE" "$ID"
	[ "$status" = 0 ] || fail "$stderr"
}

@test "an option without its argument says what engines look for" {
	local words
	for words in "create --bundle" "create --pid-file" "--log" "list --format" "run x --bundle"; do
		# shellcheck disable=SC2086
		run -1 davit $words
		assert_output --regexp 'flag needs an argument|requires an argument'
	done
}

@test "unknown commands and options, missing and superfluous arguments are errors of one line" {
	local words
	while read -r words; do
		# shellcheck disable=SC2086
		run davit $words
		[ "$status" -gt 0 ] || fail "$words: accepted"
		[ "${#lines[@]}" = 1 ] || fail "$words: $output"
		[[ $output == davit:* ]] || fail "$words: $output"
	done <<-E
		creat x
		create --bundel /x y
		create
		create a b
		state
		state a b
		start
		kill
		kill a TERM x
		delete
		list x
		features x
		create --preserve-fds=-1 x
		create --preserve-fds=many x
		list --format yaml
		--log-level=loud list
		--log-format=xml list
		delete --force=maybe x
	E
	run davit
	[ "$status" -gt 0 ]
	run davit creat
	assert_output --partial '"create"'
}

@test "--help and help exit with 0, for every command, without touching the state folder" {
	local c
	for c in create run start kill pause resume update events delete state list check features spec version; do
		run -0 davit $c --help
		assert_output --regexp "^usage: davit (\[GLOBAL OPTIONS\] )?$c"
		local text=$output
		run -0 davit help $c
		assert_output "$text"
	done
	run -0 davit --help
	assert_output --partial create
	run -0 davit help
	[ ! -e "$ROOT" ]
}

@test "version: three lines that engines read, and no other with that word" {
	local words
	for words in --version -v version; do
		run -0 davit $words
		assert_output --regexp '^davit version [0-9]+\.[0-9]+\.[0-9]+'
		[[ ${lines[1]} =~ ^commit:\ [0-9a-f]+ ]] || fail "${lines[1]}"
		[[ ${lines[2]} =~ ^spec:\ 1\.[0-9]+\.[0-9]+$ ]] || fail "${lines[2]}"
		assert_equal "$(grep -c version <<<"$output")" 1
	done
	[ ! -e "$ROOT" ]
}

@test "version and features work without a state folder, without an environment, as any user" {
	need_root
	# Where another user can reach it, wherever the build is.
	cp "$DAVIT" "$TMP/davit"
	as_user env -i "$TMP/davit" --root /no/such/root --version >/dev/null
	as_user env -i "$TMP/davit" features | jq -e .ociVersionMax >/dev/null
}

@test "FEAT-01 to FEAT-17 features has the structure of the specification" {
	run -0 davit features
	assert_json '.ociVersionMin == "1.0.0" and .ociVersionMax == "1.3.0"'
	assert_json '.hooks == ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]'
	assert_json '(keys - ["ociVersionMin", "ociVersionMax", "hooks", "mountOptions", "linux", "annotations",
		"potentiallyUnsafeConfigAnnotations"]) == []'
	# Lists of distinct strings.
	assert_json 'def names: type == "array" and all(.[]; type == "string" and . != "") and (unique | length) == length;
		(.mountOptions | names and length > 50) and (.potentiallyUnsafeConfigAnnotations | names) and
		(.linux.namespaces | names and sort == ["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"]) and
		(.linux.capabilities | names and length == 41 and all(.[]; startswith("CAP_"))) and
		(.linux.seccomp | (.actions | names) and (.operators | names and length == 7) and
			(.archs | names and length == 23) and (.knownFlags | names and length == 4) and
			(.supportedFlags | names)) and
		(.linux.memoryPolicy | (.modes | names and length == 7) and (.flags | names and length == 3))'
	assert_json '.annotations | type == "object" and all(.[]; type == "string")'
	assert_json '.linux | (keys - ["namespaces", "capabilities", "cgroup", "seccomp", "apparmor", "selinux",
		"intelRdt", "mountExtensions", "netDevices", "memoryPolicy"]) == []'
	assert_json '.linux.cgroup | (keys | sort) == ["rdma", "systemd", "systemdUser", "v1", "v2"] and all(.[]; type == "boolean")'
	assert_json '[.linux | .seccomp, .apparmor, .selinux, .intelRdt, .netDevices, .mountExtensions.idmap | .enabled | type] |
		unique == ["boolean"]'
	assert_json '.linux.seccomp.supportedFlags - .linux.seccomp.knownFlags == []'
}

@test "FEAT-04 FEAT-05 features tells who made it, and which annotations change what is done" {
	run -0 davit features
	assert_json --arg v "$(davit --version | sed -n 's/^davit version //p')" '.annotations["io.davit.version"] == $v and
		(.annotations["io.davit.commit"] | length > 0) and .annotations["org.opencontainers.runc.checkpoint.enabled"] == "false"'
	# Each name in the sources that is an annotation's.
	assert_json --argjson names "$(grep -rhoE '"run\.oci\.[a-z_]+"' "$TESTS_DIR/../src" | sort -u | jq -s .)" \
		'$names - .potentiallyUnsafeConfigAnnotations == [] and ($names | length) >= 1'
}

@test "FEAT-13 FEAT-15 FEAT-17 features of what is compiled in, whatever the machine has" {
	run -0 davit features
	assert_json '.linux | .apparmor.enabled and .selinux.enabled and .intelRdt.enabled and .intelRdt.schemata and
		.intelRdt.monitoring'
	# By the program's own word: what is linked.
	local mnl=false
	! grep -q RTM_NEWADDR "$DAVIT" || mnl=true
	assert_json --argjson m $mnl '.linux.netDevices.enabled == $m'
}

@test "features does not list what is refused" {
	bundle
	run -0 davit features
	local features=$output
	if ! jq -e '.mountOptions | index("idmap")' <<<"$features"; then
		jq -e '.linux.mountExtensions.idmap.enabled == false' <<<"$features"
		config '.mounts += [{"destination": "/m", "type": "bind", "source": "/", "options": ["bind", "idmap"],
			"uidMappings": [{"containerID": 0, "hostID": 1, "size": 1}], "gidMappings": [{"containerID": 0, "hostID": 1, "size": 1}]}]'
		run -1 davit create --bundle "$BUNDLE" "$ID"
	fi
	# And takes what it lists.
	spec_config
	config --argjson f "$features" '["idmap", "ridmap", "copy-symlink", "src-nofollow", "dest-nofollow"] as $binds |
		[{"containerID": 0, "hostID": 1, "size": 1}] as $map | .mounts += [$f.mountOptions - ["bind", "rbind", "remount"] | .[] |
		{"destination": "/m/\(.)", "type": "tmpfs", "source": "t", "options": [.]} |
		if .options - $binds == [] then .options += ["bind"] | .source = "/tmp" else . end |
		if .options[0] | endswith("idmap") then .uidMappings = $map | .gidMappings = $map else . end]'
	run -0 davit create --dry-run --bundle "$BUNDLE" "$ID"
}

@test "state and list print nothing on stderr, and list is never null" {
	bundle
	create
	"$DAVIT" --root "$ROOT" state "$ID" >"$TMP/o" 2>"$TMP/e"
	[ ! -s "$TMP/e" ]
	jq -e . "$TMP/o"
	"$DAVIT" --root "$ROOT" list --format=json >"$TMP/o" 2>"$TMP/e"
	[ ! -s "$TMP/e" ]
	jq -e 'type == "array" and length == 1' "$TMP/o"
	"$DAVIT" --root "$ROOT" list -q >"$TMP/o" 2>"$TMP/e"
	[ ! -s "$TMP/e" ]
	assert_equal "$(cat "$TMP/o")" "$ID"
	davit delete "$ID"
	run -0 davit list -f json
	assert_output "[]"
}

@test "exit codes: 1 for a failed command, the program's own, 128 and the signal" {
	bundle
	local c
	for c in start state kill delete; do
		run -1 davit $c "$ID"
		assert_output --partial "container does not exist"
	done
	run -0 davit delete --force "$ID"
	assert_output ""
	for c in 0 1 7 255; do
		EXPECT=$c in_container "exit $c"
	done
}

@test "exit statuses: 128 and the number of the signal that ended the program" {
	# Without a pid namespace of its own, in which only root may mount a new proc.
	need_root
	bundle
	config '.linux.namespaces |= map(select(.type != "pid"))'
	EXPECT=143 in_container 'kill -TERM $$; sleep 1'
}

@test "log: exactly one JSON object for a failed command, with level, msg and time, and the text on stderr" {
	bundle
	args /bin/none
	run -1 davit --log "$TMP/log" --log-format json create --bundle "$BUNDLE" "$ID"
	assert_equal "$(wc -l <"$TMP/log")" 1
	jq -e '.level == "error" and (.msg | contains("no such file or directory")) and
		(.time | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\\.[0-9]+)?(Z|[+-][0-9:]{5})$"))' "$TMP/log"
	assert_output "davit: $(jq -r .msg "$TMP/log")"
	assert_equal "$(stat -c %a "$TMP/log")" 600
}

@test "log: entries of later commands are appended, successful ones write none" {
	bundle
	local i
	echo '{"theirs": 1}' >"$TMP/log"
	for i in 1 2 3; do
		run -1 davit --log "$TMP/log" --log-format json state "$ID"
	done
	run -0 davit --log "$TMP/log" --log-format json list
	assert_equal "$(jq -s length "$TMP/log")" 4
	jq -se '.[0].theirs == 1 and (.[1:] | all(.level == "error" and .msg == "container does not exist"))' "$TMP/log"
}

@test "log: text format is one line of level, time and message; /dev/stderr works" {
	run -1 davit --log "$TMP/log" --log-format text state "$ID"
	assert_equal "$(wc -l <"$TMP/log")" 1
	grep -q 'container does not exist' "$TMP/log"
	grep -q error "$TMP/log"
	run -1 davit --log /dev/stderr --log-format json state "$ID"
	assert_output --partial '"level":"error"'
}

@test "log: file: before the name is crun's way; what is no file is refused by name" {
	local to
	cd "$TMP"
	run -1 davit --log "file:$TMP/log2" --log-format text state "$ID"
	grep -q 'container does not exist' "$TMP/log2"
	for to in journald:x syslog:x; do
		run -1 davit --log "$to" list
		assert_output --partial "option --log takes a file, not \"$to\""
		[ ! -e "$to" ]
	done
}

@test "log: no warning at the default level, all of them with --log-level=warning or --debug" {
	bundle
	config '.process.args = ["true"] | .process.capabilities.bounding += ["CAP_FLY"]'
	run -0 davit --log "$TMP/log" --log-format json run --bundle "$BUNDLE" "$ID"
	assert_output ""
	[ ! -s "$TMP/log" ]
	run -0 davit --log "$TMP/log" --log-format json --log-level=warning run --bundle "$BUNDLE" "$ID"
	jq -se 'any(.level == "warning" and (.msg | contains("CAP_FLY")))' "$TMP/log"
	: >"$TMP/log"
	run -0 davit --log "$TMP/log" --log-format json --debug run --bundle "$BUNDLE" "$ID"
	jq -se 'any(.msg | contains("CAP_FLY")) and all(has("time") and has("level"))' "$TMP/log"
}

@test "log: bytes of an image or a configuration that are no text do not break an entry" {
	bundle
	config '.process.args = ["a\"b\\c\u0001\n\u001b[31mé"]'
	run -1 davit --log "$TMP/log" --log-format json create --bundle "$BUNDLE" "$ID"
	assert_equal "$(wc -l <"$TMP/log")" 1
	jq -e .msg "$TMP/log"
	assert_equal "${#lines[@]}" 1
	[[ $output != *$'\e'* ]]
}

@test "a log that cannot be opened is an error that names it" {
	run -1 davit --log "$TMP/no/such/folder/log" list
	assert_output --partial "$TMP/no/such/folder/log"
}

@test "LIFE-05 check: 0 and silence for a good bundle, 1 and every fault for a bad one, as text or JSON" {
	bundle
	run -0 davit check --bundle "$BUNDLE"
	assert_output ""
	run -0 davit check --bundle "$BUNDLE" --format json
	assert_json '.faults == [] and .warnings == []'
	config '.hostname = 1 | .process.cwd = "x" | .mount = [] | .process.argz = []'
	run -1 --separate-stderr davit check --bundle "$BUNDLE"
	assert_output --partial "hostname"
	assert_output --partial "process.cwd"
	run --separate-stderr davit check --bundle "$BUNDLE" --format json
	assert_equal "$status" 1
	assert_json '[.faults[].path] | index("hostname") and index("process.cwd")'
	assert_json '.faults | all(.line > 0 and .column > 0 and .text != "")'
	config '.hostname = "h" | .process.cwd = "/" | del(.mount)'
	run -1 --separate-stderr davit check --bundle "$BUNDLE" --format json --strict
	assert_json '.faults == [] and (.warnings | length) == 1'
	assert_stderr "davit: check: 1 warning, and --strict"
	[ ! -e "$ROOT" ]
}

@test "CONF-06 check names members that nobody knows, with the nearest known name" {
	bundle
	config '.mount = [] | .process.argz = [] | .annotations = {"free": "x"}'
	run -0 davit check --bundle "$BUNDLE"
	assert_output --regexp 'warning: .*mount.*"mounts"'
	assert_output --regexp 'warning: .*argz.*"args"'
	refute_output --partial free
	in_container 'echo ran'
	assert_output ran
}

@test "create --dry-run prints the plan as any user, and does nothing" {
	need_root
	bundle
	chmod -R a+rX "$BUNDLE"
	run -0 davit create --dry-run --bundle "$BUNDLE" "$ID"
	assert_json ".id == \"$ID\" and (.mounts | length) == 7 and .process.args == [\"sh\"]"
	[ ! -e "$ROOT" ]
	[ -z "$(cgroups_of "$ID")" ]
	config '.linux.namespaces += [{"type": "user"}] |
		.linux.uidMappings = [{"containerID": 0, "hostID": 4242, "size": 1}] | .linux.gidMappings = .linux.uidMappings |
		(.mounts[] | select(.options) | .options) -= ["gid=5"]'
	cp "$DAVIT" "$TMP/davit"
	run -0 as_user "$TMP/davit" --root "$TMP/none" create --dry-run --bundle "$BUNDLE" "$ID"
	assert_json ".id == \"$ID\" and .uid_map[0].host_id == 4242"
	[ ! -e "$TMP/none" ]
}

@test "spec writes a configuration that is good, and does not overwrite one" {
	mkdir "$TMP/b"
	cd "$TMP/b"
	run -0 davit spec
	assert_output ""
	jq -e '.ociVersion == "1.3.0" and .process.terminal == false' config.json
	echo mine >config.json
	run -1 davit spec
	assert_equal "$(cat config.json)" mine
	mkdir "$TMP/c"
	run -0 davit spec -b "$TMP/c"
	run -0 davit spec --bundle "$TMP"
	cmp "$TMP/config.json" "$TMP/c/config.json"
	jq -e .root "$TMP/config.json"
	busybox_tree
	cp -a "$TREE" rootfs
	cp "$TMP/config.json" config.json
	run -0 davit check
	assert_output ""
}

@test "the bundle is the working folder where none is named, and may be relative or end in a slash" {
	bundle
	args true
	cd "$BUNDLE"
	run -0 davit run "$ID"
	cd ..
	run -0 davit run --bundle bundle "$ID"
	run -0 davit run --bundle ./bundle/ "$ID"
	create "$ID" --bundle bundle
	assert_equal "$(state_of "$ID" .bundle)" "$(realpath "$BUNDLE")"
}

@test "--config names another file, relative to the caller's folder" {
	bundle
	args true
	mv "$BUNDLE/config.json" "$TMP/other.json"
	cd "$TMP"
	run -0 davit run --bundle "$BUNDLE" --config other.json "$ID"
	run -0 davit check --config "$TMP/other.json"
	run -0 davit check -f "$TMP/other.json"
}

@test "what is wrong with a command line is told with the command" {
	run -1 davit kill "$ID" FOO
	assert_output 'davit: kill: unknown signal "FOO"'
	run -1 davit update "$ID"
	assert_output "davit: update: nothing to change was given"
	run davit exec "$ID"
	assert_output "davit: exec: the command is missing, or --process with a file"
	run -1 davit create ../x
	assert_output "davit: create: the container id \"../x\" begins with '.'"
	run -1 davit list --format xml
	assert_output 'davit: list: option --format takes table|json, not "xml"'
	run -1 davit events --interval 3y "$ID"
	assert_output --partial "davit: events: option --interval takes "
	run -1 davit state
	assert_output "davit: state: the container id is missing"
}

@test "J1 the id may follow --, and never names a path" {
	bundle
	create "$ID"
	run -0 davit state -- "$ID"
	run -1 davit state -- "$ID/../$ID"
	run -1 davit state -- "--help"
}

@test "small commands work in an environment without PATH, HOME, or anything" {
	bundle
	args sleep 100
	create
	local d=("$DAVIT" --root "$ROOT")
	env -i "${d[@]}" start "$ID"
	env -i XDG_RUNTIME_DIR= "${d[@]}" state "$ID" | jq -e '.status == "running"'
	env -i "${d[@]}" kill "$ID" KILL
	wait_status stopped
	env -i "${d[@]}" delete "$ID"
}

@test "writing to a full device is an error, not silence" {
	run sh -c "'$DAVIT' features >/dev/full"
	assert_equal "$status" 1
	assert_output --partial ENOSPC
}
