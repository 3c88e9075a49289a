/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A descriptor for the caller, over a socket on which it listens: one message with a name and
 * exactly one descriptor; nothing is answered (docs/engines.md, "Sockets").
 */
#include "config.h"

#include "run/handover.h"

#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "sys/sock.h"

/* Who does not accept for so long will not do so later either. */
#define TIMEOUT_MS 5000

int handover_connect(const char *option, const char *path, struct error *e)
{
	int fd = sock_connect_within(path, SOCK_STREAM, TIMEOUT_MS, e);

	if (fd == -ETIMEDOUT)
		err_hint(e, "the other side listens, but does not accept connections");
	return fd < 0 ? err_wrap(e, "%s", option) : fd;
}

int handover_send(const char *option, int sock, const char *name, int fd, struct error *e)
{
	int r = sock_send(sock, name, strlen(name), &fd, 1);

	if (r == 0)
		return 0;
	if (r == -EAGAIN)
		r = -ETIMEDOUT;
	err_sys(e, -r, "sendmsg", "cannot hand over a descriptor");
	return err_wrap(e, "%s", option);
}

int handover_pidfd(int sock, const struct child *c, struct error *e)
{
	if (c->pidfd < 0)
		return err_set(e, ERR_HOST, -EOPNOTSUPP,
			"--pidfd-socket needs handles of processes (Linux 5.3)");
	return handover_send("--pidfd-socket", sock, "pidfd", c->pidfd, e);
}
