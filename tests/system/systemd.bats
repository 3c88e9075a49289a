#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tags: vm
# The systemd driver: units, their limits, who they belong to, and a bus that is no help
# (docs/conformance.md section 13).
load ../lib/helpers

setup() {
	test_setup
	# It is about the system's manager; usersession.bats about a user's.
	need_root
	unset DBUS_SYSTEM_BUS_ADDRESS
	SYSTEMD=(--systemd-cgroup)
	UNIT=davit-$ID.scope
	PLACE=$CGROUP_ROOT/system.slice/$UNIT
}

# sd_create [ID [OPTION...]]: create by the systemd driver, which must work.
sd_create() {
	local id=${1:-$ID}
	shift || true
	detached davit "${SYSTEMD[@]}" create --bundle "$BUNDLE" "$@" "$id"
	[ "$status" = 0 ] || fail "create $id: exit $status: $stderr"
}
# sd_refused TEXT: create must fail with this text, and leave nothing.
sd_refused() {
	run -1 davit "${SYSTEMD[@]}" create --bundle "$BUNDLE" "$ID"
	assert_output --partial "$1"
	assert_nothing_left
	[ ! -d /run/systemd/system ] || no_unit
}
# shown NAME [UNIT]: a property of the unit
shown() { systemctl show -P "$1" "${2:-$UNIT}"; }
no_unit() { [ -z "$(systemctl list-units --all --plain --no-legend "*$ID*")" ]; }
in_unit() { grep -qx "$(pid_of "${2:-$ID}")" "$1/cgroup.procs" || fail "not in $1"; }
# limit NAME VALUE: a file of the unit's cgroup
limit() { assert_equal "$(cat "$PLACE/$1")" "$2"; }

@test "CG-03 without a path: davit-ID.scope in system.slice, and nothing of it is left" {
	need_systemd
	need_v2
	bundle
	args sleep 100
	sd_create
	in_unit "$PLACE"
	assert_equal "$(shown Description)" "davit container $ID"
	assert_equal "$(shown Slice) $(shown Delegate) $(shown DefaultDependencies)" "system.slice yes no"
	# Engines give the flag on create only: the record knows.
	davit start "$ID"
	davit kill "$ID" KILL
	wait_status stopped
	davit delete "$ID"
	no_unit
	[ ! -e "$PLACE" ]
	assert_nothing_left
}

@test "CG-04 slice:prefix:name is prefix-name.scope in that slice" {
	need_systemd
	need_v2
	bundle
	args sleep 100
	config --arg p "d-$ID.slice:pre:$ID" '.linux.cgroupsPath = $p'
	sd_create
	in_unit "$CGROUP_ROOT/d.slice/d-$ID.slice/pre-$ID.scope"
	davit delete --force "$ID"
	systemctl stop "d-$ID.slice" d.slice
	config --arg p ":pre:$ID" '.linux.cgroupsPath = $p'
	sd_create
	in_unit "$CGROUP_ROOT/system.slice/pre-$ID.scope"
	davit delete --force "$ID"
	config --arg p "-.slice:pre:$ID" '.linux.cgroupsPath = $p'
	sd_create
	in_unit "$CGROUP_ROOT/pre-$ID.scope"
}

@test "CG-04 a name that ends with .slice is a slice, and delete takes it away" {
	need_systemd
	need_v2
	bundle
	args sleep 100
	config --arg p ":x:d-$ID.slice" '.linux.cgroupsPath = $p'
	sd_create
	in_unit "$CGROUP_ROOT/d.slice/d-$ID.slice"
	davit delete --force "$ID"
	no_unit
}

@test "CG-04 other forms are refused, and nothing is left" {
	bundle
	config --arg p "/system.slice/$ID" '.linux.cgroupsPath = $p'
	sd_refused 'expected "slice:prefix:name"'
	config --arg p "../x.slice:p:$ID" '.linux.cgroupsPath = $p'
	sd_refused "in the slice"
}

@test "RES-05 RES-13 RES-14 RES-25 limits are properties of the unit and survive a daemon-reload" {
	need_systemd
	need_v2
	need_controller memory cpu pids
	bundle
	args sleep 100
	config '.linux.resources += {memory: {limit: 67108864, swap: 134217728, reservation: 33554432},
		cpu: {shares: 512, quota: 20000, period: 50000}, pids: {limit: 50},
		unified: {"memory.high": "60M"}}'
	sd_create
	local i
	for i in before after; do
		limit memory.max 67108864
		limit memory.low 33554432
		limit memory.high 62914560
		limit cpu.weight 59
		limit cpu.max "20000 50000"
		limit pids.max 50
		systemctl daemon-reload
	done
	assert_equal "$(shown MemoryMax) $(shown MemoryLow) $(shown MemoryHigh)" "67108864 33554432 62914560"
	assert_equal "$(shown CPUWeight) $(shown CPUQuotaPerSecUSec) $(shown TasksMax)" "59 400ms 50"
	[ ! -e "$PLACE/memory.swap.max" ] || limit memory.swap.max 67108864
}

@test "RES-17 RES-19 RES-22 sets of CPUs and limits of devices are properties too" {
	need_systemd
	need_v2
	need_controller cpuset io
	bundle
	args sleep 100
	local disk
	disk=$(lsblk -dno MAJ:MIN | grep -v '^7:' | head -1 | tr -d ' ')
	config --arg major "${disk%:*}" --arg minor "${disk#*:}" '.linux.resources += {cpu: {cpus: "0", mems: "0"},
		blockIO: {throttleReadBpsDevice: [{major: ($major | tonumber), minor: ($minor | tonumber), rate: 1048576}]}}'
	sd_create
	assert_equal "$(shown AllowedCPUs) $(shown AllowedMemoryNodes)" "0 0"
	limit cpuset.cpus 0
	limit io.max "$disk rbps=1048576 wbps=max riops=max wiops=max"
	systemctl daemon-reload
	limit io.max "$disk rbps=1048576 wbps=max riops=max wiops=max"
}

@test "RES-25 a limit of tasks below our own needs comes last, 0 too" {
	need_systemd
	need_v2
	need_controller pids
	bundle
	args sleep 100
	config '.linux.resources.pids.limit = 1'
	sd_create
	limit pids.max 1
	assert_equal "$(shown TasksMax)" 1
	davit delete --force "$ID"
	config '.linux.resources.pids.limit = 0'
	sd_create
	limit pids.max 0
	davit start "$ID"
}

@test "CG-12 I8 annotations are properties, by an allow-list of types" {
	need_systemd
	bundle
	args sleep 100
	config '.annotations = {"org.systemd.property.TimeoutStopUSec": "uint64 7000000",
		"org.systemd.property.RuntimeMaxSec": "500", "org.systemd.property.SendSIGHUP": "true",
		"org.systemd.property.KillSignal": "10", "org.systemd.property.After": "[\"basic.target\"]"}'
	sd_create
	assert_equal "$(shown TimeoutStopUSec) $(shown RuntimeMaxUSec) $(shown SendSIGHUP) $(shown KillSignal)" "7s 8min 20s yes 10"
	[[ $(shown After) = *basic.target* ]]
	davit delete --force "$ID"
	config '.annotations = {"org.systemd.property.NoSuchThing": "1"}'
	sd_refused "NoSuchThing"
	config '.annotations = {"org.systemd.property.ExecStopPost": "\"/bin/false\""}'
	sd_refused "ExecStopPost"
	config '.annotations = {"org.systemd.property.Slice": "\"x.slice\""}'
	sd_refused "annotations"
}

@test "CG-12 without the systemd driver the annotations mean nothing" {
	bundle
	config '.annotations = {"org.systemd.property.TimeoutStopUSec": "rubbish"}'
	run -0 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&- 4>&-
}

@test "I4 the device rules hold while systemd is reloaded" {
	need_systemd
	bundle
	args sleep 100
	script 'mknod /dev/mine c 1 11 2>/dev/null
		while [ ! -e /stop ]; do if (: </dev/mine) 2>/dev/null; then echo OPENED; fi; : </dev/zero || echo LOST; done; echo end'
	config '.root.readonly = false | .process.capabilities.bounding += ["CAP_MKNOD"] |
		.process.capabilities.effective += ["CAP_MKNOD"] | .process.capabilities.permitted += ["CAP_MKNOD"]'
	sd_create
	davit start "$ID"
	local i
	for ((i = 0; i < 10; i++)); do systemctl daemon-reload; done
	touch "$BUNDLE/rootfs/stop"
	wait_for 10 grep -q end "$TMP/out"
	assert_equal "$(cat "$TMP/out")" end
}

@test "CG-08 CG-09 the container's user owns its cgroup when it can write to it" {
	need_systemd
	need_v2
	bundle
	args sleep 100
	config '.linux.namespaces += [{"type": "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = .linux.uidMappings | .process.user = {uid: 7, gid: 7} |
		.mounts |= map(if .destination == "/sys/fs/cgroup" then .options -= ["ro"] else . end)'
	chmod 755 "$BUNDLE/rootfs"
	sd_create
	local f
	assert_equal "$(stat -c %u "$PLACE")" 100007
	for f in cgroup.procs cgroup.subtree_control cgroup.threads; do
		assert_equal "$f $(stat -c %u "$PLACE/$f")" "$f 100007"
	done
	assert_equal "$(stat -c %u "$PLACE/cgroup.max.depth")" 0
	davit start "$ID"
	run -0 davit exec --user 7:7 "$ID" /bin/sh -c 'mkdir /sys/fs/cgroup/sub && echo made'
	assert_output made
	[ -d "$PLACE/sub" ]
	davit delete --force "$ID"
	# Read-only, or without a cgroup namespace of its own: nothing is given away.
	config '.mounts |= map(if .destination == "/sys/fs/cgroup" then .options += ["ro"] else . end)'
	sd_create
	assert_equal "$(stat -c %u "$PLACE")" 0
}

@test "exec, kill --all, pause and resume work in a unit" {
	need_systemd
	need_v2
	bundle
	script 'sleep 100 & sleep 100 & wait'
	sd_create
	davit start "$ID"
	run -0 davit exec "$ID" cat /proc/self/cgroup
	assert_output "0::/"
	davit exec --detach --pid-file "$TMP/pid" "$ID" sleep 100 3>&- 4>&-
	grep -qx "$(cat "$TMP/pid")" "$PLACE/cgroup.procs"
	davit pause "$ID"
	assert_equal "$(state_of)" paused
	davit resume "$ID"
	assert_equal "$(state_of)" running
	davit kill --all "$ID" KILL
	wait_status stopped
	davit delete "$ID"
	no_unit
}

@test "a unit that a crash has left is reset and used again" {
	need_systemd
	bundle
	args sleep 100
	systemd-run --quiet --scope --unit "$UNIT" -p RuntimeMaxSec=100ms sleep 100 || true
	assert_equal "$(shown ActiveState)" failed
	sd_create
	assert_equal "$(shown ActiveState)" active
}

@test "CG-06 a unit in use is refused, and goes on" {
	need_systemd
	bundle
	args sleep 100
	config --arg p ":pre:$ID" '.linux.cgroupsPath = $p'
	sd_create "$ID-b"
	davit start "$ID-b"
	run -1 davit "${SYSTEMD[@]}" create --bundle "$BUNDLE" "$ID"
	assert_output --partial "in use"
	assert_equal "$(state_of "$ID-b")" running
	assert_equal "$(shown ActiveState "pre-$ID.scope")" active
	[ ! -e "$ROOT/$ID" ]
}

# sent NAME COMMAND...: the methods of all messages that the command sends; $TMP/NAME has the trace
sent() {
	local name=$1
	shift
	strace -f -qq -y -xx -s 65536 -e trace=network,write,writev -o "$TMP/$name" "$DAVIT" --root "$ROOT" "$@" \
		>"$TMP/out" 2>&1 </dev/null 3>&- 4>&- || fail "$name: $(cat "$TMP/out")"
	"$TESTS_DIR/lib/dbus-sent" "$TMP/$name" | paste -sd' '
}
# without_hello WORD...: how many they are, Hello not counted
without_hello() { tr ' ' '\n' <<<"$*" | grep -vxc -e Hello -e ''; }

@test "create and run send at most four messages, delete two, start, exec and kill none" {
	need_systemd
	need_cmd strace python3
	bundle
	# Limits are in the one message, whatever their number.
	config '.linux.resources += {memory: {limit: 67108864}, pids: {limit: 50}, cpu: {shares: 512}}'
	local bus hello made ended
	for bus in private bus; do
		hello=
		if [ $bus = bus ]; then
			[ -S /run/dbus/system_bus_socket ] || continue
			export DBUS_SYSTEM_BUS_ADDRESS=unix:path=/run/dbus/system_bus_socket
			hello="Hello AddMatch "
		fi
		# With its end, for strace follows init.
		args true
		made=$(sent run --systemd-cgroup run --bundle "$BUNDLE" "$ID")
		[[ $made == "${hello}StartTransientUnit"* ]] || fail "run sent $made"
		[ "$(without_hello "$made")" -le 6 ]
		args sleep 100
		detached strace -D -qq -y -xx -s 65536 -e trace=network,write,writev -o "$TMP/create" \
			"$DAVIT" --root "$ROOT" --systemd-cgroup create --bundle "$BUNDLE" "$ID"
		assert_equal "$status" 0
		made=$("$TESTS_DIR/lib/dbus-sent" "$TMP/create" | paste -sd' ')
		assert_equal "$made" "${hello}StartTransientUnit"
		[ "$(without_hello "$made")" -le 4 ]
		assert_equal "$(sent start start "$ID")" ""
		assert_equal "$(sent exec exec "$ID" true)" ""
		assert_equal "$(sent kill kill "$ID" WINCH)" ""
		# None when systemd has seen the end of it first.
		ended=$(sent delete delete --force "$ID")
		[ "$(without_hello "$ended")" -le 2 ]
		no_unit
		# A slice does not end by itself.
		config --arg p ":x:d-$ID.slice" '.linux.cgroupsPath = $p'
		sd_create
		ended=$(sent delete delete --force "$ID")
		[[ $ended == "${hello}StopUnit" ]] || fail "delete sent $ended"
		[ "$(without_hello "$ended")" -le 2 ]
		no_unit
		config 'del(.linux.cgroupsPath)'
	done
}

@test "the message bus in place of the manager's own socket" {
	need_systemd
	[ -S /run/dbus/system_bus_socket ] || skip "needs a system bus"
	export DBUS_SYSTEM_BUS_ADDRESS=unix:path=/run/dbus/system_bus_socket
	bundle
	args sleep 100
	sd_create
	assert_equal "$(shown ActiveState)" active
	davit delete --force "$ID"
	no_unit
}

# fake_bus PYTHON: a listener at $TMP/bus that does this with the connection c
fake_bus() {
	need_cmd python3
	cat >"$TMP/bus.py" <<-E
		import socket, time
		s = socket.socket(socket.AF_UNIX)
		s.bind("$TMP/bus")
		s.listen(5)
		while True:
		    c, _ = s.accept()
		    $1
	E
	background python3 "$TMP/bus.py"
	wait_for 5 test -S "$TMP/bus"
	export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$TMP/bus
}

@test "a bus that is not there, refuses, closes or says rubbish: a clear error, nothing left" {
	bundle
	export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$TMP/nobody
	sd_refused "$TMP/nobody"
	fake_bus 'c.sendall(b"REJECTED EXTERNAL\r\n")'
	sd_refused "does not accept us"
}

@test "a bus that closes the connection: a clear error, nothing left" {
	bundle
	fake_bus 'c.close()'
	sd_refused "closed the connection"
}

@test "a bus that says rubbish: a clear error, nothing left" {
	bundle
	fake_bus 'c.sendall(b"HTTP/1.1 400\r\n")'
	sd_refused "no answer to the authentication"
}

@test "a bus that hangs, before and after the authentication: an error within the deadline, nothing left" {
	need_hooks
	bundle
	export DAVIT_TEST_DBUS_MS=700
	fake_bus 'pass'
	sd_refused "did not answer in time"
}

@test "a bus that hangs when it is asked for the unit: an error within the deadline, nothing left" {
	need_hooks
	bundle
	export DAVIT_TEST_DBUS_MS=900
	local hello='l\2\1\1\n\0\0\0\1\0\0\0\17\0\0\0\5\1u\0\1\0\0\0\10\1g\0\1s\0\0\5\0\0\0:1.42\0'
	fake_bus "c.recv(99); c.sendall(b'DATA\\r\\nOK 12\\r\\n'); c.recv(999); c.sendall(b'$hello'); keep = c"
	sd_refused "did not answer in time"
}

@test "a creator that is killed leaves no unit, and the id can be used again" {
	need_systemd
	bundle
	args sleep 100
	printf '#!/bin/sh\necho $$ >%q\nexec sleep 100\n' "$TMP/hooked" >"$TMP/hook"
	chmod 755 "$TMP/hook"
	config --arg h "$TMP/hook" '.hooks.createRuntime = [{path: $h}]'
	background "$DAVIT" --root "$ROOT" --systemd-cgroup create --bundle "$BUNDLE" "$ID"
	wait_for 10 test -s "$TMP/hooked"
	assert_equal "$(shown ActiveState)" active
	kill -KILL "$BG" "$(cat "$TMP/hooked")"
	wait_for 10 no_unit
	davit delete --force "$ID"
	config 'del(.hooks)'
	sd_create
	assert_equal "$(shown ActiveState)" active
}

@test "update tells the unit and the files, and a daemon-reload changes neither" {
	need_systemd
	need_v2
	need_controller memory cpu pids
	bundle
	args sleep 100
	config '.linux.resources += {memory: {limit: 67108864}, cpu: {shares: 512, quota: 33333, period: 100000}, pids: {limit: 50}}'
	sd_create
	davit start "$ID"
	run -0 davit update --memory 134217728 --pids-limit 60 "$ID"
	local i
	for i in before after; do
		limit memory.max 134217728
		limit pids.max 60
		limit cpu.weight 59
		assert_equal "$(shown MemoryMax) $(shown TasksMax) $(shown CPUWeight)" "134217728 60 59"
		[ $i = after ] || limit cpu.max "33333 100000"
		systemctl daemon-reload
	done
	run -0 davit update --memory -1 --cpu-quota 50000 "$ID"
	limit memory.max max
	limit cpu.max "50000 100000"
	assert_equal "$(shown MemoryMax) $(shown CPUQuotaPerSecUSec)" "infinity 500ms"
}

@test "an update that the kernel refuses leaves the unit and the files as they were" {
	need_systemd
	need_v2
	need_controller memory cpu
	bundle
	args sleep 100
	config '.linux.resources += {memory: {limit: 67108864}, cpu: {quota: 33333, period: 100000}}'
	sd_create
	davit start "$ID"
	echo '{"memory": {"limit": 33554432, "reservation": 1048576}, "cpu": {"quota": 50000, "burst": 900000}}' >"$TMP/res"
	run -1 davit update --resources "$TMP/res" "$ID"
	limit memory.max 67108864
	limit memory.low 0
	limit cpu.max "33333 100000"
	assert_equal "$(shown MemoryMax) $(shown MemoryLow) $(shown CPUQuotaPerSecUSec)" "67108864 0 340ms"
	systemctl daemon-reload
	limit memory.max 67108864
	limit memory.low 0
}

@test "update without systemd in reach changes nothing" {
	need_systemd
	need_v2
	need_controller memory
	bundle
	args sleep 100
	config '.linux.resources.memory.limit = 67108864'
	sd_create
	DBUS_SYSTEM_BUS_ADDRESS=unix:path=$TMP/nobody run -1 davit update --memory 134217728 "$ID"
	assert_output --partial "$TMP/nobody"
	limit memory.max 67108864
}
