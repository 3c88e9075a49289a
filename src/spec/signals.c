/* SPDX-License-Identifier: Apache-2.0 */
/* Names and numbers of signals, as `kill` takes them (engine-facing grammar). */
#include "config.h"

#include "spec/names.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"

/*
 * What glibc calls SIGRTMIN, whatever this build's libc does (musl keeps one more for itself):
 * "RTMIN+3" is a promise between engines and glibc's systemd, and means 37.
 */
enum { FIRST_RT = 34, LAST = 64 };

/* Numbers differ by architecture (mips, alpha, parisc), so the macros decide. */
static const struct table_entry signals[] = {
	{ "SIGHUP", SIGHUP },
	{ "SIGINT", SIGINT },
	{ "SIGQUIT", SIGQUIT },
	{ "SIGILL", SIGILL },
	{ "SIGTRAP", SIGTRAP },
	{ "SIGABRT", SIGABRT },
	{ "SIGIOT", SIGABRT },
	{ "SIGBUS", SIGBUS },
	{ "SIGFPE", SIGFPE },
	{ "SIGKILL", SIGKILL },
	{ "SIGUSR1", SIGUSR1 },
	{ "SIGSEGV", SIGSEGV },
	{ "SIGUSR2", SIGUSR2 },
	{ "SIGPIPE", SIGPIPE },
	{ "SIGALRM", SIGALRM },
	{ "SIGTERM", SIGTERM },
#ifdef SIGSTKFLT
	{ "SIGSTKFLT", SIGSTKFLT },
#endif
#ifdef SIGEMT
	{ "SIGEMT", SIGEMT },
#endif
	{ "SIGCHLD", SIGCHLD },
	{ "SIGCLD", SIGCHLD },
	{ "SIGCONT", SIGCONT },
	{ "SIGSTOP", SIGSTOP },
	{ "SIGTSTP", SIGTSTP },
	{ "SIGTTIN", SIGTTIN },
	{ "SIGTTOU", SIGTTOU },
	{ "SIGURG", SIGURG },
	{ "SIGXCPU", SIGXCPU },
	{ "SIGXFSZ", SIGXFSZ },
	{ "SIGVTALRM", SIGVTALRM },
	{ "SIGPROF", SIGPROF },
	{ "SIGWINCH", SIGWINCH },
	{ "SIGIO", SIGIO },
	{ "SIGPOLL", SIGIO },
	{ "SIGPWR", SIGPWR },
	{ "SIGSYS", SIGSYS },
	{ "SIGRTMIN", FIRST_RT },
	{ "SIGRTMAX", LAST },
};
const struct table names_signal = TABLE("signal", signals);

/* "SIG" before it and all in capitals, or -EINVAL when it is longer than any name. */
static int canonical(const char *text, char *out, size_t size)
{
	size_t n = strlen(text);

	if (n == 0 || n + 4 > size)
		return -EINVAL;
	memcpy(out, "SIG", 3);
	for (size_t i = 0; i <= n; i++) {
		char c = text[i];

		out[3 + i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
	if (strncmp(out + 3, "SIG", 3) == 0)
		memmove(out, out + 3, n + 1);
	return 0;
}

/* "SIGRTMIN+3", "SIGRTMAX-1" */
static int real_time(const char *name)
{
	uint64_t n;

	if (strncmp(name, "SIGRTMIN+", 9) == 0) {
		if (num_u64(name + 9, LAST - FIRST_RT, &n) < 0)
			return -EINVAL;
		return FIRST_RT + (int)n;
	}
	if (strncmp(name, "SIGRTMAX-", 9) == 0) {
		if (num_u64(name + 9, LAST - FIRST_RT, &n) < 0)
			return -EINVAL;
		return LAST - (int)n;
	}
	return -EINVAL;
}

int names_signal_parse(const char *text)
{
	char name[24];
	uint64_t n;
	int id;

	if (text[0] >= '0' && text[0] <= '9') {
		if (num_u64(text, LAST, &n) < 0)
			return -EINVAL;
		return (int)n;
	}
	if (canonical(text, name, sizeof(name)) < 0)
		return -EINVAL;
	id = table_id(&names_signal, name);
	return id > 0 ? id : real_time(name);
}
