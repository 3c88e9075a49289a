/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of linux.seccomp. Unknown system call names are the planner's (decisions of policy). */
#include "config.h"

#include "spec/rule.h"

#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"

/* The largest errno that the kernel's ERR_PTR knows; TRACE passes 16 bits to the tracer. */
#define ERRNO_MAX 4095u

/* SEC-03: a value given with an action that has none must not be dropped in silence. */
static void check_errno(struct check *c, struct spot spot, int action, uint32_t value)
{
	if (action != SPEC_ACT_ERRNO && action != SPEC_ACT_TRACE)
		check_fault(c, spot, NULL,
			"%s is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE, found action %s",
			spot.member, table_name(&names_seccomp_action, action));
	else if (value > (action == SPEC_ACT_ERRNO ? ERRNO_MAX : UINT16_MAX))
		check_fault(c, spot, NULL, "expected at most %u, found %" PRIu32,
			action == SPEC_ACT_ERRNO ? ERRNO_MAX : UINT16_MAX, value);
}

/* SEC-04, SEC-05 */
static void check_closed(struct check *c, const struct spec_seccomp *s,
	const char *member, const struct table *set, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (table_id(set, names[i]) < 0)
			check_fault(c, SPOT_ITEM(s, member, i),
				check_names_hint(c, set, names[i]),
				"expected a %s, found %s", set->what,
				check_quote(c, names[i]));
	}
}

/* SEC-08, SEC-10 */
static void check_syscall(struct check *c, const struct spec_syscall *y)
{
	if (y->n_names == 0)
		check_fault(c, SPOT(y, "names"), NULL,
			"expected at least one system call, found none");
	if (y->has_errno_ret)
		check_errno(c, SPOT(y, "errnoRet"), y->action, y->errno_ret);
	for (size_t i = 0; i < y->n_args; i++) {
		if (y->args[i].index > 5)
			check_fault(c, SPOT(&y->args[i], "index"), NULL,
				"expected 0 to 5, found %" PRIu32, y->args[i].index);
	}
}

/* SEC-16: the agent's answer to write(2) would wait for the agent. */
static bool names_write(const struct spec_syscall *y)
{
	for (size_t i = 0; i < y->n_names; i++) {
		if (strcmp(y->names[i], "write") == 0)
			return true;
	}
	return false;
}

/* SEC-13, SEC-16; whether anything asks for the listener. */
static bool check_notify(struct check *c, const struct spec_seccomp *s)
{
	bool used = s->default_action == SPEC_ACT_NOTIFY;

	if (used)
		check_fault(c, SPOT(s, "defaultAction"), NULL,
			"SCMP_ACT_NOTIFY cannot be the default: the container's start "
			"would wait for itself");
	for (size_t i = 0; i < s->n_syscalls; i++) {
		const struct spec_syscall *y = &s->syscalls[i];

		if (y->action != SPEC_ACT_NOTIFY)
			continue;
		used = true;
		if (names_write(y))
			check_fault(c, SPOT(y, "names"), NULL,
				"SCMP_ACT_NOTIFY cannot be used on write: the container's "
				"start would wait for itself");
	}
	if (used && !check_given(s->listener_path))
		check_fault(c, SPOT(s, "listenerPath"), NULL,
			"SCMP_ACT_NOTIFY needs the path of a socket, found none");
	/* start, which may have to connect, is called from other folders than create. */
	if (check_given(s->listener_path) && s->listener_path[0] != '/')
		check_fault(c, SPOT(s, "listenerPath"), NULL,
			"expected an absolute path, found %s",
			check_quote(c, s->listener_path));
	return used;
}

static void check_seccomp(struct check *c)
{
	const struct spec_linux *l = c->config->linux;
	const struct spec_seccomp *s = l ? l->seccomp : NULL;
	bool notify;

	if (!s)
		return;
	if (s->has_default_errno_ret)
		check_errno(c, SPOT(s, "defaultErrnoRet"), s->default_action,
			s->default_errno_ret);
	check_closed(c, s, "architectures", &names_seccomp_arch, s->architectures,
		s->n_architectures);
	check_closed(c, s, "flags", &names_seccomp_flag, s->flags, s->n_flags);
	for (size_t i = 0; i < s->n_syscalls; i++)
		check_syscall(c, &s->syscalls[i]);
	notify = check_notify(c, s);
	/* SEC-14 */
	if (check_given(s->listener_metadata) && !check_given(s->listener_path))
		check_fault(c, SPOT(s, "listenerMetadata"), NULL,
			"listenerMetadata needs listenerPath, found none");
	for (size_t i = 0; i < s->n_flags; i++) {
		if (!notify && strcmp(s->flags[i],
				       "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV") == 0)
			check_fault(c, SPOT_ITEM(s, "flags", i), NULL,
				"%s needs the action SCMP_ACT_NOTIFY, found none",
				s->flags[i]);
	}
}

const struct rule rules_seccomp[] = {
	{ "linux.seccomp", "config-linux.md#seccomp", check_seccomp },
	{ NULL, NULL, NULL },
};
