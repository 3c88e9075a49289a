/* SPDX-License-Identifier: Apache-2.0 */
/* Scope ends: values that free themselves when their scope is left. */
#ifndef DAVIT_BASE_CLEANUP_H
#define DAVIT_BASE_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* An invalid descriptor is -EBADF, so that using it by mistake names itself. */
static inline void cleanup_fd(int *fd)
{
	if (*fd >= 0) {
		int saved = errno;

		close(*fd);
		errno = saved;
	}
	*fd = -EBADF;
}

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_file(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void cleanup_dir(DIR **d)
{
	if (*d)
		closedir(*d);
}

#define auto_fd __attribute__((cleanup(cleanup_fd)))
#define auto_free __attribute__((cleanup(cleanup_free)))
#define auto_file __attribute__((cleanup(cleanup_file)))
#define auto_dir __attribute__((cleanup(cleanup_dir)))

/* Hand a descriptor on: the caller owns the result, the variable forgets it. */
static inline int take_fd(int *fd)
{
	int r = *fd;

	*fd = -EBADF;
	return r;
}

/* Hand a pointer on and forget it. */
#define take_ptr(pp)                           \
	({                                     \
		__typeof__(*(pp)) *_pp = (pp); \
		__typeof__(*(pp)) _p = *_pp;   \
		*_pp = NULL;                   \
		_p;                            \
	})

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
