#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Kernel parameters (docs/conformance.md section 16).
load ../lib/helpers

# What `spec --rootless` leaves out.
own_network() { config '.linux.namespaces |= (map(select(.type != "network")) + [{"type": "network"}])'; }

@test "SYSC-01 to SYSC-04 parameters of each namespace are set, the host's stay [vm fallback]" {
	bundle
	own_network
	local before
	before=$(cat /proc/sys/kernel/{shmmni,msgmax,sem} /proc/sys/net/ipv4/ip_forward /proc/sys/fs/mqueue/msg_max)
	config '.linux.sysctl = {"kernel.shmmni": "77", "kernel.msgmax": "9999",
		"kernel.sem": "32000\t1024000000\t500\t32001", "net.ipv4.ip_forward": "1",
		"net/ipv4/conf/lo/forwarding": "0", "fs.mqueue.msg_max": "11",
		"kernel.shm_rmid_forced": "1", "kernel.domainname": "example.net"}'
	# In a user namespace the kernel lets nobody write this one.
	local domain=example.net
	[ "$(id -u)" = 0 ] || {
		config 'del(.linux.sysctl["kernel.domainname"])'
		domain=$(cat /proc/sys/kernel/domainname)
	}
	script 'cd /proc/sys; cat kernel/shmmni kernel/msgmax net/ipv4/ip_forward net/ipv4/conf/lo/forwarding fs/mqueue/msg_max kernel/shm_rmid_forced kernel/domainname; tr "\t" " " <kernel/sem'
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_equal "$(tr '\n' ',' <<<"$output")" "77,9999,1,0,11,1,$domain,32000 1024000000 500 32001,"
	assert_equal "$(cat /proc/sys/kernel/{shmmni,msgmax,sem} /proc/sys/net/ipv4/ip_forward /proc/sys/fs/mqueue/msg_max)" "$before"
}

@test "SYSC-01 the first separator decides: dots within names of interfaces" {
	bundle
	own_network
	config '.linux.sysctl = {"net/ipv4/conf/lo/rp_filter": "2", "net.ipv4.conf.all.rp_filter": "1"}'
	in_container 'cat /proc/sys/net/ipv4/conf/lo/rp_filter /proc/sys/net/ipv4/conf/all/rp_filter'
	assert_output 2$'\n'1
}

@test "SYSC-05 user.* in a user namespace of its own" {
	need_root
	bundle
	config '.linux.sysctl = {"user.max_mnt_namespaces": "55"} | .linux.namespaces += [{"type": "user"}] |
		.linux.uidMappings = [{"containerID": 0, "hostID": 0, "size": 65536}] |
		.linux.gidMappings = .linux.uidMappings'
	in_container 'cat /proc/sys/user/max_mnt_namespaces'
	assert_output 55
	[ "$(cat /proc/sys/user/max_mnt_namespaces)" != 55 ]
}

@test "SYSC-01 parameters are set although /proc/sys is read-only for the program" {
	bundle
	own_network
	config '.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .linux.readonlyPaths = ["/proc/sys"]'
	in_container 'cat /proc/sys/net/ipv4/ip_forward; echo 0 2>/dev/null >/proc/sys/net/ipv4/ip_forward || echo refused'
	assert_output 1$'\n'refused
}

@test "SYSC-05 user.* without a user namespace of the container's is refused" {
	need_root
	bundle
	args true
	config '.linux.sysctl = {"user.max_mnt_namespaces": "55"}'
	run -1 davit create --bundle "$BUNDLE" "$ID"
	assert_output --partial 'needs a namespace of type "user"'
	assert_nothing_left
}

@test "SYSC-03 a network namespace that is joined has its parameters set, the runtime's own is refused" {
	need_root
	need_cmd nsenter
	unshare --net sleep 1000 3>&- 4>&- &
	local other=$!
	undo end_background $other
	wait_for 5 eval '[ "$(readlink /proc/'$other'/ns/net)" != "$(readlink /proc/self/ns/net)" ]'
	bundle
	args cat /proc/sys/net/ipv4/conf/all/forwarding
	config --arg p "/proc/$other/ns/net" '.linux.sysctl = {"net.ipv4.conf.all.forwarding": "1"} |
		.linux.namespaces |= map(if .type == "network" then .path = $p else . end)'
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_output 1
	assert_equal "$(nsenter --net=/proc/$other/ns/net cat /proc/sys/net/ipv4/conf/all/forwarding)" 1
	local before
	before=$(cat /proc/sys/net/ipv4/conf/all/forwarding)
	config '.linux.sysctl = {"net.ipv4.conf.all.forwarding": "1"} |
		.linux.namespaces |= map(if .type == "network" then .path = "/proc/self/ns/net" else . end)'
	run -1 davit run --bundle "$BUNDLE" "$ID"
	assert_output --partial "is the host's"
	assert_equal "$(cat /proc/sys/net/ipv4/conf/all/forwarding)" "$before"
}
