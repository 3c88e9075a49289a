/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network devices of the host move into the container's network namespace. init asks when it has
 * one, the parent does it: from the runtime's namespace, with sockets in both.
 */
#include "config.h"

#include "setup/steps.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/log.h"
#include "setup/netlink.h"
#include "sync/message.h"
#include "sys/ns.h"

#define LIST_TRIES 20

struct device {
	const struct plan_netdev *plan;
	int index; /* on the host, later in the container */
	bool up;
	struct netlink_addr *addrs;
	size_t n_addrs;
};

struct move {
	struct arena arena;
	struct netlink host, listener, inside;
	int home, target; /* network namespaces */
	bool made;	  /* target is new: nobody else is in it yet */
	struct device *devices;
	size_t n;
};

static void move_done(struct move *m)
{
	netlink_close(&m->host);
	netlink_close(&m->listener);
	netlink_close(&m->inside);
	cleanup_fd(&m->home);
	cleanup_fd(&m->target);
	arena_done(&m->arena);
}

static const char *wanted_name(const struct plan_netdev *d)
{
	return d->name ? d->name : d->host_name;
}

/* NET-04: the kernel chooses the number. */
static bool is_template(const char *name)
{
	return strchr(name, '%');
}

static int at_device(const struct plan_netdev *d, struct error *e)
{
	err_wrap(e, "the network device %s", d->host_name);
	step_origin(e, d->at_line, d->at_column, d->at_path);
	return e ? e->code : -EIO;
}

/* A list that changes while it is read is read again, by another socket: what is left of the
 * first would come between. */
static int list_addresses(struct move *m, struct device *d, struct error *e)
{
	int r = -EINTR;

	for (int i = 0; r == -EINTR && i < LIST_TRIES; i++) {
		auto_netlink struct netlink nl = NETLINK_INIT;

		r = netlink_open(-EBADF, false, &nl, e);
		if (r == 0)
			r = netlink_addresses(
				&nl, d->index, &m->arena, &d->addrs, &d->n_addrs, e);
	}
	return r;
}

/* NET-01, NET-03: everything that can be known is asked before anything is changed. */
static int look_at(struct move *m, struct device *d, struct error *e)
{
	const char *name = wanted_name(d->plan);
	int taken, r;

	r = netlink_find(&m->host, d->plan->host_name, &d->index, &d->up, e);
	if (r == -ENODEV)
		return err_set(e, ERR_HOST, r, "there is none of that name here: ENODEV");
	if (r < 0)
		return r;
	r = is_template(name) ? -ENODEV : netlink_find(&m->inside, name, &taken, NULL, e);
	if (r == 0)
		return err_set(e, ERR_HOST, -EEXIST,
			"the container's network namespace has a device %s already: EEXIST",
			name);
	return r == -ENODEV ? list_addresses(m, d, e) : r;
}

/*
 * The kernel moves first and renames then: when the name was taken in between, the device is there
 * under its old one. It goes home as it was. Not from a namespace that was there before: whoever
 * owns that may have put a device of his own in its place, under its number, and what then had the
 * host's name and addresses would be his (I9).
 */
static void bring_back(struct move *m, struct device *d, struct error *why)
{
	auto_error struct error e = ERROR_INIT;
	const char *name = d->plan->host_name;
	int there, r = netlink_moved(&m->listener, d->index, &there, &e);

	if (r == -ENODATA)
		return;
	if (r == 0 && !m->made) {
		err_hint(
			why, "it is in the network namespace that was joined, and stays");
		return;
	}
	if (r == 0)
		r = netlink_move(&m->inside, there, m->home, name, &e);
	if (r == 0)
		r = netlink_find(&m->host, name, &d->index, NULL, &e);
	for (size_t i = 0; r == 0 && i < d->n_addrs; i++)
		r = netlink_add_address(&m->host, d->index, &d->addrs[i], name, name, &e);
	if (r == 0 && d->up)
		r = netlink_up(&m->host, d->index, &e);
	if (r < 0)
		log_warning("the network device %s could not be brought back: %s", name,
			e.text ? e.text : err_name(r));
}

static int move_one(struct move *m, struct device *d, struct error *e)
{
	const char *host_name = d->plan->host_name;
	char name[NETLINK_NAME];
	int there, r;

	r = netlink_move(&m->host, d->index, m->target, d->plan->name, e);
	if (r < 0) {
		bring_back(m, d, e);
		if (r == -EINVAL)
			err_hint(e,
				"some devices belong to their namespace, as loopback does");
		return r;
	}
	/* By its number, never by name: a template's is the kernel's choice (NET-04), and names can
	 * be changed by whoever owns the namespace. */
	r = netlink_moved(&m->listener, d->index, &there, e);
	if (r == -ENODATA)
		return err_set(
			e, ERR_SYSTEM, r, "the kernel did not tell its new number");
	if (r < 0)
		return r;
	r = netlink_name(&m->inside, there, name, e);
	if (r == -ENODEV)
		return err_set(e, ERR_SYSTEM, r, "it went away");
	/* NET-05, NET-06 */
	for (size_t i = 0; r == 0 && i < d->n_addrs; i++)
		r = netlink_add_address(
			&m->inside, there, &d->addrs[i], host_name, name, e);
	return r == 0 ? netlink_up(&m->inside, there, e) : r;
}

static int open_all(const struct plan *plan, pid_t pid, struct move *m, struct error *e)
{
	int r;

	m->devices = arena_array(&m->arena, plan->n_net_devices, sizeof(*m->devices));
	if (!m->devices)
		return err_sys(e, ENOMEM, "malloc", "cannot move network devices");
	m->n = plan->n_net_devices;
	m->made = plan->new_flags & ns_table[NS_NET].flag;
	m->home = ns_open_pid(getpid(), NS_NET, e);
	if (m->home < 0)
		return m->home;
	m->target = ns_open_pid(pid, NS_NET, e);
	if (m->target < 0)
		return m->target;
	if (ns_same(m->home, m->target))
		return err_set(e, ERR_CONFIG, -EINVAL,
			"the container's network namespace is ours: network devices have "
			"nowhere to go");
	r = netlink_open(-EBADF, false, &m->host, e);
	/* Before anything moves. */
	if (r == 0)
		r = netlink_open(-EBADF, true, &m->listener, e);
	if (r == 0)
		r = netlink_open(m->target, false, &m->inside, e);
	return r;
}

int step_net_move(const struct plan *plan, pid_t pid, struct error *e)
{
	struct move m = { .arena = ARENA_INIT, .home = -EBADF, .target = -EBADF };
	int r = open_all(plan, pid, &m, e);

	for (size_t i = 0; r == 0 && i < m.n; i++) {
		m.devices[i].plan = &plan->net_devices[i];
		r = look_at(&m, &m.devices[i], e);
		if (r < 0)
			at_device(m.devices[i].plan, e);
	}
	for (size_t i = 0; r == 0 && i < m.n; i++) {
		r = move_one(&m, &m.devices[i], e);
		if (r < 0)
			at_device(m.devices[i].plan, e);
	}
	move_done(&m);
	return r;
}

static int apply_net_devices(struct step_ctx *ctx, struct error *e)
{
	return ctx->ask(ctx, MSG_NEED_NETDEV, 0, NULL, e);
}

static bool wants_net_devices(const struct plan *plan)
{
	return plan->n_net_devices > 0;
}

/* No undo: a device that has moved is the kernel's to give back or to end (NET-08). */
const struct step step_net_devices = {
	.name = "net-devices",
	.actor = ACTOR_INIT,
	.phase = PHASE_NAMESPACES,
	.after = (const char *const[]){ "join", "become-root", NULL },
	.why = "the network namespace is there, and hooks come after it",
	.wanted = wants_net_devices,
	.apply = apply_net_devices,
};
