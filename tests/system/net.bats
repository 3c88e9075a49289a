#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tags: vm
# Network devices that move into the container (docs/conformance.md section 12). The host's
# side is a network namespace of the test's own, with one end of a pair that moves, v0.
load ../lib/helpers

setup() {
	test_setup
	need_root
	need_cmd ip nsenter
	unshare --net sleep 1000 3>&- 4>&- &
	HOST=$!
	undo end_background $HOST
	wait_for 5 other_net
	bundle
	args sleep 1000
	if [[ $BATS_TEST_DESCRIPTION != *"without libmnl"* ]] && ! has_netdevices; then
		skip "this davit has no libmnl"
	fi
	host ip link add v0 type veth peer name v1 2>/dev/null || skip "needs veth devices"
	host ip link set v1 up
}

other_net() { [ "$(readlink /proc/$HOST/ns/net)" != "$(readlink /proc/self/ns/net)" ]; }
has_netdevices() { davit features | jq -e .linux.netDevices.enabled; }
host() { nsenter --net="/proc/$HOST/ns/net" "$@"; }
inside() { nsenter --net="/proc/$(pid_of)/ns/net" "$@"; }
davit_there() { host "$DAVIT" --root "$ROOT" "$@" 3>&- 4>&-; }

# start_it: create and start on the host's side
start_it() {
	detached davit_there create --bundle "$BUNDLE" "$ID"
	[ "$status" = 0 ] || fail "create: $stderr"
	davit start "$ID"
}

devices() { config --argjson d "$1" '.linux.netDevices = $d'; }

# addresses NAME: what ip says about its addresses, but for what moving must change
addresses() {
	ip -j addr show dev "$1" | jq -c '[.[0].addr_info[] | select(.scope == "global")] |
		map(del(.tentative, .dadfailed, .nodad)) | sort_by(.local)'
}
export -f addresses
addresses_on() { "$1" bash -c "addresses $2"; }

@test "NET-01 NET-02 NET-05 NET-06 NET-07 a device moves in under a new name, with its addresses, and is up" {
	host ip link set v0 mtu 1400 alias "a device" address 02:00:00:00:00:07
	host ip addr add 10.1.2.3/24 brd 10.1.2.99 label v0:web dev v0 metric 77
	host ip addr add 10.1.2.4/24 dev v0
	host ip addr add 10.7.0.1 peer 10.7.0.2/30 dev v0 noprefixroute
	host ip addr add 10.8.0.1/24 dev v0 preferred_lft 0
	host ip addr add 2001:db8::5/64 dev v0 nodad 2>/dev/null || true
	host ip addr add 2001:db8:1::5 peer 2001:db8:1::6/128 dev v0 nodad 2>/dev/null || true
	host ip link set v0 up
	local before
	before=$(addresses_on host v0 | sed 's/v0:web/eth0:web/; s/"label":"v0"/"label":"eth0"/g')
	[ "$(jq length <<<"$before")" -ge 4 ]
	devices '{"v0": {"name": "eth0"}}'
	start_it
	run host ip link show dev v0
	assert_failure
	run -0 inside ip -j -d link show dev eth0
	assert_json '.[0] | .mtu == 1400 and .ifalias == "a device" and .address == "02:00:00:00:00:07" and
		(.flags | index("UP") != null)'
	assert_equal "$(addresses_on inside eth0)" "$before"
	run -0 davit exec "$ID" ip addr
	assert_output --partial "10.1.2.3/24"
}

@test "NET-05 addresses that are not permanent or not global stay behind" {
	host ip addr add 10.1.0.1/24 dev v0 scope link
	host ip addr add 10.1.1.1/24 dev v0 valid_lft 1000 preferred_lft 1000
	host ip addr add 10.1.2.1/24 dev v0
	devices '{"v0": {}}'
	start_it
	run -0 inside ip -4 -j addr show dev v0
	assert_json '[.[0].addr_info[].local] == ["10.1.2.1"]'
}

@test "NET-02 without a name, or with an empty one, a device keeps its own" {
	local d
	for d in '{"v0": {}}' '{"v0": {"name": ""}}' '{"v0": {"name": "v0"}}'; do
		host ip link show dev v0 >/dev/null 2>&1 || host ip link add v0 type veth peer name v1
		devices "$d"
		start_it
		run -0 inside ip -j link show dev v0
		assert_json '.[0].flags | index("UP") != null'
		davit delete --force "$ID"
		wait_for 10 gone
	done
}
gone() { ! host ip link show dev v1; }

# joined: the container joins a network namespace that is there, held by $OTHER.
joined() {
	unshare --net sleep 1000 3>&- 4>&- &
	OTHER=$!
	undo end_background $OTHER
	wait_for 5 eval '[ "$(readlink /proc/$OTHER/ns/net)" != "$(readlink /proc/self/ns/net)" ]'
	config --arg p "/proc/$OTHER/ns/net" '.linux.namespaces |= map(if .type == "network" then .path = $p else . end)'
}
other() { nsenter --net="/proc/$OTHER/ns/net" "$@"; }

@test "NET-03 a name that is taken is an error, and the device is as it was" {
	joined
	other ip link add eth0 type veth peer name eth1
	host ip addr add 10.1.2.3/24 label v0:a dev v0
	host ip link set v0 up
	local before name
	before=$(addresses_on host v0)
	for name in eth0 eth1; do
		devices "{\"v0\": {\"name\": \"$name\"}}"
		run -1 davit_there create --bundle "$BUNDLE" "$ID"
		assert_output --partial "the network device v0: the container's network namespace has a device $name already: EEXIST"
		assert_nothing_left
	done
	other ip link set eth1 name v0
	devices '{"v0": {}}'
	run -1 davit_there create --bundle "$BUNDLE" "$ID"
	assert_output --partial "EEXIST"
	assert_equal "$(addresses_on host v0)" "$before"
	run -0 host ip -j link show dev v0
	assert_json '.[0].flags | index("UP") != null'
}

@test "NET-03 of several devices none has moved when one cannot" {
	devices '{"v0": {"name": "eth0"}, "v1": {"name": "eth1"}, "v2": {}}'
	run -1 davit_there create --bundle "$BUNDLE" "$ID"
	assert_output --partial "the network device v2: there is none of that name here: ENODEV"
	host ip link show dev v0
	host ip link show dev v1
}

@test "NET-03 a device that has moved and cannot get its name goes home as it was" {
	# The kernel, for which half of U+00A0 is a blank, looks at the name when the device is in its
	# new namespace.
	host ip addr add 10.1.2.3/24 label v0:a dev v0
	host ip addr add 10.7.0.1 peer 10.7.0.2/32 dev v0
	host ip link set v0 up
	local before
	before=$(addresses_on host v0)
	devices '{"v0": {"name": "eth\u00a0"}}'
	run -1 davit_there create --bundle "$BUNDLE" "$ID"
	assert_output --partial "the network device v0: cannot move it: RTM_NEWLINK: EINVAL"
	assert_nothing_left
	assert_equal "$(addresses_on host v0)" "$before"
	run -0 host ip -j link show dev v0
	assert_json '.[0].flags | index("UP") != null'
}

# exchange: in the network namespace that is joined, another device in the place of the one that has
# come, with its number
exchange() {
	local n=''
	until [ -n "$n" ]; do n=$(other ip -j link show dev v0 2>/dev/null | jq '.[0].ifindex // empty'); done
	other ip link del v0
	other ip link add evil index "$n" address 02:00:00:00:00:66 type veth peer name peer
}

@test "I9 NET-03 whoever owns a network namespace that is joined gets no device of his own to the host" {
	need_cmd strace
	joined
	host ip addr add 10.1.2.3/24 dev v0
	host ip link set v0 address 02:00:00:00:00:07
	devices '{"v0": {"name": "eth\u00a0"}}'
	exchange 3>&- 4>&- &
	undo end_background $!
	# Time for it, before each request.
	run -1 host strace -f -o "$TMP/calls" -e trace=sendto,sendmsg -e inject=sendto,sendmsg:delay_enter=500000 \
		"$DAVIT" --root "$ROOT" create --bundle "$BUNDLE" "$ID" 3>&- 4>&-
	assert_output --partial "cannot move it: RTM_NEWLINK: EINVAL"
	wait_for 5 other ip link show dev evil
	run host ip -j addr
	refute_output --partial 02:00:00:00:00:66
	refute_output --partial 10.1.2.3
}

@test "NET-04 a template gets the first free number, and its addresses" {
	host ip addr add 10.1.2.3/24 dev v0
	devices '{"v0": {"name": "eth%d"}}'
	start_it
	run -0 inside ip -4 -j addr show dev eth0
	assert_json '.[0].addr_info[0].local == "10.1.2.3" and (.[0].flags | index("UP") != null)'
	davit delete --force "$ID"
	wait_for 10 gone
	joined
	other ip link add eth0 type veth peer name eth2
	host ip link add v0 type veth peer name v1
	host ip link add v2 type veth peer name v3
	host ip addr add 10.1.2.4/24 dev v0
	host ip addr add 10.1.2.5/24 dev v2
	devices '{"v0": {"name": "eth%d"}, "v2": {"name": "eth%d"}}'
	start_it
	run -0 other ip -4 -j addr
	assert_json '[.[] | {(.ifname): .addr_info[0].local}] | add | .eth1 == "10.1.2.4" and .eth3 == "10.1.2.5"'
}

@test "NET-08 nothing is moved back, by delete or by a create that fails later" {
	joined
	devices '{"v0": {"name": "moved"}}'
	start_it
	davit delete --force "$ID"
	other ip link show dev moved
	run host ip link show dev moved
	assert_failure
	other ip link del moved
	host ip link add v0 type veth peer name v1
	args /no/such/program
	run -1 davit_there create --bundle "$BUNDLE" "$ID"
	assert_nothing_left
	other ip link show dev moved
	other ip link del moved
}

@test "NET-01 into the network namespace of a user namespace, and of a relay's child" {
	config '.linux.namespaces += [{"type": "user"}] | .root.readonly = false |
		.linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}] | .linux.gidMappings = .linux.uidMappings'
	chown -R 100000:100000 "$BUNDLE/rootfs"
	host ip addr add 10.1.2.3/24 dev v0
	devices '{"v0": {"name": "eth0"}}'
	start_it
	run -0 inside ip -4 -j addr show dev eth0
	assert_json '.[0].addr_info[0].local == "10.1.2.3"'
	davit delete --force "$ID"
	wait_for 10 gone
	[ -e /proc/self/ns/time ] || skip "needs time namespaces"
	host ip link add v0 type veth peer name v1
	spec_config
	args sleep 1000
	config '.linux.namespaces += [{"type": "time"}] | .linux.timeOffsets = {"boottime": {"secs": 1000}}'
	devices '{"v0": {"name": "eth0"}}'
	start_it
	inside ip link show dev eth0
}

@test "NET-01 a device that is not there, or cannot move, is named; so is a namespace that is ours" {
	devices '{"v9": {"name": "eth0"}}'
	run -1 davit_there --log "$TMP/log" --log-format json create --bundle "$BUNDLE" "$ID"
	assert_output --partial "the network device v9: there is none of that name here"
	jq -e '.path == "linux.netDevices.v9" and .line > 0' "$TMP/log"
	devices '{"lo": {"name": "lo1"}}'
	run -1 davit_there create --bundle "$BUNDLE" "$ID"
	assert_output --partial "the network device lo: cannot move it: RTM_NEWLINK: EINVAL"
	config --arg p "/proc/$HOST/ns/net" '.linux.namespaces |= map(if .type == "network" then .path = $p else . end)'
	devices '{"v0": {"name": "eth0"}}'
	run -1 davit_there create --bundle "$BUNDLE" "$ID"
	assert_output --partial "network namespace is ours"
	host ip link show dev v0
	assert_nothing_left
}

@test "NET-01 FEAT-17 a build without libmnl refuses by name and says so in features" {
	! has_netdevices || skip "this davit has libmnl"
	devices '{"v0": {"name": "eth0"}}'
	run -1 davit_there create --bundle "$BUNDLE" "$ID"
	assert_output --partial "built without libmnl"
	host ip link show dev v0
	assert_nothing_left
}
