#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Users, groups, capabilities, and the order in which they go (G1 to G8).
load attack

caps() { value "Cap$1"; }
none=0000000000000000

@test "G1 CVE-2022-29162 CVE-2022-27650 CVE-2025-27612 inheritable capabilities are those of the configuration" {
	bundle
	config '.process.capabilities = {bounding: ["CAP_KILL", "CAP_CHOWN"],
		effective: ["CAP_KILL"], permitted: ["CAP_KILL", "CAP_CHOWN"]}'
	probe
	assert_equal "$(caps Inh) $(caps Amb)" "$none $none"
	# Root gets the bounding set by its execve, and no more.
	assert_equal "$(caps Bnd) $(caps Prm)" "0000000000000021 0000000000000021"
	config '.process.capabilities.inheritable = ["CAP_KILL"]'
	probe
	assert_equal "$(caps Inh) $(caps Amb)" "0000000000000020 $none"
}

@test "G1 every capability of the caller that is not asked for is gone from all five sets" {
	local set
	bundle
	config 'del(.process.capabilities)'
	probe
	for set in Inh Prm Eff Bnd Amb; do assert_equal "$set $(caps $set)" "$set $none"; done
	# Even if the caller has them inheritable and ambient.
	inside probe
	args /probe
	run -0 setpriv --inh-caps=+chown,+kill,+sys_admin \
		--ambient-caps=+chown,+kill,+sys_admin "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	for set in Inh Prm Eff Bnd Amb; do assert_equal "$set $(caps $set)" "$set $none"; done
}

@test "G1 a user that is not root has what the configuration says, ambient ones over execve" {
	bundle
	config '.process.user = {uid: 1000, gid: 1000} | .process.capabilities = {
		bounding: ["CAP_KILL", "CAP_CHOWN"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"],
		inheritable: ["CAP_KILL"], ambient: ["CAP_KILL"]}'
	probe
	assert_equal "$(caps Inh) $(caps Prm) $(caps Eff) $(caps Amb)" \
		"0000000000000020 0000000000000020 0000000000000020 0000000000000020"
	config 'del(.process.capabilities.ambient)'
	probe
	assert_equal "$(caps Prm) $(caps Eff) $(caps Amb)" "$none $none $none"
}

@test "G1 an ambient capability that is not inheritable and permitted is not given" {
	bundle
	config '.process.user.uid = 1000 | .process.capabilities = {bounding: ["CAP_KILL"],
		permitted: ["CAP_KILL"], effective: ["CAP_KILL"], inheritable: [], ambient: ["CAP_KILL"]}'
	probe
	assert_equal "$(caps Inh) $(caps Prm) $(caps Amb)" "$none $none $none"
	config '.process.capabilities = {bounding: ["CAP_KILL"], permitted: [],
		effective: [], inheritable: ["CAP_KILL"], ambient: ["CAP_KILL"]}'
	probe
	assert_equal "$(caps Prm) $(caps Amb)" "$none $none"
}

@test "G1 a program with file capabilities gains nothing beyond the bounding set" {
	need_cmd setcap
	bundle
	inside probe
	setcap cap_net_raw,cap_kill+ep "$BUNDLE/rootfs/probe" || skip "the file system keeps no capabilities"
	config '.process.noNewPrivileges = false | .process.user = {uid: 1000, gid: 1000} |
		.process.capabilities = {bounding: ["CAP_KILL"]}'
	args /probe
	run davit run --bundle "$BUNDLE" "$ID"
	# The kernel refuses a program whose effective capabilities it may not give; or gives the rest.
	[ "$status" != 0 ] || assert_equal "$(caps Prm)" 0000000000000020
	config '.process.noNewPrivileges = true'
	setcap cap_kill+ep "$BUNDLE/rootfs/probe"
	run -0 davit run --bundle "$BUNDLE" "$ID"
	assert_equal "$(caps Prm) $(value nnp)" "$none 1"
}

@test "G3 CVE-2016-3697 users with names like numbers do not become root" {
	bundle
	cat >>"$BUNDLE/rootfs/etc/passwd" <<'E'
1000:x:0:0:root:/root:/bin/sh
4242:x:0:0:evil:/evil:/bin/sh
E
	printf '1000:x:0:\n10:x:0:\n' >>"$BUNDLE/rootfs/etc/group"
	config '.process.user = {uid: 4242, gid: 1000, additionalGids: [10]}'
	probe
	assert_equal "$(value Uid | xargs)" "4242 4242 4242 4242"
	assert_equal "$(value Gid | xargs)" "1000 1000 1000 1000"
	assert_equal "$(value Groups | xargs)" 10
	# HOME is looked up by the number too.
	config 'del(.process.env[] | select(startswith("HOME=")))'
	in_container 'echo $HOME'
	assert_output /
}

@test "G4 ids at the end of the range are refused" {
	local user n=0
	bundle
	canary
	args /bin/true
	cp "$BUNDLE/config.json" "$TMP/base.json"
	while read -r user; do
		jq ".process.user = $user" "$TMP/base.json" | sed 's/18446744073709552000/18446744073709551615/' \
			>"$BUNDLE/config.json"
		attempt "$user"
		refused "$user" user
		n=$((n + 1))
	done <<'E'
{uid: 4294967295, gid: 0}
{uid: 0, gid: 4294967295}
{uid: 4294967296, gid: 0}
{uid: 0, gid: 4294967296}
{uid: -1, gid: 0}
{uid: 0, gid: -1}
{uid: 0, gid: 0, additionalGids: [4294967295]}
{uid: 0, gid: 0, additionalGids: [4294967296]}
{uid: 0, gid: 0, additionalGids: [-1]}
{uid: 0.5, gid: 0}
{uid: "0", gid: 0}
{uid: 18446744073709551615, gid: 0}
E
	assert_equal "$n" 12
	config '.process.user = {uid: 4294967294, gid: 4294967294}'
	probe
	assert_equal "$(value Uid | xargs)" "4294967294 4294967294 4294967294 4294967294"
}

@test "G4 ids without a place in the mappings are refused" {
	bundle
	canary
	args /bin/true
	config '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1000}] |
		.linux.gidMappings = .linux.uidMappings | .process.user = {uid: 1000, gid: 0}'
	attempt "uid"
	refused "uid"
	config '.process.user = {uid: 0, gid: 1000}'
	attempt "gid"
	refused "gid"
	config '.process.user = {uid: 0, gid: 0, additionalGids: [1000]}'
	attempt "additional gid"
	refused "additional gid"
}

@test "G5 CVE-2022-36109 the caller's groups never survive" {
	local more
	bundle
	inside probe
	args /probe
	for more in '[]' '[7, 8]'; do
		config --argjson more "$more" '.process.user.additionalGids = $more'
		run -0 setpriv --groups 4,5,6,27,100 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
		assert_equal "$(value Groups | xargs)" "$(jq -r 'map(tostring) | join(" ")' <<<"$more")"
	done
	config '.linux.namespaces += [{type: "user"}] | .process.user.additionalGids = [] |
		.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1000}] |
		.linux.gidMappings = .linux.uidMappings'
	run -0 setpriv --groups 4,5,6,27,100 "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	assert_equal "$(value Groups | xargs)" ""
}

@test "G6 privileges only shrink from the pivot on, and are final before the filter" {
	bundle
	config '.process.user = {uid: 1000, gid: 1000} |
		.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW"}'
	args /bin/true
	need_cmd strace
	strace -f -qq -e trace=pivot_root,capset,setuid,setresuid,setgroups,setresgid,prctl,seccomp,execve,execveat \
		-o "$TMP/trace" "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&- 4>&-
	awk '
		function name() { s = $2; sub(/\(.*/, "", s); return s }
		{ call = name() }
		call == "pivot_root" { pivot = NR; init = $1 }
		!pivot || $1 != init || exec { next }
		/PR_CAPBSET_DROP/ { drop = NR; if (uid) { print "bounding set after the user: " $0; bad = 1 } }
		/setgroups/ { if (uid) { print "groups after the user: " $0; bad = 1 } }
		/setresuid|setuid/ { uid = NR }
		/capset/ { caps = NR }
		/PR_SET_NO_NEW_PRIVS/ { nnp = NR }
		/SECCOMP_SET_MODE_FILTER|PR_SET_SECCOMP/ { filter = NR
			if (!nnp) { print "filter before noNewPrivileges: " $0; bad = 1 } }
		call == "execve" { exec = NR }
		END {
			if (!drop || !uid || !caps || !nnp || !filter || !exec) { print "missing a call"; bad = 1 }
			if (!(drop < uid && uid < caps && caps < filter && filter < exec)) { print "order"; bad = 1 }
			exit bad
		}' "$TMP/trace" || fail "$(cat "$TMP/trace")"
}

@test "G8 securebits and keepcaps are cleared, for root and for others" {
	local uid
	bundle
	for uid in 0 1000; do
		config --argjson uid $uid '.process.user = {uid: $uid, gid: $uid}'
		probe
		assert_equal "$(value securebits) $(value keepcaps)" "0 0"
		inside probe
		run -0 setpriv --securebits +no_setuid_fixup "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
		assert_equal "$(value securebits) $(value keepcaps)" "0 0"
	done
}
