/* SPDX-License-Identifier: Apache-2.0 */
/* Links and addresses in a build --without-mnl: refused. The plan has refused them before. */
#include "config.h"

#include "setup/netlink.h"

#include <errno.h>

#include "base/err.h"

static int missing(struct error *e)
{
	return err_set(e, ERR_HOST, -ENOTSUP, "this davit was built without libmnl");
}

int netlink_open(int netns, bool listen, struct netlink *out, struct error *e)
{
	(void)netns;
	(void)listen;
	(void)out;
	return missing(e);
}

void netlink_close(struct netlink *nl)
{
	nl->socket = NULL;
}

int netlink_find(
	struct netlink *nl, const char *name, int *index, bool *up, struct error *e)
{
	(void)nl;
	(void)name;
	(void)index;
	(void)up;
	return missing(e);
}

int netlink_name(struct netlink *nl, int index, char name[NETLINK_NAME], struct error *e)
{
	(void)nl;
	(void)index;
	(void)name;
	return missing(e);
}

int netlink_move(
	struct netlink *nl, int index, int netns, const char *name, struct error *e)
{
	(void)nl;
	(void)index;
	(void)netns;
	(void)name;
	return missing(e);
}

int netlink_moved(struct netlink *listener, int index, int *out, struct error *e)
{
	(void)listener;
	(void)index;
	(void)out;
	return missing(e);
}

int netlink_up(struct netlink *nl, int index, struct error *e)
{
	(void)nl;
	(void)index;
	return missing(e);
}

int netlink_addresses(struct netlink *nl, int index, struct arena *a,
	struct netlink_addr **out, size_t *n, struct error *e)
{
	(void)nl;
	(void)index;
	(void)a;
	(void)out;
	(void)n;
	return missing(e);
}

int netlink_add_address(struct netlink *nl, int index, const struct netlink_addr *addr,
	const char *old, const char *now, struct error *e)
{
	(void)nl;
	(void)index;
	(void)addr;
	(void)old;
	(void)now;
	return missing(e);
}
