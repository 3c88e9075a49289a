#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Configurations that are no configurations, ids that are no ids, text that is no text
# (K1, K3, J1, J9, J10, "Bad input" of the issue).
load attack

# quick NAME [COMMAND...]: fails, with a word, within a second (more where machines are slow), and
# leaves nothing
quick() {
	local name=$1 start=${EPOCHREALTIME/[.,]/} took
	shift
	rc=0
	timeout 20 "$@" >"$TMP/out" 2>"$TMP/err" 3>&- 4>&- </dev/null || rc=$?
	took=$((${EPOCHREALTIME/[.,]/} - start))
	[ "$rc" != 124 ] || fail "$name: hangs"
	[ "$rc" = 1 ] || fail "$name: exit $rc: $(head -c 500 "$TMP/err")"
	[ -s "$TMP/err" ] || fail "$name: no word about it"
	[ "$(wc -c <"$TMP/err")" -lt 20000 ] || fail "$name: too many words"
	[ "$took" -lt $((1000000 * ${DAVIT_TEST_SLOW:-1})) ] || fail "$name: $took us"
	[ -z "$(ls -A "$ROOT" 2>&-)" ] || fail "$name: left: $(find "$ROOT")"
}

# bad NAME [TEXT]: the bundle's config.json as it is now
bad() {
	local peak
	quick "$1, check" "$DAVIT" --root "$ROOT" check --bundle "$BUNDLE"
	quick "$1, create" "$DAVIT" --root "$ROOT" create --bundle "$BUNDLE" --pid-file "$TMP/pid" "$ID"
	[ $# -lt 2 ] || grep -qF -e "$2" "$TMP/err" || fail "$1: says $(head -c 500 "$TMP/err")"
	[ ! -e "$TMP/pid" ] || fail "$1: a pid file"
}

@test "K3 config.json that is no regular file is refused at once" {
	local c
	bundle
	canary
	c=$BUNDLE/config.json
	rm "$c" && bad "missing" config.json
	mkdir "$c" && bad "a folder" config.json
	rmdir "$c" && mkfifo "$c" && bad "a fifo" config.json
	rm "$c" && mknod "$c" c 1 5 && bad "/dev/zero" config.json
	rm "$c" && mknod "$c" c 1 3 && bad "/dev/null" config.json
	rm "$c" && ln -s config.json "$c" && bad "a loop" config.json
	rm "$c" && ln -s /proc/self/mem "$c" && bad "/proc/self/mem" config.json
	rm "$c" && ln -s /dev/tty "$c" && bad "/dev/tty" config.json
	rm "$c" && python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$c" \
		2>&- && bad "a socket" config.json
	assert_canary
}

@test "K1 config.json of 1 GiB, of 1 TiB, 1,000,000 levels deep, with 10,000,000 values is refused at once" {
	local c peak
	bundle
	canary
	c=$BUNDLE/config.json
	truncate -s 1G "$c" && bad "1 GiB" config.json
	truncate -s 1T "$c" && bad "1 TiB" config.json
	: >"$c" && bad "empty" config.json
	head -c 1000000 /dev/zero | tr '\0' '[' >"$c" && bad "1,000,000 levels of lists" config.json
	yes '{"a":' | head -n 1000000 | tr -d '\n' >"$c" && bad "1,000,000 levels of objects" config.json
	{ echo '{"ociVersion":"1.2.0","annotations":{"a":"'; head -c 15000000 /dev/zero | tr '\0' a; } >"$c"
	bad "a string without end" config.json
	{ printf '{"x":['; yes '1,' | head -n 5000000 | tr -d '\n'; echo '1]}'; } >"$c"
	bad "5,000,000 values" config.json
	{ printf '{'; seq -f '"k%.0f":0,' 1 500000 | tr -d '\n'; echo '"z":0}'; } >"$c"
	bad "500,000 members" config.json
	head -c 1000000 /dev/urandom >"$c" && bad "noise" config.json
	# Memory: what is refused has not been read whole.
	truncate -s 1G "$c"
	if ! grep -q __asan_init "$DAVIT"; then
		(ulimit -v 100000; quick "1 GiB with 100 MB of memory" "$DAVIT" check --bundle "$BUNDLE")
	fi
	assert_canary
}

# The limit is of CPU time, so that a busy machine does not matter; squares take minutes.
@test "K1 lists of 100,000 entries are planned in the time that a list takes" {
	local name filter
	bundle
	cp "$BUNDLE/config.json" "$TMP/base.json"
	while IFS='|' read -r name filter; do
		jq -c "$filter" "$TMP/base.json" >"$BUNDLE/config.json"
		rc=0
		(ulimit -t $((5 * ${DAVIT_TEST_SLOW:-1}))
			exec "$DAVIT" --root "$ROOT" create --dry-run --bundle "$BUNDLE" "$ID") \
			>"$TMP/out" 2>"$TMP/err" </dev/null || rc=$?
		[ "$rc" = 0 ] || fail "$name: exit $rc: $(head -c 500 "$TMP/err")"
	done <<'E'
environment|.process.env = [range(100000) | "V\(.)=x"]
environment of one name|.process.env = [range(100000) | "V=\(.)"]
masked paths|.linux.maskedPaths = [range(100000) | "/m/\(.)"]
read-only paths|.linux.readonlyPaths = [range(100000) | "/m/\(.)"]
kernel parameters|.linux.sysctl = ([range(100000) | {key: "net.ipv4.conf.v\(.).forwarding", value: "1"}] | from_entries)
network devices|.linux.netDevices = ([range(100000) | {key: "v\(.)", value: {}}] | from_entries)
devices|.linux.devices = [range(60000) | {type: "p", path: "/dev/v\(.)"}]
additional groups|.process.user.additionalGids = [range(60000)]
mounts|.mounts += [range(30000) | {destination: "/v\(.)", type: "tmpfs", source: "t"}]
annotations|.annotations = ([range(100000) | {key: "v\(.)", value: "x"}] | from_entries)
E
}

@test "K2 documents that two parsers read differently are refused" {
	local name text c n=0 good
	bundle
	c=$BUNDLE/config.json
	good=$(jq -c 'del(.annotations)' "$c")
	printf '%s\n' "$good" >"$TMP/good.json"
	while IFS='|' read -r name text; do
		# shellcheck disable=SC2059 # its escapes are bytes
		{ printf "{$text"; printf '%s\n' "${good#\{}"; } >"$c"
		bad "$name"
		n=$((n + 1))
	done <<'E'
twice|"hostname":"a",
twice by an escape|"hostn\\u0061me":"a",
NUL in a value|"annotations":{"a":"b\\u0000c"},
NUL in a name|"annotations":{"a\\u0000b":"c"},
a lone surrogate|"annotations":{"a":"\\ud800"},
ill-formed UTF-8|"annotations":{"a":"\377"},
overlong UTF-8|"annotations":{"a":"\300\200"},
a comment|/* c */
a trailing comma|"annotations":{"a":"b",},
E
	[ "$n" = 9 ]
	{ cat "$TMP/good.json"; echo '{}'; } >"$c" && bad "two documents"
	{ cat "$TMP/good.json"; printf '\0'; } >"$c" && bad "NUL at the end"
	jq '.process.user.uid = 1e400' "$TMP/good.json" | sed 's/1.79[0-9]*e+308/1e400/' >"$c" && bad "1e400"
	jq '.process.user.uid = 4294967298' "$TMP/good.json" >"$c" && bad "2^32+2"
}

@test "J1 ids that are no ids touch nothing, by any command" {
	local id command
	bundle
	canary
	args /bin/true
	mkdir -p "$ROOT"
	mkdir "$TMP/root-beside"
	echo keep >"$TMP/root-beside/file"
	for id in .. . ../root-beside ../../etc a/b /a a/ "" -x -- .hidden ... 'a b' 'a;b' $'a\nb' $'a\tb' \
		$'a\eb' 'a\b' 'ä' $'\377' '~' '*' '%s%n' "$(printf 'n%.0s' {1..201})" "$(printf 'n%.0s' {1..5000})"; do
		for command in "create --bundle $BUNDLE" "run --bundle $BUNDLE" start state "kill" "delete" \
			"delete --force"; do
			rc=0
			# shellcheck disable=SC2086 # words
			timeout 10 "$DAVIT" --root "$ROOT" $command -- "$id" >"$TMP/out" 2>"$TMP/err" </dev/null \
				3>&- 4>&- || rc=$?
			[ "$command" = "delete --force" ] && [ "$rc" = 0 ] || [ "$rc" = 1 ] ||
				fail "$command $(printf %q "$id"): exit $rc"
			[ -z "$(ls -A "$ROOT")" ] || fail "$command $(printf %q "$id"): $(find "$ROOT")"
		done
	done
	assert_equal "$(cat "$TMP/root-beside/file")" keep
	assert_canary
}

@test "J9 pid file and log are not followed where they are links" {
	bundle
	canary
	args /bin/true
	ln -s "$CANARY/file" "$TMP/pid"
	create "$ID" --pid-file "$TMP/pid"
	[ ! -L "$TMP/pid" ]
	assert_equal "$(cat "$TMP/pid")" "$(pid_of)"
	davit delete --force "$ID"
	mkdir -m 1777 "$TMP/open"
	ln -s "$CANARY/file" "$TMP/open/log"
	chown -h 4242 "$TMP/open/log"
	run davit --log "$TMP/open/log" state none
	assert_failure
	ln -s "$CANARY/new" "$TMP/open/log2"
	chown -h 4242 "$TMP/open/log2"
	run davit --log "$TMP/open/log2" state none
	assert_failure
	assert_canary
}

@test "J10 hostile text breaks neither the log nor the terminal" {
	local text n=0
	bundle
	canary
	cp "$BUNDLE/config.json" "$TMP/base.json"
	while IFS= read -r text; do
		jq --argjson t "$text" '.process.args = [$t] | .hostname = "x"' "$TMP/base.json" >"$BUNDLE/config.json"
		rm -f "$TMP/log"
		rc=0
		davit --log "$TMP/log" --log-format json run --bundle "$BUNDLE" "$ID" >"$TMP/out" 2>"$TMP/err" \
			</dev/null || rc=$?
		[ "$rc" != 0 ] || fail "$text: ran"
		# One object a line, and a line a failure.
		assert_equal "$(wc -l <"$TMP/log")" 1
		jq -e '.level == "error" and (.msg | type == "string" and length > 0)' "$TMP/log" >"$TMP/out" ||
			fail "$text: $(head -c 500 "$TMP/log")"
		! LC_ALL=C grep -q $'[\001-\011\013-\037\177]' "$TMP/err" || fail "$text: stderr: $(cat -v "$TMP/err")"
		assert_equal "$(wc -l <"$TMP/err")" 1
		davit --log "$TMP/log.text" --log-format text run --bundle "$BUNDLE" "$ID" 2>"$TMP/err" </dev/null || true
		! LC_ALL=C grep -q $'[\001-\011\013-\037\177]' "$TMP/log.text" || fail "$text: $(cat -v "$TMP/log.text")"
		rm "$TMP/log.text"
		n=$((n + 1))
	done < <(cat <<'E'
"/no/\"quoted\""
"/no/\nsecond line {\"level\":\"info\"}"
"/no/\u001b[2J\u001b]0;title\u0007"
"/no/\u0001\u0002\u007f"
"/no/\r\rover"
"/no/\u202eabc\u2028x"
"/no/\\x1b[31m"
"\n"
"\u001b"
"no\"such"
E
		printf '"/no/%s"\n' "$(head -c 3000 /dev/zero | tr '\0' a)"
		printf '"%s"\n' "$(head -c 65536 /dev/zero | tr '\0' b)"
	)
	[ "$n" = 12 ]
	# Arguments that are no UTF-8 at all.
	run davit --log "$TMP/log" --log-format json run --bundle $'/no/\377\376\e[2J' "$ID"
	assert_failure
	jq -e .msg "$TMP/log"
	! LC_ALL=C grep -q $'[\e\377]' <<<"$output" || fail "$(cat -v <<<"$output")"
	assert_canary
}

@test "I9 names of resctrl groups and of network devices that lead elsewhere are refused" {
	bundle
	canary
	local name
	for name in .. . ../x x/.. a/b /etc //  $'a\nb' info mon_groups mon_data "$(head -c 300 /dev/zero | tr '\0' a)"; do
		config --arg n "$name" '.linux.intelRdt = {closID: $n, l3CacheSchema: "L3:0=f"}'
		bad "closID $name"
	done
	config 'del(.linux.intelRdt)'
	for name in ../.. .. . a/b 'a b' a:b sixteen-bytes-xx %d%d %s 100% '' $'a\tb'; do
		config --arg n "$name" '.linux.netDevices = {"eth9": {name: $n}}'
		[ -z "$name" ] || bad "new name $name"
		config --arg n "$name" '.linux.netDevices = {($n): {}}'
		bad "device $name"
	done
	assert_canary
}
