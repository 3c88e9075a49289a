/* SPDX-License-Identifier: Apache-2.0 */
/* THE command table, and what the commands share. */
#ifndef DAVIT_CLI_COMMAND_H
#define DAVIT_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/optparse.h"
#include "davit/davit.h"

struct buf;
struct error;

struct global_opts {
	const char *root, *log, *log_level, *rootless, *criu;
	int log_format; /* in the order of enum log_format */
	int manager;	/* enum cgroup_manager */
	bool debug, systemd_cgroup, strict_delete, version;
};
enum cgroup_manager { MANAGER_CGROUPFS, MANAGER_SYSTEMD, MANAGER_DISABLED };
extern const struct opt_set cli_global_options;
/* What every set of options ends with; the parser knows it by itself. */
extern const struct opt cli_help_option;

/* A running command. */
struct cli {
	const struct global_opts *global;
	const struct command *command;
	struct davit *store;
	/* Of the library call that failed; wins over the error object. */
	struct davit_error *err;
};

enum command_group { GROUP_LIFE, GROUP_QUESTIONS, GROUP_OTHER, COMMAND_GROUPS };

struct command {
	const char *name;
	enum command_group group;
	const char *words; /* "ID [SIGNAL]" */
	size_t min_words, max_words;
	const char *summary; /* one line, begins with a verb */
	struct opt_set options;
	size_t options_size;
	bool makes_files; /* needs a known umask */
	int failure;	  /* exit code of a failure; 0: 1 */
	/* The exit code, or a negative errno with e or cli->err filled. */
	int (*run)(struct cli *cli, const void *options, const struct opt_words *words,
		struct error *e);
};

extern const struct command cli_commands[];
extern const size_t cli_n_commands;
/* Titles of the groups, as in the help. */
extern const char *const cli_group_titles[COMMAND_GROUPS];
/* The command of this name or NULL. */
const struct command *cli_command(const char *name);

/* The whole program behind main(). Returns its exit code. */
int cli_main(int argc, char **argv);

/* Print to the standard output; a full disk there is an error. 0 or a negative errno. */
int cli_print(const char *text, size_t n, struct error *e);
/* Print text, which is freed by davit_free(); the exit code or a negative errno. */
int cli_print_text(char *text, struct error *e);

/* help.c: into out, -ENOMEM. */
int help_all(struct buf *out);
int help_command(const struct command *c, struct buf *out);

/* The commands (cmd_*.c). */
int cmd_create(struct cli *, const void *, const struct opt_words *, struct error *);
int cmd_run(struct cli *, const void *, const struct opt_words *, struct error *);
int cmd_start(struct cli *, const void *, const struct opt_words *, struct error *);
int cmd_exec(struct cli *, const void *, const struct opt_words *, struct error *);
int cmd_kill(struct cli *, const void *, const struct opt_words *, struct error *);
int cmd_pause(struct cli *, const void *, const struct opt_words *, struct error *);
int cmd_resume(struct cli *, const void *, const struct opt_words *, struct error *);
int cmd_update(struct cli *, const void *, const struct opt_words *, struct error *);
int cmd_events(struct cli *, const void *, const struct opt_words *, struct error *);
int cmd_delete(struct cli *, const void *, const struct opt_words *, struct error *);
int cmd_state(struct cli *, const void *, const struct opt_words *, struct error *);
int cmd_ps(struct cli *, const void *, const struct opt_words *, struct error *);
int cmd_list(struct cli *, const void *, const struct opt_words *, struct error *);
int cmd_spec(struct cli *, const void *, const struct opt_words *, struct error *);
int cmd_check(struct cli *, const void *, const struct opt_words *, struct error *);
int cmd_features(struct cli *, const void *, const struct opt_words *, struct error *);
int cmd_version(struct cli *, const void *, const struct opt_words *, struct error *);
int cmd_help(struct cli *, const void *, const struct opt_words *, struct error *);

/* Their option structs. */
struct create_opts {
	struct davit_create_options o; /* also of run */
	bool dry_run;
};
struct exec_opts {
	struct davit_exec_options o;
	struct opt_list env, gids, caps, cgroups;
	bool tty;
};
struct update_opts {
	struct davit_update_options o;
	struct opt_list device_allow, device_deny;
};
struct events_opts {
	struct davit_events_options o;
};
struct kill_opts {
	bool all;
};
struct delete_opts {
	bool force;
};
enum list_format { LIST_TABLE, LIST_JSON };
struct list_opts {
	int format; /* enum list_format */
	bool quiet;
};
enum ps_format { PS_TABLE, PS_JSON };
struct ps_opts {
	int format; /* enum ps_format */
};
struct spec_opts {
	const char *bundle, *file;
	bool rootless;
};
enum check_format { CHECK_TEXT, CHECK_JSON };
struct check_opts {
	const char *bundle, *config;
	int format; /* enum check_format */
	bool strict;
};

#endif
