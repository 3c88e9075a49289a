#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Mounts of a container never reach the host unless that was asked for (B11, B12, B13).
load attack

@test "B11 no combination of propagations changes the host's mounts" {
	local root bind config n=0
	bundle
	mkdir "$TMP/src"
	mount -t tmpfs tmpfs "$TMP/src"
	undo umount "$TMP/src"
	mount --make-shared "$TMP/src"
	mkdir "$TMP/src/sub"
	mount -t tmpfs tmpfs "$TMP/src/sub"
	undo umount "$TMP/src/sub"
	canary
	args /bin/true
	config '.root.readonly = false'
	cp "$BUNDLE/config.json" "$TMP/base.json"
	while read -r config; do
		printf '%s\n' "$config" >"$BUNDLE/config.json"
		attempt "$(jq -c '[.linux.rootfsPropagation, .mounts[-1].options]' "$BUNDLE/config.json")"
		accepted "$(jq -c '[.linux.rootfsPropagation, .mounts[-1].options]' "$BUNDLE/config.json")"
		n=$((n + 1))
	done < <(jq -c --arg src "$TMP/src" '. as $c |
		(null, "shared", "slave", "private", "unbindable", "rshared", "rslave", "rprivate", "runbindable") as $root |
		(["bind"], ["rbind"], ["rbind", "shared"], ["rbind", "rshared"], ["rbind", "rslave"], ["rbind", "private"],
			["bind", "unbindable"]) as $bind | $c |
		(if $root then .linux.rootfsPropagation = $root else . end) |
		.mounts += [{destination: "/mnt", type: "bind", source: $src, options: $bind}]' "$TMP/base.json")
	assert_equal "$n" 63
}

@test "B11 what the container mounts itself stays inside, unless it was given a shared mount" {
	local root
	bundle
	mkdir "$TMP/src" "$TMP/src.shared"
	mount -t tmpfs tmpfs "$TMP/src"
	undo umount "$TMP/src"
	mount --make-shared "$TMP/src"
	mkdir "$TMP/src/at"
	canary
	config --arg src "$TMP/src" '.root.readonly = false | .process.capabilities |= with_entries(.value += ["CAP_SYS_ADMIN"]) |
		.mounts += [{destination: "/mnt", type: "bind", source: $src, options: ["rbind", "rslave"]}]'
	script 'mount -t tmpfs tmpfs /tmp && mount -t tmpfs tmpfs /mnt/at && mount -t tmpfs tmpfs /dev && echo mounted'
	for root in null '"shared"' '"slave"' '"private"' '"unbindable"'; do
		config --argjson root "$root" '.linux.rootfsPropagation = $root | if $root == null then del(.linux.rootfsPropagation) else . end'
		attempt "$root"
		accepted "$root"
		grep -q mounted "$TMP/out"
	done
	# Asked for: then it reaches the host, which shows that the test can see it.
	config '.mounts[-1].options = ["rbind", "rshared"] | .linux.rootfsPropagation = "rshared"'
	script 'mount -t tmpfs tmpfs /mnt/at && echo mounted'
	run -0 davit run --bundle "$BUNDLE" "$ID"
	mountpoint -q "$TMP/src/at"
	umount "$TMP/src/at"
	assert_canary
}

@test "B11 the host's root as root, and below it once more, leaves no mount behind" {
	bundle
	canary
	config '.root.path = "/" | .root.readonly = true | del(.linux.maskedPaths, .linux.readonlyPaths) |
		.mounts |= map(select(.destination == "/proc"))'
	args /bin/sh -c 'echo inside'
	attempt "root /"
	accepted "root /"
	grep -q inside "$TMP/out"
	spec_config
	config '.root.readonly = false | .mounts += [
		{destination: "/mnt", type: "bind", source: "/", options: ["rbind", "ro"]}]'
	args /bin/ls /mnt/proc/1
	attempt "a bind of /"
	accepted "a bind of /"
	config '.mounts[-1].options = ["rbind", "rshared"]'
	attempt "a shared bind of /"
	accepted "a shared bind of /"
}

@test "B11 a start that fails at any of the mounts leaves none" {
	local k n
	bundle
	canary
	args /bin/true
	n=$(jq '.mounts | length' "$BUNDLE/config.json")
	cp "$BUNDLE/config.json" "$TMP/base.json"
	for ((k = 0; k <= n; k++)); do
		jq --argjson k "$k" '.mounts |= .[:$k] + [{destination: "/mnt", type: "bind", source: "/none/of/this",
			options: ["bind"]}] + .[$k:]' "$TMP/base.json" >"$BUNDLE/config.json"
		attempt "at $k"
		refused "at $k" "/none/of/this"
	done
}

@test "B12 B13 there is no way back to the old root" {
	bundle
	canary
	config '.root.readonly = false | .process.capabilities |= with_entries(.value += ["CAP_SYS_CHROOT", "CAP_DAC_READ_SEARCH"])'
	in_container 'mkdir /jail; cat > /escape <<E
cd /; i=0; while [ \$i -lt 50 ]; do cd ..; i=\$((i + 1)); done; ls -d '"$CANARY"' 2>&1
E
		chroot /jail /bin/true 2>&-; sh /escape; ls -d /proc/1/root'"$CANARY"' /proc/self/root'"$CANARY"' 2>&1
		cd /proc/1/cwd && ls -d ../../../..'"$CANARY"' 2>&1; awk "{ print \$5 }" /proc/self/mountinfo | head -1; true'
	refute_output --regexp "^$CANARY"
	[ "$(grep -c "No such file" <<<"$output")" = 4 ] || fail "$output"
	assert_canary
}
