#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Buildah: it creates, starts and deletes by itself, and asks for the state every 100 ms.
# shellcheck disable=SC2016 # the container's shell expands
load engines

setup_file() {
	engine_setup_file buildah jq
	containers_config /run/containers/storage
	export CONTAINERS_CONF=$ENGINE/containers.conf CONTAINERS_STORAGE_CONF=$ENGINE/storage.conf
	LIMITS=(--ulimit nofile=1024:1024 --ulimit nproc=4096:4096)
	engine buildah from --name box "${LIMITS[@]}" scratch >/dev/null
	engine buildah add -q box "$ENGINE/bb.tar" / >/dev/null
	engine buildah config --env PATH=/bin box
	engine buildah commit -q box localhost/bb >/dev/null
}

teardown_file() { engine_teardown_file; }

# A Buildah that fails leaves its storage mounted on itself.
engine_settled() { umount "$ENGINE/storage/overlay" 2>/dev/null || true; }

# once [OPTION...] COMMAND...: exit status EXPECT
once() {
	# shellcheck disable=SC2086 # a number
	run -${EXPECT:-0} engine buildah run --runtime "$DAVIT" --network none "$@"
}
no_buildah_cgroups() { [ -z "$(cgroups_of buildah-)" ]; }
assert_clean() {
	wait_for 2 no_buildah_cgroups || fail "cgroups left: $(cgroups_of buildah-)"
	assert_engine_clean
}

@test "buildah run gives output and exit status, and leaves nothing" {
	once box -- echo "hello from inside"
	assert_output "hello from inside"
	EXPECT=7 once box -- sh -c 'exit 7'
	assert_output --partial "exit status 7"
	# Longer than some looks at the state.
	once box -- sh -c 'sleep 0.5; echo later'
	assert_output later
	assert_clean
}

@test "buildah run of what cannot be run says why" {
	run engine buildah run --runtime "$DAVIT" --network none box -- nosuch
	assert_failure
	assert_output --partial 'exec: "nosuch": executable file not found in $PATH'
	run engine buildah run --runtime "$DAVIT" --network none box -- /etc
	assert_failure
	assert_output --partial 'exec: "/etc": permission denied'
	run engine buildah run --runtime "$DAVIT" --network none box -- /bin/badfmt
	assert_failure
	assert_output --partial 'exec: "/bin/badfmt": exec format error'
	assert_clean
}

@test "what buildah sets up: volumes, user, capabilities, seccomp, hostname, changes that stay" {
	mkdir "$TMP/vol"
	echo outside >"$TMP/vol/f"
	once --volume "$TMP/vol:/v:ro" --user 1000:1000 --hostname made --cap-drop CAP_CHOWN box -- sh -c '
		cat /v/f; id -u; hostname; sed -n "s/^Seccomp:\t//p" /proc/self/status
		(: >/v/g) 2>/dev/null && echo "the volume is writable"; true'
	assert_output $'outside\n1000\nmade\n2'
	once box -- sh -c 'echo kept >/kept'
	once box -- cat /kept
	assert_output kept
	assert_clean
}

@test "buildah run, interrupted: nothing of the container stays" {
	background engine buildah run --runtime "$DAVIT" --network none box -- sleep 4713
	wait_for 20 pgrep -fx '/bin/sleep 4713'
	kill -INT "$(pgrep -P "$BG")" # timeout passes it on
	wait_for 20 not pgrep -f 'sleep 4713'
	wait "$BG" || true
	assert_clean
}

@test "buildah build: RUN by davit" {
	cat >"$TMP/Containerfile" <<-E
		FROM localhost/bb
		RUN echo built >/built && test "\$(id -u)" = 0
		RUN ["/bin/sh", "-c", "cat /built"]
	E
	run -0 engine buildah build -q --runtime "$DAVIT" --network none --ulimit nofile=1024:1024 \
		--ulimit nproc=4096:4096 --isolation oci -t localhost/built "$TMP"
	run -0 engine buildah from --name two --ulimit nofile=1024:1024 --ulimit nproc=4096:4096 localhost/built
	once two -- cat /built
	assert_output built
	engine buildah rm two
	printf 'FROM localhost/bb\nRUN exit 9\n' >"$TMP/Containerfile"
	run engine buildah build -q --runtime "$DAVIT" --network none --ulimit nofile=1024:1024 \
		--ulimit nproc=4096:4096 --isolation oci "$TMP"
	assert_failure
	assert_output --partial "exit status 9"
	assert_clean
}
