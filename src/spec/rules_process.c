/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of process: user, limits, capabilities, scheduling. */
#include "config.h"

#include "spec/rule.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "spec/list.h"

/* PROC-02: the kernel's struct winsize has 16 bits. Without a terminal it is not looked at. */
static void check_terminal(struct check *c)
{
	const struct spec_process *p = c->config->process;
	const struct spec_console_size *size = p ? p->console_size : NULL;

	if (!size || !p->terminal)
		return;
	if (size->height > UINT16_MAX)
		check_fault(c, SPOT(size, "height"), NULL,
			"expected at most 65535, found %" PRIu64, size->height);
	if (size->width > UINT16_MAX)
		check_fault(c, SPOT(size, "width"), NULL,
			"expected at most 65535, found %" PRIu64, size->width);
}

/* PROC-04 */
static void check_cwd(struct check *c)
{
	const struct spec_process *p = c->config->process;

	if (p && p->cwd)
		check_absolute(c, SPOT(p, "cwd"), NULL, p->cwd);
}

void check_env(
	struct check *c, const struct json_value *at, const char *const *env, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *equals = strchr(env[i], '=');
		struct spot spot = { .at = at, .member = "env", .index = (int)i };

		if (!equals)
			check_fault(c, spot, NULL, "expected NAME=VALUE, found %s",
				check_quote(c, env[i]));
		else if (equals == env[i])
			check_fault(c, spot, NULL,
				"expected a name before the '=', found %s",
				check_quote(c, env[i]));
	}
}

/* PROC-06 */
static void check_process_env(struct check *c)
{
	const struct spec_process *p = c->config->process;

	if (p)
		check_env(c, p->at, p->env, p->n_env);
}

/* PROC-07. A configuration without process is fine: create works, start fails (LIFE-06). */
static void check_args(struct check *c)
{
	const struct spec_process *p = c->config->process;

	if (p && p->n_args == 0)
		check_fault(c, SPOT(p, "args"), NULL,
			"expected at least one entry, the program, found none");
	if (p && p->command_line)
		check_warn(c, SPOT(p, "commandLine"), "is for Windows and is ignored");
}

/* PROC-08, PROC-09 */
static void check_rlimits(struct check *c)
{
	const struct spec_process *p = c->config->process;
	uint64_t seen = 0;

	for (size_t i = 0; p && i < p->n_rlimits; i++) {
		const struct spec_rlimit *l = &p->rlimits[i];

		if (seen & (UINT64_C(1) << l->type))
			check_fault(c, SPOT(l, "type"), NULL,
				"expected each limit once, found %s again",
				table_name(&names_rlimit, l->type));
		seen |= UINT64_C(1) << l->type;
		if (l->soft > l->hard)
			check_fault(c, SPOT(l, "soft"), NULL,
				"expected at most the hard limit, %" PRIu64
				", found %" PRIu64,
				l->hard, l->soft);
	}
}

struct capset {
	const char *member;
	const char *const *names;
	size_t n;
	uint64_t mask;
};

static void read_capset(
	struct check *c, const struct spec_capabilities *caps, struct capset *s)
{
	for (size_t i = 0; i < s->n; i++) {
		int cap = table_id(&names_capability, s->names[i]);

		if (cap >= 0) {
			s->mask |= UINT64_C(1) << cap;
			continue;
		}
		check_warn(c, SPOT_ITEM(caps, s->member, i),
			"unknown capability %s, not granted; %s",
			check_quote(c, s->names[i]),
			table_suggest(&names_capability, s->names[i])
				? check_names_hint(c, &names_capability, s->names[i])
				: "names are those of capabilities(7)");
	}
}

/* What the kernel never grants: a set outside the set that bounds it. */
static void warn_beyond(struct check *c, const struct spec_capabilities *caps,
	const struct capset *s, uint64_t bound, const char *what)
{
	auto_buf struct buf names = BUF_INIT;

	for (size_t i = 0; i < names_capability.n; i++) {
		const struct table_entry *cap = &names_capability.entries[i];

		if (!(s->mask & ~bound & (UINT64_C(1) << cap->id)))
			continue;
		if (buf_addf(&names, "%s%s", names.len ? ", " : "", cap->name) < 0)
			c->no_memory = true;
	}
	if (names.len)
		check_warn(c, SPOT(caps, s->member),
			"cannot be granted, because not %s: %s", what, names.p);
}

/* PROC-11 to PROC-16: what cannot be granted is a warning since 1.3, never a failure. */
static void check_capabilities(struct check *c)
{
	const struct spec_process *p = c->config->process;
	const struct spec_capabilities *caps = p ? p->capabilities : NULL;

	if (!caps)
		return;
	struct capset effective = { "effective", caps->effective, caps->n_effective, 0 };
	struct capset bounding = { "bounding", caps->bounding, caps->n_bounding, 0 };
	struct capset inheritable = { "inheritable", caps->inheritable,
		caps->n_inheritable, 0 };
	struct capset permitted = { "permitted", caps->permitted, caps->n_permitted, 0 };
	struct capset ambient = { "ambient", caps->ambient, caps->n_ambient, 0 };

	read_capset(c, caps, &effective);
	read_capset(c, caps, &bounding);
	read_capset(c, caps, &inheritable);
	read_capset(c, caps, &permitted);
	read_capset(c, caps, &ambient);
	warn_beyond(c, caps, &effective, permitted.mask, "permitted");
	warn_beyond(c, caps, &ambient, permitted.mask & inheritable.mask,
		"both permitted and inheritable");
}

/* PROC-19 */
static void check_oom(struct check *c)
{
	const struct spec_process *p = c->config->process;

	if (p && p->has_oom_score_adj &&
		(p->oom_score_adj < -1000 || p->oom_score_adj > 1000))
		check_fault(c, SPOT(p, "oomScoreAdj"), NULL,
			"expected -1000 to 1000, found %d", p->oom_score_adj);
}

/* Of sched(7); the names of names_sched_policy have the kernel's numbers. */
enum { OTHER = 0, FIFO = 1, RR = 2, BATCH = 3, DEADLINE = 6 };

static void check_deadline(struct check *c, const struct spec_scheduler *s)
{
	const struct {
		const char *member;
		uint64_t value;
	} members[] = {
		{ "runtime", s->runtime },
		{ "deadline", s->deadline },
		{ "period", s->period },
	};

	for (size_t i = 0; s->policy != DEADLINE && i < ARRAY_SIZE(members); i++) {
		if (members[i].value)
			check_fault(c, SPOT(s, members[i].member), NULL,
				"%s is for SCHED_DEADLINE, found policy %s",
				members[i].member,
				table_name(&names_sched_policy, s->policy));
	}
}

/* PROC-20 to PROC-22: the cross checks of runc, the rest is the kernel's (sched_setattr(2)). */
static void check_scheduler(struct check *c)
{
	const struct spec_process *p = c->config->process;
	const struct spec_scheduler *s = p ? p->scheduler : NULL;

	if (!s)
		return;
	if ((s->policy == OTHER || s->policy == BATCH) && (s->nice < -20 || s->nice > 19))
		check_fault(c, SPOT(s, "nice"), NULL, "expected -20 to 19, found %d",
			s->nice);
	if (s->policy == FIFO || s->policy == RR) {
		if (s->priority < 1 || s->priority > 99)
			check_fault(c, SPOT(s, "priority"), NULL,
				"expected 1 to 99, found %d", s->priority);
	} else if (s->priority) {
		check_fault(c, SPOT(s, "priority"), NULL,
			"priority is for SCHED_FIFO and SCHED_RR, found policy %s",
			table_name(&names_sched_policy, s->policy));
	}
	check_deadline(c, s);
	for (size_t i = 0; i < s->n_flags; i++) {
		if (table_id(&names_sched_flag, s->flags[i]) < 0)
			check_fault(c, SPOT_ITEM(s, "flags", i),
				check_names_hint(c, &names_sched_flag, s->flags[i]),
				"expected a scheduling flag, found %s",
				check_quote(c, s->flags[i]));
	}
}

/* PROC-24 */
static void check_ioprio(struct check *c)
{
	const struct spec_process *p = c->config->process;
	const struct spec_io_priority *io = p ? p->io_priority : NULL;

	if (io && (io->priority < 0 || io->priority > 7))
		check_fault(c, SPOT(io, "priority"), NULL, "expected 0 to 7, found %d",
			io->priority);
}

/* PROC-25 */
static void check_affinity(struct check *c)
{
	const struct spec_process *p = c->config->process;
	const struct spec_exec_affinity *a = p ? p->exec_cpu_affinity : NULL;

	if (!a)
		return;
	if (a->initial && spec_list_each(a->initial, LIST_CPU_MAX, NULL, NULL) < 0)
		check_fault(c, SPOT(a, "initial"), NULL,
			"expected a list of CPUs such as \"0-3,7\", found %s",
			check_quote(c, a->initial));
	if (a->final && spec_list_each(a->final, LIST_CPU_MAX, NULL, NULL) < 0)
		check_fault(c, SPOT(a, "final"), NULL,
			"expected a list of CPUs such as \"0-3,7\", found %s",
			check_quote(c, a->final));
}

static void check_id(struct check *c, struct spot spot, uint32_t id)
{
	if (id == CHECK_NO_ID)
		check_fault(
			c, spot, NULL, "expected at most 4294967294, found %" PRIu32, id);
}

/* PROC-27 to PROC-29 */
static void check_user(struct check *c)
{
	const struct spec_process *p = c->config->process;
	const struct spec_user *u = p ? p->user : NULL;

	if (!u)
		return;
	check_id(c, SPOT(u, "uid"), u->uid);
	check_id(c, SPOT(u, "gid"), u->gid);
	for (size_t i = 0; i < u->n_additional_gids; i++)
		check_id(c, SPOT_ITEM(u, "additionalGids", i), u->additional_gids[i]);
	if (u->umask > 0777)
		check_fault(c, SPOT(u, "umask"), "JSON has no octal numbers: 022 is 18",
			"expected at most 511 (0777), found %" PRIu32, u->umask);
	if (check_given(u->username))
		check_warn(c, SPOT(u, "username"), "is for Windows and is ignored");
}

const struct rule rules_process[] = {
	{ "process.consoleSize", "config.md#process", check_terminal },
	{ "process.cwd", "config.md#process", check_cwd },
	{ "process.env", "config.md#process", check_process_env },
	{ "process.args", "config.md#process", check_args },
	{ "process.rlimits", "config.md#posix-process", check_rlimits },
	{ "process.capabilities", "config.md#linux-process", check_capabilities },
	{ "process.oomScoreAdj", "config.md#linux-process", check_oom },
	{ "process.scheduler", "config.md#linux-process", check_scheduler },
	{ "process.ioPriority", "config.md#linux-process", check_ioprio },
	{ "process.execCPUAffinity", "config.md#linux-process", check_affinity },
	{ "process.user", "config.md#posix-platform-user", check_user },
	{ NULL, NULL, NULL },
};
