/* SPDX-License-Identifier: Apache-2.0 */
/* THE table of message kinds, and messages as bytes. */
#include "config.h"

#include "sync/message.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"

#define ERRNO_MAX 4095

/* Host order: both ends are on one machine, though not always of one release. */
struct head {
	uint32_t kind, phase, arg;
	int32_t errnum;
	uint32_t len;
};

#define PAYLOAD_MAX (MSG_MAX - (uint32_t)sizeof(struct head))
#define EARLY (MSGP_BORN | MSGP_NAMESPACES)
#define CHILDREN (MSGS_RELAY | MSGS_INIT)

static const struct msg_info kinds[MSG_KINDS] = {
	[MSG_DONE] = { .name = "DONE",
		.senders = MSGS_PARENT,
		.phases = MSGP_ANY,
		.max_fds = 1 },
	[MSG_START] = { .name = "START", .senders = MSGS_START, .phases = MSGP_ANY },
	[MSG_EXEC] = { .name = "EXEC",
		.senders = MSGS_INIT,
		.phases = MSGP_FINAL,
		.once = true },
	/* The parent's refusal of a request is an ERROR too. */
	[MSG_ERROR] = { .name = "ERROR",
		.senders = MSGS_PARENT | CHILDREN,
		.phases = MSGP_ANY,
		.max_payload = PAYLOAD_MAX },
	[MSG_READY] = { .name = "READY",
		.senders = MSGS_INIT,
		.phases = MSGP_RESTRICTED,
		.once = true },
	[MSG_LOG] = { .name = "LOG",
		.senders = CHILDREN,
		.phases = MSGP_ANY,
		.max_payload = PAYLOAD_MAX },
	[MSG_NEED_IDMAP] = { .name = "NEED_IDMAP",
		.senders = CHILDREN,
		.phases = EARLY,
		.once = true,
		.asks = true },
	/* Not answered: the relay ends at once, and is waited for instead. */
	[MSG_INIT_BORN] = { .name = "INIT_BORN",
		.senders = MSGS_RELAY,
		.phases = EARLY,
		.once = true,
		.max_fds = 1 },
	[MSG_NEED_CGROUP] = { .name = "NEED_CGROUP",
		.senders = CHILDREN,
		.phases = EARLY,
		.once = true,
		.asks = true },
	[MSG_NEED_HOOKS] = { .name = "NEED_HOOKS",
		.senders = MSGS_INIT,
		.phases = MSGP_ROOT,
		.once = true,
		.asks = true },
	[MSG_NEED_MOUNT] = { .name = "NEED_MOUNT",
		.senders = MSGS_INIT,
		.phases = MSGP_ROOT,
		.asks = true },
	[MSG_NEED_LIMITS] = { .name = "NEED_LIMITS",
		.senders = CHILDREN,
		.phases = MSGP_ANY & ~MSGP_FINAL,
		.once = true,
		.asks = true },
	[MSG_NEED_SCHED] = { .name = "NEED_SCHED",
		.senders = MSGS_INIT,
		.phases = MSGP_RESTRICTED,
		.asks = true },
	[MSG_NEED_NETDEV] = { .name = "NEED_NETDEV",
		.senders = MSGS_INIT,
		.phases = MSGP_NAMESPACES,
		.once = true,
		.asks = true },
	[MSG_CONSOLE] = { .name = "CONSOLE",
		.senders = MSGS_INIT,
		.phases = MSGP_INSIDE,
		.once = true,
		.asks = true,
		.max_fds = 1 },
	[MSG_SECCOMP_FD] = { .name = "SECCOMP_FD",
		.senders = MSGS_INIT,
		.phases = MSGP_RESTRICTED | MSGP_FINAL,
		.once = true,
		.asks = true,
		.max_fds = 1 },
};

const struct msg_info *msg_info(uint32_t kind)
{
	if (kind >= ARRAY_SIZE(kinds) || !kinds[kind].name)
		return NULL;
	return &kinds[kind];
}

int msg_encode(const struct msg *m, unsigned char out[MSG_MAX])
{
	const struct head h = { m->kind, m->phase, m->arg, m->errnum, m->len };

	if (m->len > PAYLOAD_MAX)
		return -E2BIG;
	memcpy(out, &h, sizeof(h));
	if (m->len)
		memcpy(out + sizeof(h), m->payload, m->len);
	return (int)(sizeof(h) + m->len);
}

int msg_decode(const void *in, size_t n, struct msg *out)
{
	struct head h;

	if (n < sizeof(h) || n > MSG_MAX)
		return -EBADMSG;
	memcpy(&h, in, sizeof(h));
	if (h.len != n - sizeof(h) || h.errnum < 0 || h.errnum > ERRNO_MAX)
		return -EBADMSG;
	*out = (struct msg){
		.kind = h.kind,
		.phase = h.phase,
		.arg = h.arg,
		.errnum = h.errnum,
		.len = h.len,
		.payload = h.len ? (const char *)in + sizeof(h) : NULL,
	};
	return 0;
}
