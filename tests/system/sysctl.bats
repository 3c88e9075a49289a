#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Kernel parameters (spec-matrix section 16).
load ../lib/helpers

@test "SYSC-01 to SYSC-04 parameters of each namespace are set, the host's stay [vm fallback]" {
	bundle
	local before
	before=$(cat /proc/sys/kernel/{shmmni,msgmax,sem} /proc/sys/net/ipv4/ip_forward /proc/sys/fs/mqueue/msg_max)
	config '.linux.sysctl = {"kernel.shmmni": "77", "kernel.msgmax": "9999",
		"kernel.sem": "32000\t1024000000\t500\t32001", "net.ipv4.ip_forward": "1",
		"net/ipv4/conf/lo/forwarding": "0", "fs.mqueue.msg_max": "11",
		"kernel.shm_rmid_forced": "1", "kernel.domainname": "example.net"}'
	in_container 'cd /proc/sys; cat kernel/shmmni kernel/msgmax net/ipv4/ip_forward
		net/ipv4/conf/lo/forwarding fs/mqueue/msg_max kernel/shm_rmid_forced kernel/domainname
		tr "\t" " " <kernel/sem' || true
	script 'cd /proc/sys; cat kernel/shmmni kernel/msgmax net/ipv4/ip_forward net/ipv4/conf/lo/forwarding fs/mqueue/msg_max kernel/shm_rmid_forced kernel/domainname; tr "\t" " " <kernel/sem'
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_equal "$(tr '\n' ',' <<<"$output")" "77,9999,1,0,11,1,example.net,32000 1024000000 500 32001,"
	assert_equal "$(cat /proc/sys/kernel/{shmmni,msgmax,sem} /proc/sys/net/ipv4/ip_forward /proc/sys/fs/mqueue/msg_max)" "$before"
}

@test "SYSC-01 the first separator decides: dots within names of interfaces" {
	bundle
	config '.linux.sysctl = {"net/ipv4/conf/lo/rp_filter": "2", "net.ipv4.conf.all.rp_filter": "1"}'
	in_container 'cat /proc/sys/net/ipv4/conf/lo/rp_filter /proc/sys/net/ipv4/conf/all/rp_filter'
	assert_output 2$'\n'1
}

@test "SYSC-05 user.* in a user namespace of its own" {
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
	config '.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .linux.readonlyPaths = ["/proc/sys"]'
	in_container 'cat /proc/sys/net/ipv4/ip_forward; echo 0 2>/dev/null >/proc/sys/net/ipv4/ip_forward || echo refused'
	assert_output 1$'\n'refused
}
