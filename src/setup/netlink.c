/* SPDX-License-Identifier: Apache-2.0 */
/* Links and addresses by rtnetlink(7), through libmnl. */
#include "config.h"

#include "setup/netlink.h"

#include <errno.h>
#include <stdlib.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/library.h"
#include "sys/ns.h"

/* The kernel fills what a reader offers, at most this much, and never more for one link. */
#define ANSWER_MAX 32768
#define REQUEST_MAX 4096

/* Newer than some headers. */
#define LINK_NEW_IFINDEX 49 /* IFLA_NEW_IFINDEX, 4.16 */
#define ADDR_FLAGS 8	    /* IFA_FLAGS, 3.14 */
#define ADDR_NETNSID 10	    /* IFA_TARGET_NETNSID, 5.0: where it was, not where it goes */

/* What a caller may ask for; the other flags are the kernel's findings. */
#define ADDR_WANTED                                                                  \
	(IFA_F_NODAD | IFA_F_OPTIMISTIC | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | \
		IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN)

#define SONAME "libmnl.so.0"
/* clang-format off */
#define FUNCTIONS(X) \
	X(mnl_attr_get_payload) X(mnl_attr_get_payload_len) X(mnl_attr_get_str) \
	X(mnl_attr_get_type) X(mnl_attr_get_u32) X(mnl_attr_next) X(mnl_attr_ok) \
	X(mnl_attr_put_check) X(mnl_attr_put_strz) X(mnl_attr_put_strz_check) \
	X(mnl_attr_put_u32) X(mnl_attr_put_u32_check) X(mnl_attr_validate) \
	X(mnl_cb_run) X(mnl_nlmsg_get_payload) X(mnl_nlmsg_get_payload_offset) \
	X(mnl_nlmsg_get_payload_tail) X(mnl_nlmsg_put_extra_header) \
	X(mnl_nlmsg_put_header) X(mnl_socket_bind) X(mnl_socket_close) \
	X(mnl_socket_get_fd) X(mnl_socket_get_portid) X(mnl_socket_open2) \
	X(mnl_socket_recvfrom) X(mnl_socket_sendto)
/* clang-format on */
LIBRARY(lib, SONAME, FUNCTIONS);
LIBRARY_NOTE(
	lib, "netDevices", "moves network devices into containers", "suggested", SONAME);

static struct mnl_socket *sock(const struct netlink *nl)
{
	return nl->socket;
}

void netlink_close(struct netlink *nl)
{
	if (nl->socket)
		lib.mnl_socket_close(sock(nl));
	nl->socket = NULL;
}

static int open_here(bool listen, struct netlink *out, struct error *e)
{
	struct mnl_socket *s = lib.mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);

	if (!s)
		return err_sys(e, errno, "socket", "cannot open a netlink socket");
	*out = (struct netlink){ .socket = s };
	if (lib.mnl_socket_bind(s, listen ? RTMGRP_LINK : 0, MNL_SOCKET_AUTOPID) < 0) {
		int r = err_sys(e, errno, "bind", "cannot bind a netlink socket");

		netlink_close(out);
		return r;
	}
	return 0;
}

int netlink_open(int netns, bool listen, struct netlink *out, struct error *e)
{
	auto_fd int home = -EBADF;
	int back, r = library_load(&library_lib, e);

	if (r < 0)
		return r;
	if (netns < 0)
		return open_here(listen, out, e);
	home = ns_open_pid(getpid(), NS_NET, e);
	if (home < 0)
		return home;
	r = ns_join(netns, NS_NET, e);
	if (r < 0)
		return r;
	r = open_here(listen, out, e);
	back = ns_join(home, NS_NET, r < 0 ? NULL : e);
	/* Whatever this process did next, hooks for one, it would do in the container's network. */
	if (back < 0 && r < 0)
		abort();
	if (back < 0 && r == 0) {
		netlink_close(out);
		return err_wrap(e, "cannot come back from the container's network");
	}
	return r;
}

static struct nlmsghdr *request(
	struct netlink *nl, char *buf, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *m = lib.mnl_nlmsg_put_header(buf);

	m->nlmsg_type = type;
	m->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	m->nlmsg_seq = ++nl->seq;
	return m;
}

static struct nlmsghdr *link_request(struct netlink *nl, char *buf, uint16_t type,
	uint16_t flags, int index, unsigned change)
{
	struct nlmsghdr *m = request(nl, buf, type, flags);
	struct ifinfomsg *info = lib.mnl_nlmsg_put_extra_header(m, sizeof(*info));

	info->ifi_family = AF_UNSPEC;
	info->ifi_index = index;
	info->ifi_flags = change;
	info->ifi_change = change;
	return m;
}

/* Send, and give each message of the answer to fn until the end. The kernel's errno. */
static int talk(struct netlink *nl, const struct nlmsghdr *m, mnl_cb_t fn, void *arg)
{
	_Alignas(8) char answer[ANSWER_MAX];
	int r;

	if (lib.mnl_socket_sendto(sock(nl), m, m->nlmsg_len) < 0)
		return -errno;
	do {
		ssize_t n = lib.mnl_socket_recvfrom(sock(nl), answer, sizeof(answer));

		if (n < 0 && errno == EINTR) {
			r = MNL_CB_OK;
			continue;
		}
		if (n < 0)
			return -errno;
		r = lib.mnl_cb_run(answer, (size_t)n, nl->seq,
			lib.mnl_socket_get_portid(sock(nl)), fn, arg);
		if (r < 0)
			return -errno;
	} while (r > MNL_CB_STOP);
	return 0;
}

/* libmnl's own loop does not keep to the types that its functions have. */
static const struct nlattr *checked(const struct nlmsghdr *m, const struct nlattr *attr)
{
	const char *end = lib.mnl_nlmsg_get_payload_tail(m);

	return lib.mnl_attr_ok(attr, (int)(end - (const char *)attr)) ? attr : NULL;
}

static const struct nlattr *first_attr(const struct nlmsghdr *m, size_t head)
{
	return checked(m, lib.mnl_nlmsg_get_payload_offset(m, head));
}

static const struct nlattr *next_attr(const struct nlmsghdr *m, const struct nlattr *attr)
{
	return checked(m, lib.mnl_attr_next(attr));
}

struct found {
	int index;
	bool up;
	char name[NETLINK_NAME];
};

static int read_link(const struct nlmsghdr *m, void *arg)
{
	const struct ifinfomsg *info = lib.mnl_nlmsg_get_payload(m);
	const struct nlattr *attr;
	struct found *f = arg;

	if (m->nlmsg_type != RTM_NEWLINK)
		return MNL_CB_OK;
	f->index = info->ifi_index;
	f->up = info->ifi_flags & IFF_UP;
	for (attr = first_attr(m, sizeof(*info)); attr; attr = next_attr(m, attr)) {
		if (lib.mnl_attr_get_type(attr) == IFLA_IFNAME &&
			lib.mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) == 0)
			snprintf(f->name, sizeof(f->name), "%s",
				lib.mnl_attr_get_str(attr));
	}
	return MNL_CB_OK;
}

int netlink_find(
	struct netlink *nl, const char *name, int *index, bool *up, struct error *e)
{
	_Alignas(8) char buf[REQUEST_MAX];
	struct nlmsghdr *m = link_request(nl, buf, RTM_GETLINK, NLM_F_ACK, 0, 0);
	struct found f = { .index = 0 };
	int r;

	lib.mnl_attr_put_strz(m, IFLA_IFNAME, name);
	r = talk(nl, m, read_link, &f);
	if (r == -ENODEV)
		return r;
	if (r < 0)
		return err_sys(e, -r, "RTM_GETLINK",
			"cannot look for the network device %s", name);
	if (f.index == 0)
		return -ENODEV;
	*index = f.index;
	if (up)
		*up = f.up;
	return 0;
}

int netlink_name(struct netlink *nl, int index, char name[NETLINK_NAME], struct error *e)
{
	_Alignas(8) char buf[REQUEST_MAX];
	struct nlmsghdr *m = link_request(nl, buf, RTM_GETLINK, NLM_F_ACK, index, 0);
	struct found f = { .index = 0 };
	int r = talk(nl, m, read_link, &f);

	if (r == -ENODEV || (r == 0 && !f.name[0]))
		return -ENODEV;
	if (r < 0)
		return err_sys(e, -r, "RTM_GETLINK",
			"cannot look for the network device number %d", index);
	memcpy(name, f.name, sizeof(f.name));
	return 0;
}

int netlink_move(
	struct netlink *nl, int index, int netns, const char *name, struct error *e)
{
	_Alignas(8) char buf[REQUEST_MAX];
	struct nlmsghdr *m = link_request(nl, buf, RTM_NEWLINK, NLM_F_ACK, index, 0);
	int r;

	lib.mnl_attr_put_u32(m, IFLA_NET_NS_FD, (uint32_t)netns);
	if (name)
		lib.mnl_attr_put_strz(m, IFLA_IFNAME, name);
	r = talk(nl, m, NULL, NULL);
	return r < 0 ? err_sys(e, -r, "RTM_NEWLINK", "cannot move it") : 0;
}

struct moving {
	int index, now; /* now 0: not seen */
};

static int read_move(const struct nlmsghdr *m, void *arg)
{
	const struct ifinfomsg *info = lib.mnl_nlmsg_get_payload(m);
	const struct nlattr *attr;
	struct moving *v = arg;

	if (m->nlmsg_type != RTM_DELLINK || info->ifi_index != v->index)
		return MNL_CB_OK;
	for (attr = first_attr(m, sizeof(*info)); attr; attr = next_attr(m, attr)) {
		if (lib.mnl_attr_get_type(attr) == LINK_NEW_IFINDEX &&
			lib.mnl_attr_validate(attr, MNL_TYPE_U32) == 0)
			v->now = (int)lib.mnl_attr_get_u32(attr);
	}
	return MNL_CB_OK;
}

/* The kernel has queued what it had to say before it answered the request. */
int netlink_moved(struct netlink *listener, int index, int *out, struct error *e)
{
	struct moving v = { .index = index };
	_Alignas(8) char buf[ANSWER_MAX];

	while (v.now == 0) {
		ssize_t n = recv(lib.mnl_socket_get_fd(sock(listener)), buf, sizeof(buf),
			MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return -ENODATA;
		if (n < 0)
			return err_sys(
				e, errno, "recv", "cannot learn what became of it");
		if (lib.mnl_cb_run(buf, (size_t)n, 0, 0, read_move, &v) < 0)
			return err_sys(
				e, errno, "recv", "cannot learn what became of it");
	}
	*out = v.now;
	return 0;
}

int netlink_up(struct netlink *nl, int index, struct error *e)
{
	_Alignas(8) char buf[REQUEST_MAX];
	struct nlmsghdr *m = link_request(nl, buf, RTM_NEWLINK, NLM_F_ACK, index, IFF_UP);
	int r = talk(nl, m, NULL, NULL);

	return r < 0 ? err_sys(e, -r, "RTM_NEWLINK", "cannot bring it up") : 0;
}

struct addresses {
	int index;
	struct arena *arena;
	struct netlink_addr *list;
	size_t n;
};

static uint32_t flags_of(const struct nlmsghdr *m)
{
	const struct ifaddrmsg *addr = lib.mnl_nlmsg_get_payload(m);
	const struct nlattr *attr;
	uint32_t flags = addr->ifa_flags;

	for (attr = first_attr(m, sizeof(*addr)); attr; attr = next_attr(m, attr)) {
		if (lib.mnl_attr_get_type(attr) == ADDR_FLAGS &&
			lib.mnl_attr_validate(attr, MNL_TYPE_U32) == 0)
			flags = lib.mnl_attr_get_u32(attr);
	}
	return flags;
}

static int read_address(const struct nlmsghdr *m, void *arg)
{
	const struct ifaddrmsg *addr = lib.mnl_nlmsg_get_payload(m);
	struct addresses *found = arg;
	struct netlink_addr *grown;

	if (m->nlmsg_type != RTM_NEWADDR || (int)addr->ifa_index != found->index ||
		(addr->ifa_family != AF_INET && addr->ifa_family != AF_INET6) ||
		addr->ifa_scope != RT_SCOPE_UNIVERSE || !(flags_of(m) & IFA_F_PERMANENT))
		return MNL_CB_OK;
	grown = arena_grow(found->arena, found->list, found->n, sizeof(*grown));
	if (grown) {
		found->list = grown;
		grown[found->n].message = arena_memdup(found->arena, m, m->nlmsg_len);
	}
	if (!grown || !grown[found->n].message) {
		errno = ENOMEM;
		return MNL_CB_ERROR;
	}
	found->n++;
	return MNL_CB_OK;
}

int netlink_addresses(struct netlink *nl, int index, struct arena *a,
	struct netlink_addr **out, size_t *n, struct error *e)
{
	struct addresses found = { .index = index, .arena = a };
	_Alignas(8) char buf[REQUEST_MAX];
	struct nlmsghdr *m = request(nl, buf, RTM_GETADDR, NLM_F_DUMP);
	struct ifaddrmsg *addr = lib.mnl_nlmsg_put_extra_header(m, sizeof(*addr));
	int r;

	addr->ifa_family = AF_UNSPEC;
	r = talk(nl, m, read_address, &found);
	if (r < 0)
		return err_sys(e, -r, "RTM_GETADDR", "cannot list its addresses");
	*out = found.list;
	*n = found.n;
	return 0;
}

/* The kernel's own rule for labels when a device is renamed: the name's part follows. */
static bool put_label(
	struct nlmsghdr *m, const char *label, const char *old, const char *now)
{
	char text[2 * NETLINK_NAME];
	size_t n = strlen(old);

	if (strncmp(label, old, n) != 0 || (label[n] != '\0' && label[n] != ':'))
		return lib.mnl_attr_put_strz_check(m, REQUEST_MAX, IFA_LABEL, label);
	snprintf(text, sizeof(text), "%s%s", now, label + n);
	text[NETLINK_NAME - 1] = '\0';
	return lib.mnl_attr_put_strz_check(m, REQUEST_MAX, IFA_LABEL, text);
}

/* The kernel tells of a permanent IPv4 address that is deprecated by the flag alone. */
static bool put_lifetime(struct nlmsghdr *m, const struct nlattr *attr, bool deprecated)
{
	struct ifa_cacheinfo info;

	memcpy(&info, lib.mnl_attr_get_payload(attr), sizeof(info));
	if (deprecated)
		info.ifa_prefered = 0;
	return lib.mnl_attr_put_check(m, REQUEST_MAX, IFA_CACHEINFO, sizeof(info), &info);
}

static bool put_attribute(struct nlmsghdr *m, const struct nlattr *attr, uint32_t flags,
	const char *old, const char *now)
{
	switch (lib.mnl_attr_get_type(attr)) {
	case ADDR_NETNSID:
		return true;
	case ADDR_FLAGS:
		return lib.mnl_attr_put_u32_check(
			m, REQUEST_MAX, ADDR_FLAGS, flags & ADDR_WANTED);
	case IFA_CACHEINFO:
		if (lib.mnl_attr_get_payload_len(attr) >= sizeof(struct ifa_cacheinfo))
			return put_lifetime(m, attr, flags & IFA_F_DEPRECATED);
		break;
	case IFA_LABEL:
		if (lib.mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) == 0)
			return put_label(m, lib.mnl_attr_get_str(attr), old, now);
		break;
	}
	return lib.mnl_attr_put_check(m, REQUEST_MAX, lib.mnl_attr_get_type(attr),
		lib.mnl_attr_get_payload_len(attr), lib.mnl_attr_get_payload(attr));
}

int netlink_add_address(struct netlink *nl, int index, const struct netlink_addr *addr,
	const char *old, const char *now, struct error *e)
{
	const struct nlmsghdr *was = addr->message;
	const struct ifaddrmsg *from = lib.mnl_nlmsg_get_payload(was);
	const uint32_t flags = flags_of(was);
	const struct nlattr *attr;
	_Alignas(8) char buf[REQUEST_MAX];
	struct nlmsghdr *m =
		request(nl, buf, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
	struct ifaddrmsg *to = lib.mnl_nlmsg_put_extra_header(m, sizeof(*to));
	bool fits = true;
	int r;

	*to = *from;
	to->ifa_index = (uint32_t)index;
	to->ifa_flags = (uint8_t)(flags & ADDR_WANTED);
	for (attr = first_attr(was, sizeof(*from)); attr; attr = next_attr(was, attr))
		fits = fits && put_attribute(m, attr, flags, old, now);
	r = fits ? talk(nl, m, NULL, NULL) : -EMSGSIZE;
	return r < 0 ? err_sys(e, -r, "RTM_NEWADDR",
			       "cannot give it one of its addresses again")
		     : 0;
}
