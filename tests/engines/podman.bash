# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2016 # the container's shell expands
# What Podman's tests share, whoever runs it: `load podman`. The file has podman() and start() of
# its own.

load engines

# once OPTION... bb COMMAND...: what it says goes to $output; EXPECT is its exit status.
once() {
	# shellcheck disable=SC2086 # a number
	run -${EXPECT:-0} start --rm "$@"
}
# once_sh [OPTION...] TEXT
once_sh() { once "${@:1:$#-1}" bb sh -c "${*: -1}"; }

# start_web: a container "web" that answers HUP and ends with 3 for TERM
start_web() {
	start -d --name web bb sh -c 'trap "echo hup" HUP; trap "exit 3" TERM
		echo ready; while :; do sleep 0.05; done'
	wait_for 5 grep_logs ready
}
# web_does_as_it_is_told: signals, exit status, and it runs again
web_does_as_it_is_told() {
	podman kill -s HUP web
	wait_for 5 grep_logs hup
	run -0 podman stop -t 5 web
	run -0 podman wait web
	assert_output 3
	run -0 podman restart -t 0 web
	run -0 podman inspect -f '{{.State.Status}}' web
	assert_output running
}
grep_logs() { podman logs web | grep -qx "$1"; }

# pod_of_two [OPTION...]: a pod in which two containers see each other, and its end
pod_of_two() {
	podman pod create --name pod --network none --hostname podbox "$@" \
		--share ipc,net,uts,pid --infra-image bb --infra-command 'sleep 1000'
	podman run -d --pod pod --name web bb sleep 100
	run -0 podman run --rm --pod pod bb sh -c 'hostname; grep -la "^sleep" /proc/[0-9]*/cmdline | wc -l'
	assert_output $'podbox\n2'
	run -0 podman pod stop -t 0 pod
	run -0 podman pod rm -f pod
}
