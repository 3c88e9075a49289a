/* SPDX-License-Identifier: Apache-2.0 */
/* A runtime that the container cannot overwrite (CVE-2019-5736). */
#ifndef DAVIT_SYS_SELFEXE_H
#define DAVIT_SYS_SELFEXE_H

struct error;

enum selfexe_mode {
	SELFEXE_VERITY, /* the binary itself, which fs-verity keeps as it is */
	SELFEXE_CLONE,	/* read-only detached clone of the mount with the binary */
	SELFEXE_MEMFD,	/* sealed copy */
};

/*
 * Find what the child shall be run from: *fd becomes a descriptor for execveat(fd, "",
 * AT_EMPTY_PATH), owned by the caller. force_copy asks for SELFEXE_MEMFD (A2). The errors of open,
 * memfd_create, sendfile and fcntl.
 */
int selfexe_protect(int force_copy, enum selfexe_mode *mode, int *fd, struct error *e);
/* Run it; returns only on failure. */
int selfexe_exec(int fd, char *const argv[], char *const envp[], struct error *e);

#endif
