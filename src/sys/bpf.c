/* SPDX-License-Identifier: Apache-2.0 */
/* Device programs of cgroup v2: load, attach, replace, query (bpf(2)). */
#include "config.h"

#include "sys/bpf.h"

#include <linux/bpf.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sys/probe.h"
#include "sys/syscalls.h"

#define LOG_SIZE 65536
#define MAX_PROGRAMS 64 /* the kernel's limit for one cgroup (BPF_CGROUP_MAX_PROGS) */
#define LOAD_TRIES 5

static int load(const void *insns, size_t n, char *log, uint32_t log_size)
{
	static const char license[] = "Apache-2.0";
	union bpf_attr attr;
	int r = -EAGAIN;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insn_cnt = (uint32_t)n;
	attr.insns = (uint64_t)(uintptr_t)insns;
	attr.license = (uint64_t)(uintptr_t)license;
	attr.log_buf = (uint64_t)(uintptr_t)log;
	attr.log_size = log_size;
	attr.log_level = log_size ? 1 : 0;
	/* EAGAIN: a signal came while the verifier was at work. */
	for (int i = 0; r == -EAGAIN && i < LOAD_TRIES; i++)
		r = sys_raw_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
	return r;
}

/* Before 5.11 programs count against RLIMIT_MEMLOCK, EPERM is its refusal. */
static int load_with_memory(const void *insns, size_t n)
{
	struct rlimit all = { .rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY };
	struct rlimit old;
	int r = load(insns, n, NULL, 0);

	if (r != -EPERM || getrlimit(RLIMIT_MEMLOCK, &old) < 0 ||
		setrlimit(RLIMIT_MEMLOCK, &all) < 0)
		return r;
	r = load(insns, n, NULL, 0);
	if (setrlimit(RLIMIT_MEMLOCK, &old) < 0 && r >= 0) {
		close(r);
		return -errno;
	}
	return r;
}

/* The verifier's last line that says something, not the statistics behind it. */
static const char *last_line(char *log)
{
	for (;;) {
		char *nl;
		size_t len = strlen(log);

		while (len > 0 && log[len - 1] == '\n')
			log[--len] = '\0';
		nl = strrchr(log, '\n');
		if (!nl || strncmp(nl + 1, "processed ", 10) != 0)
			return nl ? nl + 1 : log;
		*nl = '\0';
	}
}

int bpf_load_device(const void *insns, size_t n, struct error *e)
{
	auto_free char *log = NULL;
	int r = load_with_memory(insns, n);
	int again;

	if (r >= 0)
		return r;
	/* Only now with a log: it costs the kernel time, and the caller memory. */
	log = calloc(1, LOG_SIZE);
	if (log && r != -EPERM) {
		again = load(insns, n, log, LOG_SIZE);
		if (again >= 0)
			return again;
	}
	if (log && log[0])
		return err_sys(e, -r, "bpf",
			"cannot load a device program of %zu instructions (%s)", n,
			last_line(log));
	return err_sys(
		e, -r, "bpf", "cannot load a device program of %zu instructions", n);
}

static int attach(int prog_fd, int cgroup_fd, uint32_t flags, int replaced_fd)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)cgroup_fd;
	attr.attach_bpf_fd = (uint32_t)prog_fd;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = flags;
	attr.replace_bpf_fd = replaced_fd < 0 ? 0 : (uint32_t)replaced_fd;
	return sys_raw_bpf(BPF_PROG_ATTACH, &attr, sizeof(attr));
}

static int detach(int prog_fd, int cgroup_fd)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)cgroup_fd;
	attr.attach_bpf_fd = (uint32_t)prog_fd;
	attr.attach_type = BPF_CGROUP_DEVICE;
	return sys_raw_bpf(BPF_PROG_DETACH, &attr, sizeof(attr));
}

int bpf_attach_device(int prog_fd, int cgroup_fd, struct error *e)
{
	int r = attach(prog_fd, cgroup_fd, BPF_F_ALLOW_MULTI, -EBADF);

	return r < 0 ? err_sys(e, -r, "bpf",
			       "cannot attach a device program to the cgroup")
		     : 0;
}

/* The programs attached to this cgroup itself, not to those above. */
static int query(int cgroup_fd, uint32_t ids[MAX_PROGRAMS], uint32_t *n)
{
	union bpf_attr attr;
	int r;

	memset(&attr, 0, sizeof(attr));
	attr.query.target_fd = (uint32_t)cgroup_fd;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.query.prog_cnt = MAX_PROGRAMS;
	attr.query.prog_ids = (uint64_t)(uintptr_t)ids;
	r = sys_raw_bpf(BPF_PROG_QUERY, &attr, sizeof(attr));
	*n = attr.query.prog_cnt;
	return r;
}

static int program_by_id(uint32_t id)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_id = id;
	return sys_raw_bpf(BPF_PROG_GET_FD_BY_ID, &attr, sizeof(attr));
}

/* 1: done; 0: this kernel cannot. */
static int replace_one(int prog_fd, int cgroup_fd, uint32_t id, struct error *e)
{
	auto_fd int old = -EBADF;
	int r;

	if (!sys_maybe(SYS_BPF_REPLACE))
		return 0;
	old = program_by_id(id);
	if (old < 0)
		return err_sys(e, -old, "bpf", "cannot get the device program in force");
	r = attach(prog_fd, cgroup_fd, BPF_F_ALLOW_MULTI | BPF_F_REPLACE, old);
	if (r == -EINVAL && !sys_has(SYS_BPF_REPLACE)) {
		sys_lacks(SYS_BPF_REPLACE);
		return 0;
	}
	return r < 0 ? err_sys(e, -r, "bpf", "cannot replace the device program") : 1;
}

int bpf_replace_device(int prog_fd, int cgroup_fd, struct error *e)
{
	uint32_t ids[MAX_PROGRAMS];
	uint32_t n = 0;
	int r = query(cgroup_fd, ids, &n);

	if (r < 0)
		return err_sys(
			e, -r, "bpf", "cannot list the device programs of the cgroup");
	if (n == 1) {
		r = replace_one(prog_fd, cgroup_fd, ids[0], e);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	/* An access needs the consent of all programs, so with old and new together
	 * less is allowed, never more. */
	r = bpf_attach_device(prog_fd, cgroup_fd, e);
	for (uint32_t i = 0; r == 0 && i < n; i++) {
		auto_fd int old = program_by_id(ids[i]);

		r = old < 0 ? old : detach(old, cgroup_fd);
		if (r < 0)
			r = err_sys(e, -r, "bpf", "cannot detach an old device program");
	}
	return r;
}
