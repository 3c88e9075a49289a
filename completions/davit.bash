# SPDX-License-Identifier: Apache-2.0
# bash completion for davit; written by make regenerate, do not edit.
# shellcheck shell=bash

_davit_reply() { mapfile -t COMPREPLY < <(compgen "$@" -- "$cur"); }

_davit_ids() {
	local root=()
	[ -z "$davit_root" ] || root=(--root "$davit_root")
	davit "${root[@]}" list -q 2>/dev/null
}

_davit() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local command='' davit_root='' i
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--root) davit_root=${COMP_WORDS[++i]-} ;;
		--log | --log-format | --log-level | --cgroup-manager | --rootless | --criu) ((i++)) ;;
		-*) ;;
		*)
			command=${COMP_WORDS[i]}
			break
			;;
		esac
	done
	case $command:$prev in
	:--root)
		_davit_reply -d ;;
	:--log)
		_davit_reply -f ;;
	:--log-format)
		_davit_reply -W 'text json' ;;
	:--log-level)
		: ;;
	:--cgroup-manager)
		_davit_reply -W 'cgroupfs systemd disabled' ;;
	create:--bundle | create:-b)
		_davit_reply -d ;;
	create:--config | create:-f)
		_davit_reply -f ;;
	create:--pid-file)
		_davit_reply -f ;;
	create:--console-socket)
		_davit_reply -f ;;
	create:--pidfd-socket)
		_davit_reply -f ;;
	create:--preserve-fds)
		: ;;
	run:--bundle | run:-b)
		_davit_reply -d ;;
	run:--config | run:-f)
		_davit_reply -f ;;
	run:--pid-file)
		_davit_reply -f ;;
	run:--console-socket)
		_davit_reply -f ;;
	run:--pidfd-socket)
		_davit_reply -f ;;
	run:--preserve-fds)
		: ;;
	exec:--process | exec:-p)
		_davit_reply -f ;;
	exec:--pid-file)
		_davit_reply -f ;;
	exec:--cwd)
		_davit_reply -d ;;
	exec:--env | exec:-e)
		: ;;
	exec:--user | exec:-u)
		: ;;
	exec:--additional-gids | exec:-g)
		: ;;
	exec:--cap | exec:-c)
		: ;;
	exec:--cgroup)
		: ;;
	exec:--preserve-fds)
		: ;;
	exec:--console-socket)
		_davit_reply -f ;;
	exec:--pidfd-socket)
		_davit_reply -f ;;
	exec:--process-label)
		: ;;
	exec:--apparmor)
		: ;;
	update:--resources | update:-r)
		_davit_reply -f ;;
	update:--blkio-weight)
		: ;;
	update:--cpu-period)
		: ;;
	update:--cpu-quota)
		: ;;
	update:--cpu-burst)
		: ;;
	update:--cpu-share)
		: ;;
	update:--cpu-rt-period)
		: ;;
	update:--cpu-rt-runtime)
		: ;;
	update:--cpu-idle)
		: ;;
	update:--cpuset-cpus)
		: ;;
	update:--cpuset-mems)
		: ;;
	update:--memory)
		: ;;
	update:--memory-reservation)
		: ;;
	update:--memory-swap)
		: ;;
	update:--pids-limit)
		: ;;
	update:--l3-cache-schema)
		: ;;
	update:--mem-bw-schema)
		: ;;
	update:--device-allow)
		: ;;
	update:--device-deny)
		: ;;
	list:--format | list:-f)
		_davit_reply -W 'table json' ;;
	ps:--format | ps:-f)
		_davit_reply -W 'table json' ;;
	events:--interval)
		: ;;
	check:--bundle | check:-b)
		_davit_reply -d ;;
	check:--config | check:-f)
		_davit_reply -f ;;
	check:--format)
		_davit_reply -W 'text json' ;;
	spec:--bundle | spec:-b)
		_davit_reply -d ;;
	spec:--file | spec:-f)
		_davit_reply -f ;;
	*) _davit_words ;;
	esac
}

_davit_words() {
	case $command in
	'')
		case $cur in
		-*) _davit_reply -W ' --root --log --log-format --log-level --debug --cgroup-manager --systemd-cgroup --strict-delete --version --help' ;;
		*) _davit_reply -W ' create start run exec kill pause resume update delete state list ps events check features spec version help' ;;
		esac
		;;
	create)
		case $cur in
		-*) _davit_reply -W ' --bundle --config --pid-file --console-socket --pidfd-socket --preserve-fds --no-pivot --no-new-keyring --timings --dry-run --help' ;;
		esac
		;;
	start)
		case $cur in
		-*) _davit_reply -W ' --help' ;;
		*) _davit_reply -W "$(_davit_ids)" ;;
		esac
		;;
	run)
		case $cur in
		-*) _davit_reply -W ' --bundle --config --pid-file --console-socket --pidfd-socket --preserve-fds --no-pivot --no-new-keyring --timings --detach --keep --no-subreaper --help' ;;
		esac
		;;
	exec)
		case $cur in
		-*) _davit_reply -W ' --process --detach --pid-file --cwd --env --user --additional-gids --cap --no-new-privs --cgroup --preserve-fds --ignore-paused --tty --console-socket --pidfd-socket --process-label --apparmor --help' ;;
		*) _davit_reply -W "$(_davit_ids)" ;;
		esac
		;;
	kill)
		case $cur in
		-*) _davit_reply -W ' --all --help' ;;
		*) _davit_reply -W "$(_davit_ids)" ;;
		esac
		;;
	pause)
		case $cur in
		-*) _davit_reply -W ' --help' ;;
		*) _davit_reply -W "$(_davit_ids)" ;;
		esac
		;;
	resume)
		case $cur in
		-*) _davit_reply -W ' --help' ;;
		*) _davit_reply -W "$(_davit_ids)" ;;
		esac
		;;
	update)
		case $cur in
		-*) _davit_reply -W ' --resources --blkio-weight --cpu-period --cpu-quota --cpu-burst --cpu-share --cpu-rt-period --cpu-rt-runtime --cpu-idle --cpuset-cpus --cpuset-mems --memory --memory-reservation --memory-swap --pids-limit --l3-cache-schema --mem-bw-schema --device-allow --device-deny --help' ;;
		*) _davit_reply -W "$(_davit_ids)" ;;
		esac
		;;
	delete)
		case $cur in
		-*) _davit_reply -W ' --force --help' ;;
		*) _davit_reply -W "$(_davit_ids)" ;;
		esac
		;;
	state)
		case $cur in
		-*) _davit_reply -W ' --help' ;;
		*) _davit_reply -W "$(_davit_ids)" ;;
		esac
		;;
	list)
		case $cur in
		-*) _davit_reply -W ' --format --quiet --help' ;;
		esac
		;;
	ps)
		case $cur in
		-*) _davit_reply -W ' --format --help' ;;
		esac
		;;
	events)
		case $cur in
		-*) _davit_reply -W ' --stats --interval --help' ;;
		esac
		;;
	check)
		case $cur in
		-*) _davit_reply -W ' --bundle --config --format --strict --help' ;;
		esac
		;;
	features)
		case $cur in
		-*) _davit_reply -W ' --help' ;;
		esac
		;;
	spec)
		case $cur in
		-*) _davit_reply -W ' --bundle --file --rootless --help' ;;
		esac
		;;
	version)
		case $cur in
		-*) _davit_reply -W ' --help' ;;
		esac
		;;
	help)
		case $cur in
		-*) _davit_reply -W ' --help' ;;
		esac
		;;
	esac
}

complete -F _davit davit
