/* SPDX-License-Identifier: Apache-2.0 */
/* Links and addresses by rtnetlink(7): one request, one answer. Needs libmnl. */
#ifndef DAVIT_SETUP_NETLINK_H
#define DAVIT_SETUP_NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;

#define NETLINK_NAME 16 /* IFNAMSIZ */

struct netlink {
	void *socket; /* struct mnl_socket */
	uint32_t seq;
};
#define NETLINK_INIT ((struct netlink){ .socket = NULL })
#define auto_netlink __attribute__((cleanup(netlink_close)))

/* An address as the kernel told it. */
struct netlink_addr {
	const void *message; /* struct nlmsghdr and what follows, in an arena */
};

/*
 * A socket in the network namespace netns, or in ours when that is negative; a socket stays where
 * it was made. The caller, who must have one thread, is in its own again afterwards, or the error
 * says that it is not. listen: gets what happens to links. Loads libmnl: ERR_HOST, -ELIBACC where
 * it is missing, -ENOTSUP in a build --without-mnl.
 */
int netlink_open(int netns, bool listen, struct netlink *out, struct error *e);
void netlink_close(struct netlink *nl);

/* The index of a link, and whether it is up (NULL: not asked). -ENODEV without text. */
int netlink_find(
	struct netlink *nl, const char *name, int *index, bool *up, struct error *e);
/* The name of a link. -ENODEV without text. */
int netlink_name(struct netlink *nl, int index, char name[NETLINK_NAME], struct error *e);
/* Move a link to the namespace netns, with a new name or NULL, in one request. The kernel's own
 * errno: -EEXIST when the name is taken there; the link may have moved all the same. */
int netlink_move(
	struct netlink *nl, int index, int netns, const char *name, struct error *e);
/* From a listening socket: the index that a link has got where it was moved to. -ENODATA when it
 * was not. */
int netlink_moved(struct netlink *listener, int index, int *out, struct error *e);
int netlink_up(struct netlink *nl, int index, struct error *e);
/* The permanent addresses of global scope of a link (NET-05), in a. */
int netlink_addresses(struct netlink *nl, int index, struct arena *a,
	struct netlink_addr **out, size_t *n, struct error *e);
/* Add such an address to a link with all its attributes. A label that begins with the name old
 * begins with now. */
int netlink_add_address(struct netlink *nl, int index, const struct netlink_addr *addr,
	const char *old, const char *now, struct error *e);

#endif
