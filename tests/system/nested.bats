#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tags: vm
# davit in a container of another runtime: parts of /proc are masked as those do it.
load ../lib/helpers

# outer COMMAND...: in a mount namespace with the masks of an ordinary container
outer() {
	# shellcheck disable=SC2016 # the inner shell's
	unshare --mount --propagation private sh -c '
		set -e
		for p in sys sysrq-trigger irq bus; do
			[ -e /proc/$p ] || continue
			mount --bind /proc/$p /proc/$p
			mount -o remount,bind,ro /proc/$p
		done
		mount --bind /dev/null /proc/keys
		mount -t tmpfs -o ro tmpfs /proc/scsi 2>/dev/null || true
		exec "$@"' sh "$@" 3>&- 4>&-
}

@test "the steps of a life in an outer container, whose /proc/sys is read-only [fallback]" {
	bundle
	args sleep 100
	detached outer "$DAVIT" --root "$ROOT" create --bundle "$BUNDLE" "$ID"
	assert_success
	run -0 outer "$DAVIT" --root "$ROOT" state "$ID"
	assert_json '.status == "created"'
	run -0 outer "$DAVIT" --root "$ROOT" start "$ID"
	assert_equal "$(state_of)" running
	run -0 outer "$DAVIT" --root "$ROOT" kill "$ID" KILL
	wait_status stopped
	run -0 outer "$DAVIT" --root "$ROOT" delete "$ID"
	assert_nothing_left
}

@test "SYSC-01 kernel parameters are set all the same: the masks are those of the outer /proc" {
	bundle
	config '.linux.sysctl = {"kernel.msgmax": "4096"}'
	script 'cat /proc/sys/kernel/msgmax'
	run -0 outer "$DAVIT" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	assert_output 4096
	assert_nothing_left
}
