/* SPDX-License-Identifier: Apache-2.0 */
/* Messages between our own processes: kinds, who sends them, in which phase, what they carry. */
#ifndef DAVIT_SYNC_MESSAGE_H
#define DAVIT_SYNC_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

#define MSG_MAX 8192
#define MSG_MAX_FDS 4

/* Numbers are an ABI between releases for START, EXEC, ERROR (start.sock): never renumber. */
enum msg_kind {
	MSG_DONE = 1,	    /* parent: the answer; errnum, a descriptor for NEED_MOUNT */
	MSG_START = 2,	    /* start command: go */
	MSG_EXEC = 3,	    /* init: execve comes next; then end-of-file is success */
	MSG_ERROR = 4,	    /* any child: packed error */
	MSG_READY = 5,	    /* init: restricted, waits for START */
	MSG_LOG = 6,	    /* any child: level in arg, text */
	MSG_NEED_IDMAP = 7, /* init, relay */
	MSG_INIT_BORN = 8,  /* relay: pidfd of init */
	MSG_NEED_CGROUP = 9,
	MSG_NEED_HOOKS = 10, /* prestart and createRuntime; payload none */
	MSG_NEED_MOUNT = 11, /* arg: index in plan.mounts, UINT32_MAX: root; answer: fd */
	MSG_NEED_LIMITS = 12,
	MSG_NEED_NETDEV = 13,
	MSG_CONSOLE = 14,
	MSG_SECCOMP_FD = 15,
	MSG_NEED_SCHED = 16, /* arg: scheduler or I/O priority, enum step_sched */
	MSG_KINDS
};

enum msg_phase {
	MSGP_BORN = 1,
	MSGP_NAMESPACES = 2,
	MSGP_ROOT = 4,
	MSGP_INSIDE = 8,
	MSGP_RESTRICTED = 16,
	MSGP_FINAL = 32,
	MSGP_ANY = 63
};
enum msg_sender { MSGS_PARENT = 1, MSGS_RELAY = 2, MSGS_INIT = 4, MSGS_START = 8 };

struct msg_info {
	const char *name;
	unsigned senders; /* enum msg_sender bits */
	unsigned phases;  /* enum msg_phase bits */
	bool once;	  /* a second one is a protocol error */
	bool asks;	  /* is answered by MSG_DONE */
	unsigned max_fds;
	uint32_t max_payload;
};
/* The row of a kind or NULL. */
const struct msg_info *msg_info(uint32_t kind);

struct msg {
	uint32_t kind, phase, arg;
	int32_t errnum; /* of MSG_DONE: 0 or positive errno */
	uint32_t len;	/* payload bytes */
	const void *payload;
};

/* Header and payload to bytes (out has MSG_MAX); bytes written or -E2BIG. */
int msg_encode(const struct msg *m, unsigned char out[MSG_MAX]);
/* From hostile bytes; payload points into in. -EBADMSG. Unknown kinds are fine here. */
int msg_decode(const void *in, size_t n, struct msg *out);

#endif
