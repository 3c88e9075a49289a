/* SPDX-License-Identifier: Apache-2.0 */
/* davit-gen, a program of the build: what is written from the tables. */
#ifndef DAVIT_CLI_GEN_GEN_H
#define DAVIT_CLI_GEN_GEN_H

struct buf;

/* Each appends its text to out: 0 or -ENOMEM. */

/* The parts of man pages (mdoc). command NULL: davit itself. -EINVAL for an unknown one. */
int gen_synopsis(const char *command, struct buf *out);
int gen_options(const char *command, struct buf *out);
int gen_commands(struct buf *out);
/* Members of config.json, names in its lists, members of state.json, and mount options (mdoc). */
int gen_config(struct buf *out);
int gen_names(struct buf *out);
int gen_state(struct buf *out);
int gen_mount_options(struct buf *out);
/* docs/step-order.md */
int gen_steps(struct buf *out);
/* Completions. */
int gen_bash(struct buf *out);
int gen_zsh(struct buf *out);
int gen_fish(struct buf *out);

/* Text for a line of mdoc (no macro at its begin, no backslash) as a sentence: capital letter, full
 * stop, new line. */
int gen_sentence(struct buf *out, const char *s);

#endif
