/* SPDX-License-Identifier: Apache-2.0 */
/* THE command table and the option rows: parser, help, man pages and completions read them. */
#include "config.h"

#include "cli/command.h"

#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"

#define G(member) offsetof(struct global_opts, member)

static const struct opt global_rows[] = {
	{ 0, "root", OPT_DIR, "DIR", G(root), 0,
		"state folder (default: /run/davit or $XDG_RUNTIME_DIR/davit)" },
	{ 0, "log", OPT_FILE, "FILE", G(log), 0, "append messages to this file" },
	{ 0, "log-format", OPT_CHOICE, "text|json", G(log_format), 0,
		"how entries of the log look" },
	{ 0, "log-level", OPT_TEXT, "LEVEL", G(log_level), 0,
		"what is logged: error (default), warning, info or debug" },
	{ 0, "debug", OPT_FLAG, NULL, G(debug), 0, "the same as --log-level debug" },
	{ 0, "cgroup-manager", OPT_CHOICE, "cgroupfs|systemd|disabled", G(manager), 0,
		"who makes the cgroups" },
	{ 0, "systemd-cgroup", OPT_FLAG, NULL, G(systemd_cgroup), 0,
		"the same as --cgroup-manager systemd" },
	{ 0, "strict-delete", OPT_FLAG, NULL, G(strict_delete), 0,
		"make delete refuse what was created and not started" },
	{ 0, "rootless", OPT_TEXT, "true|false|auto", G(rootless), OPT_HIDDEN,
		"accepted; davit finds out by itself" },
	{ 0, "criu", OPT_TEXT, "PATH", G(criu), OPT_HIDDEN, "accepted, without effect" },
	{ 'v', "version", OPT_FLAG, NULL, G(version), 0, "print the version" },
};

const struct opt_set cli_global_options = { .rows = global_rows,
	.n = ARRAY_SIZE(global_rows) };

const struct opt cli_help_option = {
	.letter = 'h', .name = "help", .help = "print the options and end"
};

#undef G
#define C(member) offsetof(struct create_opts, member)

#define CREATE_ROWS                                                                 \
	{ 'b', "bundle", OPT_DIR, "DIR", C(o.bundle), 0,                            \
		"folder that holds config.json (default: here)" },                  \
		{ 'f', "config", OPT_FILE, "FILE", C(o.config), 0,                  \
			"another configuration than the bundle's config.json" },    \
		{ 0, "pid-file", OPT_FILE, "FILE", C(o.pid_file), 0,                \
			"write the pid of the container's init to this file" },     \
		{ 0, "console-socket", OPT_FILE, "SOCKET", C(o.console_socket), 0,  \
			"unix socket that gets the terminal" },                     \
		{ 0, "pidfd-socket", OPT_FILE, "SOCKET", C(o.pidfd_socket), 0,      \
			"unix socket that gets a pidfd of the container's init" },  \
		{ 0, "preserve-fds", OPT_NUMBER, "N", C(o.preserve_fds), 0,         \
			"pass N more descriptors, from 3 on, to the container" },   \
		{ 0, "no-pivot", OPT_FLAG, NULL, C(o.no_pivot), 0,                  \
			"move the root mount in place of pivot_root" },             \
		{ 0, "no-new-keyring", OPT_FLAG, NULL, C(o.no_new_keyring), 0,      \
			"keep the session keyring of the caller" },                 \
		{ 0, "timings", OPT_FLAG, NULL, C(o.timings), 0,                    \
			"print how long each step took" },                          \
	{                                                                           \
		0, "host", OPT_FILE, "FILE", C(o.host_file), OPT_HIDDEN | OPT_TEST, \
			"plan for the host that this file describes"                \
	}

static const struct opt create_rows[] = {
	CREATE_ROWS,
	{ 0, "dry-run", OPT_FLAG, NULL, C(dry_run), 0,
		"print what would be done, as JSON, and do nothing" },
	{ 0, "no-subreaper", OPT_FLAG, NULL, C(o.no_subreaper), OPT_HIDDEN,
		"accepted, without effect" },
};

static const struct opt run_rows[] = {
	CREATE_ROWS,
	{ 'd', "detach", OPT_FLAG, NULL, C(o.detach), 0,
		"return when the program runs; do not wait for its end" },
	{ 0, "keep", OPT_FLAG, NULL, C(o.keep), 0,
		"do not delete the container when its program has ended" },
	{ 0, "no-subreaper", OPT_FLAG, NULL, C(o.no_subreaper), 0,
		"do not adopt the container's orphans" },
};

#undef C

#define X(member) offsetof(struct exec_opts, member)

static const struct opt exec_rows[] = {
	{ 'p', "process", OPT_FILE, "FILE", X(o.process), 0,
		"the process as JSON, in place of the command and its options" },
	{ 'd', "detach", OPT_FLAG, NULL, X(o.detach), 0,
		"return when the program runs; do not wait for its end" },
	{ 0, "pid-file", OPT_FILE, "FILE", X(o.pid_file), 0,
		"write the pid of the process to this file" },
	{ 0, "cwd", OPT_DIR, "DIR", X(o.cwd), 0, "working folder in the container" },
	{ 'e', "env", OPT_LIST, "NAME=VALUE", X(env), 0,
		"one more variable of the environment" },
	{ 'u', "user", OPT_TEXT, "UID[:GID]", X(o.user), 0, "user and group, by number" },
	{ 'g', "additional-gids", OPT_LIST, "GID", X(gids), 0,
		"one more supplementary group" },
	{ 'c', "cap", OPT_LIST, "CAP", X(caps), 0, "one more capability" },
	{ 0, "no-new-privs", OPT_FLAG, NULL, X(o.no_new_privs), 0,
		"the program gains no privilege by execve" },
	{ 0, "cgroup", OPT_LIST, "[CTRL,...:]PATH", X(cgroups), 0,
		"an existing cgroup below the container's" },
	{ 0, "preserve-fds", OPT_NUMBER, "N", X(o.preserve_fds), 0,
		"pass N more descriptors, from 3 on, to the program" },
	{ 0, "ignore-paused", OPT_FLAG, NULL, X(o.ignore_paused), 0,
		"do not refuse a paused container; wait until it goes on" },
	{ 't', "tty", OPT_FLAG, NULL, X(tty), 0, "give the program a terminal" },
	{ 0, "console-socket", OPT_FILE, "SOCKET", X(o.console_socket), 0,
		"unix socket that gets the terminal" },
	{ 0, "pidfd-socket", OPT_FILE, "SOCKET", X(o.pidfd_socket), 0,
		"unix socket that gets a pidfd of the process" },
	{ 0, "process-label", OPT_TEXT, "LABEL", X(o.process_label), 0, "SELinux label" },
	{ 0, "apparmor", OPT_TEXT, "PROFILE", X(o.apparmor), 0, "AppArmor profile" },
};

#undef X

static const struct opt events_rows[] = {
	{ 0, "stats", OPT_FLAG, NULL, offsetof(struct events_opts, o.stats), 0,
		"print the statistics once" },
	{ 0, "interval", OPT_TEXT, "TIME", offsetof(struct events_opts, o.interval), 0,
		"time between statistics (default: 5s)" },
};

#define U(member) offsetof(struct update_opts, member)

static const struct opt update_rows[] = {
	{ 'r', "resources", OPT_FILE, "FILE", U(o.resources), 0,
		"new resources: linux.resources as JSON (- is the standard input)" },
	{ 0, "blkio-weight", OPT_TEXT, "N", U(o.blkio_weight), 0,
		"weight of disk access, 10 to 1000" },
	{ 0, "cpu-period", OPT_TEXT, "USEC", U(o.cpu_period), 0,
		"period of the quota, in microseconds" },
	{ 0, "cpu-quota", OPT_TEXT, "USEC", U(o.cpu_quota), 0,
		"CPU time in a period, in microseconds; -1 is no limit" },
	{ 0, "cpu-burst", OPT_TEXT, "USEC", U(o.cpu_burst), 0,
		"CPU time that may be saved up, in microseconds" },
	{ 0, "cpu-share", OPT_TEXT, "N", U(o.cpu_share), 0,
		"weight of CPU time, 2 to 262144" },
	{ 0, "cpu-rt-period", OPT_TEXT, "USEC", U(o.cpu_rt_period), 0,
		"period of the real-time budget (v1)" },
	{ 0, "cpu-rt-runtime", OPT_TEXT, "USEC", U(o.cpu_rt_runtime), 0,
		"real-time budget (v1)" },
	{ 0, "cpu-idle", OPT_TEXT, "0|1", U(o.cpu_idle), 0,
		"run only when nothing else wants to" },
	{ 0, "cpuset-cpus", OPT_TEXT, "LIST", U(o.cpuset_cpus), 0,
		"CPUs to use, such as 0-3,7" },
	{ 0, "cpuset-mems", OPT_TEXT, "LIST", U(o.cpuset_mems), 0,
		"memory nodes to use" },
	{ 0, "memory", OPT_TEXT, "SIZE", U(o.memory), 0,
		"memory, such as 512M or 1.5G; -1 is no limit" },
	{ 0, "memory-reservation", OPT_TEXT, "SIZE", U(o.memory_reservation), 0,
		"memory that is taken away last" },
	{ 0, "memory-swap", OPT_TEXT, "SIZE", U(o.memory_swap), 0,
		"memory and swap together; -1 is no limit" },
	{ 0, "kernel-memory", OPT_TEXT, "SIZE", U(o.kernel_memory), OPT_HIDDEN,
		"accepted; gone from kernels" },
	{ 0, "kernel-memory-tcp", OPT_TEXT, "SIZE", U(o.kernel_memory_tcp), OPT_HIDDEN,
		"accepted; gone from kernels" },
	{ 0, "pids-limit", OPT_TEXT, "N", U(o.pids_limit), 0,
		"processes and threads; -1 is no limit" },
	{ 0, "l3-cache-schema", OPT_TEXT, "TEXT", U(o.l3_cache_schema), 0,
		"share of the L3 cache (Intel RDT)" },
	{ 0, "mem-bw-schema", OPT_TEXT, "TEXT", U(o.mem_bw_schema), 0,
		"share of the memory's bandwidth (Intel RDT)" },
	{ 0, "device-allow", OPT_LIST, "RULE", U(device_allow), 0,
		"one more device, such as \"c 1:11 rw\"" },
	{ 0, "device-deny", OPT_LIST, "RULE", U(device_deny), 0, "one device less" },
};

#undef U

static const struct opt kill_rows[] = {
	{ 'a', "all", OPT_FLAG, NULL, offsetof(struct kill_opts, all), 0,
		"every process of the container's cgroup" },
};

static const struct opt delete_rows[] = {
	{ 'f', "force", OPT_FLAG, NULL, offsetof(struct delete_opts, force), 0,
		"kill what runs; no error when there is no such container" },
};

static const struct opt list_rows[] = {
	{ 'f', "format", OPT_CHOICE, "table|json", offsetof(struct list_opts, format), 0,
		"how the list looks" },
	{ 'q', "quiet", OPT_FLAG, NULL, offsetof(struct list_opts, quiet), 0,
		"ids only" },
};

static const struct opt ps_rows[] = {
	{ 'f', "format", OPT_CHOICE, "table|json", offsetof(struct ps_opts, format), 0,
		"a table by ps(1), or the pids alone" },
};

static const struct opt spec_rows[] = {
	{ 'b', "bundle", OPT_DIR, "DIR", offsetof(struct spec_opts, bundle), 0,
		"folder to write config.json to (default: here)" },
	{ 'f', "file", OPT_FILE, "FILE", offsetof(struct spec_opts, file), 0,
		"write this file (- is the standard output), even over an old one" },
	{ 0, "rootless", OPT_FLAG, NULL, offsetof(struct spec_opts, rootless), 0,
		"for a container of the calling user, who need not be root" },
};

static const struct opt check_rows[] = {
	{ 'b', "bundle", OPT_DIR, "DIR", offsetof(struct check_opts, bundle), 0,
		"folder that holds config.json (default: here)" },
	{ 'f', "config", OPT_FILE, "FILE", offsetof(struct check_opts, config), 0,
		"another configuration than the bundle's config.json" },
	{ 0, "format", OPT_CHOICE, "text|json", offsetof(struct check_opts, format), 0,
		"how the findings are printed" },
	{ 0, "strict", OPT_FLAG, NULL, offsetof(struct check_opts, strict), 0,
		"fail for warnings too" },
};

const char *const cli_group_titles[COMMAND_GROUPS] = {
	[GROUP_LIFE] = "The life of a container",
	[GROUP_QUESTIONS] = "Questions",
	[GROUP_OTHER] = "Other",
};

#define ROWS(name_, rows_)              \
	.options = { .rows = (rows_),   \
		.n = ARRAY_SIZE(rows_), \
		.command = (name_),     \
		.elsewhere = &cli_global_options }
#define NO_ROWS(name_) .options = { .command = (name_), .elsewhere = &cli_global_options }

const struct command cli_commands[] = {
	{ .name = "create",
		.group = GROUP_LIFE,
		.words = "ID",
		.min_words = 1,
		.max_words = 1,
		.summary = "make a container from a bundle; start runs its program",
		ROWS("create", create_rows),
		.options_size = sizeof(struct create_opts),
		.makes_files = true,
		.run = cmd_create },
	{ .name = "start",
		.group = GROUP_LIFE,
		.words = "ID",
		.min_words = 1,
		.max_words = 1,
		.summary = "run the program of a created container",
		NO_ROWS("start"),
		.run = cmd_start },
	{ .name = "run",
		.group = GROUP_LIFE,
		.words = "ID",
		.min_words = 1,
		.max_words = 1,
		.summary = "create and start a container, and wait for its end",
		ROWS("run", run_rows),
		.options_size = sizeof(struct create_opts),
		.makes_files = true,
		.run = cmd_run },
	{ .name = "exec",
		.group = GROUP_LIFE,
		.words = "ID [COMMAND...]",
		.min_words = 1,
		.max_words = 1,
		.summary = "run a further program in a container",
		.options = { .rows = exec_rows,
			.n = ARRAY_SIZE(exec_rows),
			.command = "exec",
			.elsewhere = &cli_global_options,
			.rest_after = 1 },
		.options_size = sizeof(struct exec_opts),
		.makes_files = true,
		.failure = 255,
		.run = cmd_exec },
	{ .name = "kill",
		.group = GROUP_LIFE,
		.words = "ID [SIGNAL]",
		.min_words = 1,
		.max_words = 2,
		.summary = "send a signal (default: TERM) to a container",
		ROWS("kill", kill_rows),
		.options_size = sizeof(struct kill_opts),
		.run = cmd_kill },
	{ .name = "pause",
		.group = GROUP_LIFE,
		.words = "ID",
		.min_words = 1,
		.max_words = 1,
		.summary = "stop every process of a container",
		NO_ROWS("pause"),
		.run = cmd_pause },
	{ .name = "resume",
		.group = GROUP_LIFE,
		.words = "ID",
		.min_words = 1,
		.max_words = 1,
		.summary = "let a paused container go on",
		NO_ROWS("resume"),
		.run = cmd_resume },
	{ .name = "update",
		.group = GROUP_LIFE,
		.words = "ID",
		.min_words = 1,
		.max_words = 1,
		.summary = "change the resources of a container",
		ROWS("update", update_rows),
		.options_size = sizeof(struct update_opts),
		.run = cmd_update },
	{ .name = "delete",
		.group = GROUP_LIFE,
		.words = "ID",
		.min_words = 1,
		.max_words = 1,
		.summary = "remove what create made",
		ROWS("delete", delete_rows),
		.options_size = sizeof(struct delete_opts),
		.run = cmd_delete },
	{ .name = "state",
		.group = GROUP_QUESTIONS,
		.words = "ID",
		.min_words = 1,
		.max_words = 1,
		.summary = "print the state of a container as JSON",
		NO_ROWS("state"),
		.run = cmd_state },
	{ .name = "list",
		.group = GROUP_QUESTIONS,
		.words = "",
		.summary = "print all containers",
		ROWS("list", list_rows),
		.options_size = sizeof(struct list_opts),
		.run = cmd_list },
	{ .name = "ps",
		.group = GROUP_QUESTIONS,
		.words = "ID [PS-OPTION...]",
		.min_words = 1,
		.max_words = 1,
		.summary = "print the processes of a container",
		.options = { .rows = ps_rows,
			.n = ARRAY_SIZE(ps_rows),
			.command = "ps",
			.elsewhere = &cli_global_options,
			.rest_after = 1 },
		.options_size = sizeof(struct ps_opts),
		.run = cmd_ps },
	{ .name = "events",
		.group = GROUP_QUESTIONS,
		.words = "ID",
		.min_words = 1,
		.max_words = 1,
		.summary = "print what a container uses, and what happens to it",
		ROWS("events", events_rows),
		.options_size = sizeof(struct events_opts),
		.run = cmd_events },
	{ .name = "check",
		.group = GROUP_QUESTIONS,
		.words = "",
		.summary = "check a bundle and print everything that is wrong with it",
		ROWS("check", check_rows),
		.options_size = sizeof(struct check_opts),
		.run = cmd_check },
	{ .name = "features",
		.group = GROUP_QUESTIONS,
		.words = "",
		.summary = "print what this davit can do, as JSON",
		NO_ROWS("features"),
		.run = cmd_features },
	{ .name = "spec",
		.group = GROUP_OTHER,
		.words = "",
		.summary = "write a configuration to begin with",
		ROWS("spec", spec_rows),
		.options_size = sizeof(struct spec_opts),
		.makes_files = true,
		.run = cmd_spec },
	{ .name = "version",
		.group = GROUP_OTHER,
		.words = "",
		.summary = "print the version",
		NO_ROWS("version"),
		.run = cmd_version },
	{ .name = "help",
		.group = GROUP_OTHER,
		.words = "[COMMAND]",
		.max_words = 1,
		.summary = "explain davit or one of its commands",
		NO_ROWS("help"),
		.run = cmd_help },
};
const size_t cli_n_commands = ARRAY_SIZE(cli_commands);

const struct command *cli_command(const char *name)
{
	for (size_t i = 0; i < cli_n_commands; i++) {
		if (strcmp(cli_commands[i].name, name) == 0)
			return &cli_commands[i];
	}
	return NULL;
}
