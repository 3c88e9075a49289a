/* SPDX-License-Identifier: Apache-2.0 */
/* The loopback interface of a new network namespace comes up. */
#include "config.h"

#include "setup/steps.h"

#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/err.h"

static int apply_loopback(struct step_ctx *ctx, struct error *e)
{
	/* Any socket will do; a kernel without IPv4 has this one. */
	auto_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq req;

	(void)ctx;
	if (fd < 0)
		return err_sys(e, errno, "socket", "cannot make a socket");
	memset(&req, 0, sizeof(req));
	memcpy(req.ifr_name, "lo", sizeof("lo"));
	req.ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(fd, SIOCSIFFLAGS, &req) < 0)
		return err_sys(
			e, errno, "ioctl", "cannot bring the loopback interface up");
	return 0;
}

static bool wants_loopback(const struct plan *plan)
{
	return plan->loopback;
}

const struct step step_loopback = {
	.name = "loopback",
	.actor = ACTOR_INIT,
	.phase = PHASE_INSIDE,
	.after = (const char *const[]){ "become-root", NULL },
	.why = "needs CAP_NET_ADMIN over the network namespace",
	.wanted = wants_loopback,
	.apply = apply_loopback,
};
