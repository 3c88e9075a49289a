/* SPDX-License-Identifier: Apache-2.0 */
/* seccomp(2): installing a filter, and asking which flags the kernel knows. */
#include "config.h"

#include "sys/seccomp.h"

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"

#define SET_MODE_FILTER 1 /* SECCOMP_SET_MODE_FILTER */
#define NEW_LISTENER (1u << 3)
#define WAIT_KILLABLE (1u << 5)

/* struct sock_fprog, own copy: the kernel's header and musl's clash. */
struct program {
	unsigned short len;
	const void *filter;
};

int sys_seccomp_install(const void *prog, size_t n, unsigned flags, struct error *e)
{
	struct program p = { .len = (unsigned short)n, .filter = prog };
	int fd;

	if (n == 0 || n > UINT16_MAX)
		return err_set(e, ERR_BUG, -EINVAL, "a filter of %zu instructions", n);
	fd = (int)syscall(SYS_seccomp, SET_MODE_FILTER, flags, &p);
	if (fd < 0) {
		err_sys(e, errno, "seccomp", "cannot install the system call filter");
		if (e && e->code == -EINVAL)
			err_hint(e,
				"this kernel may lack one of the flags of linux.seccomp.flags%s",
				flags & NEW_LISTENER ? ", or SCMP_ACT_NOTIFY (Linux 5.0)"
						     : "");
		if (e && e->code == -EBUSY)
			err_hint(e,
				"this command is itself under a filter with a listener, and "
				"the kernel allows one of them");
		return e ? e->code : -errno;
	}
	return flags & NEW_LISTENER ? fd : 0;
}

bool sys_seccomp_flag_known(unsigned flag)
{
	/* It is for filters with a listener alone. */
	if (flag == WAIT_KILLABLE)
		flag |= NEW_LISTENER;
	return syscall(SYS_seccomp, SET_MODE_FILTER, flag, NULL) < 0 && errno == EFAULT;
}
