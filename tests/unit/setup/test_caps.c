/* SPDX-License-Identifier: Apache-2.0 */
/* Ids, five capability sets, securebits, no_new_privs: exact, or no start (G1, G4 to G6, G8). */
#include "config.h"

#include "world.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sync/message.h"

#define BIT(n) (1ull << (n))

static int capget(struct __user_cap_header_struct *h, struct __user_cap_data_struct *d)
{
	return (int)syscall(SYS_capget, h, d);
}

static int capset(struct __user_cap_header_struct *h, struct __user_cap_data_struct *d)
{
	return (int)syscall(SYS_capset, h, d);
}

struct status {
	unsigned long long inh, prm, eff, bnd, amb;
	unsigned uid[4], gid[4];
	int nnp;
};

/* As the kernel tells it, not as we would compute it. */
static int read_status(const char *path, struct status *s)
{
	auto_file FILE *f = fopen(path, "re");
	char line[512];

	memset(s, 0, sizeof(*s));
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		sscanf(line, "CapInh: %llx", &s->inh);
		sscanf(line, "CapPrm: %llx", &s->prm);
		sscanf(line, "CapEff: %llx", &s->eff);
		sscanf(line, "CapBnd: %llx", &s->bnd);
		sscanf(line, "CapAmb: %llx", &s->amb);
		sscanf(line, "NoNewPrivs: %d", &s->nnp);
		sscanf(line, "Uid: %u %u %u %u", &s->uid[0], &s->uid[1], &s->uid[2],
			&s->uid[3]);
		sscanf(line, "Gid: %u %u %u %u", &s->gid[0], &s->gid[1], &s->gid[2],
			&s->gid[3]);
	}
	return 0;
}

struct expect {
	struct plan_process p;
	struct plan_caps caps;
	struct status want;
};

static int restrict_all(struct step_ctx *ctx, struct error *e)
{
	const struct step *const order[] = { &step_bounding, &step_ids, &step_caps,
		&step_nnp };

	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		int r;

		if (order[i]->wanted && !order[i]->wanted(ctx->plan))
			continue;
		r = order[i]->apply(ctx, e);
		if (r < 0)
			return r;
	}
	return 0;
}

static int check_ids(const struct status *s, const struct expect *x)
{
	for (int i = 0; i < 4; i++)
		CHECK(s->uid[i] == x->p.uid && s->gid[i] == x->p.gid);
	return 0;
}

static int try_sets(void *arg)
{
	struct expect *x = arg;
	struct plan plan = { .process = &x->p };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct status s;

	if (geteuid() != 0)
		return 77;
	step_ctx_init(&ctx, &plan);
	CHECK_OK(restrict_all(&ctx, &e), &e);
	CHECK(read_status("/proc/self/status", &s) == 0);
	CHECK(check_ids(&s, x) == 0);
	if (s.inh != x->want.inh || s.prm != x->want.prm || s.eff != x->want.eff ||
		s.bnd != x->want.bnd || s.amb != x->want.amb)
		fprintf(stderr, "inh %llx prm %llx eff %llx bnd %llx amb %llx\n", s.inh,
			s.prm, s.eff, s.bnd, s.amb);
	CHECK(s.inh == x->want.inh && s.prm == x->want.prm && s.eff == x->want.eff);
	CHECK(s.bnd == x->want.bnd && s.amb == x->want.amb);
	CHECK(s.nnp == x->want.nnp);
	CHECK(prctl(PR_GET_SECUREBITS) == 0 ||
		prctl(PR_GET_SECUREBITS) == SECBIT_KEEP_CAPS);
	step_ctx_done(&ctx);
	return 0;
}

static void expect(struct expect *x)
{
	int r = in_child(try_sets, x);

	if (r == 77) {
		fprintf(stderr, "SKIP: capabilities are changed by root only\n");
		skip();
	}
	assert_int_equal(r, 0);
}

#define SOME (BIT(CAP_CHOWN) | BIT(CAP_KILL) | BIT(CAP_NET_BIND_SERVICE))

static void test_root_with_some(void **state)
{
	struct expect x = {
		.caps = { .bounding = SOME, .effective = SOME, .permitted = SOME },
		.want = { .prm = SOME, .eff = SOME, .bnd = SOME }
	};

	(void)state;
	x.p.caps = &x.caps;
	expect(&x);
}

static void test_user_with_some(void **state)
{
	struct expect x = { .caps = { .bounding = SOME,
				    .effective = BIT(CAP_KILL),
				    .permitted = SOME },
		.p = { .uid = 1000, .gid = 2000 },
		.want = { .prm = SOME, .eff = BIT(CAP_KILL), .bnd = SOME } };

	(void)state;
	x.p.caps = &x.caps;
	expect(&x);
}

static void test_user_with_ambient(void **state)
{
	struct expect x = { .caps = { .bounding = SOME,
				    .effective = SOME,
				    .permitted = SOME,
				    .inheritable = SOME,
				    .ambient = BIT(CAP_KILL) },
		.p = { .uid = 1000, .gid = 1000, .no_new_privileges = true },
		.want = { .prm = SOME,
			.eff = SOME,
			.bnd = SOME,
			.inh = SOME,
			.amb = BIT(CAP_KILL),
			.nnp = 1 } };

	(void)state;
	x.p.caps = &x.caps;
	expect(&x);
}

/* PROC-15: what cannot be granted is left out with a warning. */
static void test_ambient_beyond(void **state)
{
	struct expect x = { .caps = { .bounding = SOME,
				    .permitted = SOME,
				    .inheritable = BIT(CAP_CHOWN),
				    .ambient = BIT(CAP_KILL) | BIT(CAP_CHOWN) },
		.want = { .prm = SOME,
			.bnd = SOME,
			.inh = BIT(CAP_CHOWN),
			.amb = BIT(CAP_CHOWN) } };

	(void)state;
	x.p.caps = &x.caps;
	expect(&x);
}

/* Inheritable alone, beyond nothing else (G1: exactly what is asked). */
static void test_inheritable_only(void **state)
{
	struct expect x = { .caps = { .bounding = SOME, .inheritable = BIT(CAP_KILL) },
		.p = { .uid = 5, .gid = 5 },
		.want = { .bnd = SOME, .inh = BIT(CAP_KILL) } };

	(void)state;
	x.p.caps = &x.caps;
	expect(&x);
}

static void test_none(void **state)
{
	struct expect x = { .p = { .uid = 1000, .gid = 1000 }, .want = { .nnp = 0 } };

	(void)state;
	/* Absent is none. */
	expect(&x);
	x.p.uid = x.p.gid = 0;
	expect(&x);
	x.p.caps = &x.caps;
	expect(&x);
}

static int dirty_caller(void *arg)
{
	/* Ambient and inheritable sets, securebits: the caller's are not the container's. */
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2];

	if (geteuid() != 0)
		return 77;
	if (capget(&h, d) < 0)
		return 2;
	d[0].inheritable = d[0].permitted;
	d[1].inheritable = d[1].permitted;
	if (capset(&h, d) < 0 ||
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0) < 0)
		return 3;
	if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP | SECBIT_NOROOT) < 0)
		return 4;
	return try_sets(arg);
}

static void test_dirty_caller(void **state)
{
	struct expect x = {
		.caps = { .bounding = SOME, .effective = SOME, .permitted = SOME },
		.p = { .uid = 1000, .gid = 1000 },
		.want = { .prm = SOME, .eff = SOME, .bnd = SOME }
	};
	int r;

	(void)state;
	x.p.caps = &x.caps;
	r = in_child(dirty_caller, &x);
	if (r == 77)
		skip();
	assert_int_equal(r, 0);
}

/* Locked bits cannot be reset: no start. */
static int locked_securebits(void *arg)
{
	struct plan_process p = { .uid = 0 };
	struct plan plan = { .process = &p };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;

	(void)arg;
	if (geteuid() != 0)
		return 77;
	if (prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED) < 0)
		return 2;
	step_ctx_init(&ctx, &plan);
	CHECK_FAILS(step_bounding.apply(&ctx, &e), EPERM, &e);
	CHECK(strstr(e.text, "securebits"));
	return 0;
}

static void test_locked_securebits(void **state)
{
	int r = in_child(locked_securebits, NULL);

	(void)state;
	if (r == 77)
		skip();
	assert_int_equal(r, 0);
}

/* More than we have is an error, not a silent less. */
static int beyond_us(void *arg)
{
	struct plan_caps caps = { .bounding = SOME,
		.permitted = SOME | BIT(CAP_SYS_TIME),
		.effective = BIT(CAP_SYS_TIME) };
	struct plan_process p = { .caps = &caps };
	struct plan plan = { .process = &p };
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2];
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;

	(void)arg;
	if (geteuid() != 0)
		return 77;
	if (capget(&h, d) < 0)
		return 2;
	d[0].permitted &= ~(uint32_t)BIT(CAP_SYS_TIME);
	d[0].effective &= ~(uint32_t)BIT(CAP_SYS_TIME);
	if (capset(&h, d) < 0)
		return 3;
	step_ctx_init(&ctx, &plan);
	CHECK_FAILS(restrict_all(&ctx, &e), EPERM, &e);
	CHECK(strcmp(e.call, "capset") == 0);
	return 0;
}

static void test_beyond_us(void **state)
{
	int r = in_child(beyond_us, NULL);

	(void)state;
	if (r == 77)
		skip();
	assert_int_equal(r, 0);
}

/* --- ids --- */

static int try_ids(void *arg)
{
	uint32_t groups[100];
	struct plan_process p = { .uid = 1000,
		.gid = 2000,
		.groups = groups,
		.n_groups = 3,
		.set_groups = true };
	struct plan plan = { .process = &p };
	const gid_t ours[] = { 4, 6 };
	auto_error struct error e = ERROR_INIT;
	gid_t is[128];
	struct step_ctx ctx;
	int sig = 0;

	(void)arg;
	if (geteuid() != 0)
		return 77;
	for (uint32_t i = 0; i < 100; i++)
		groups[i] = 3000 + i;
	step_ctx_init(&ctx, &plan);
	CHECK(setgroups(2, ours) == 0);
	p.uid = p.gid = 0;
	p.keep_groups = true;
	CHECK_OK(step_ids.apply(&ctx, &e), &e);
	CHECK(getgroups(128, is) == 2 && is[0] == 4);
	p.keep_groups = false;
	p.n_groups = 100;
	CHECK_OK(step_ids.apply(&ctx, &e), &e);
	CHECK(getgroups(128, is) == 100 && is[99] == 3099);
	p.n_groups = 0;
	CHECK_OK(step_ids.apply(&ctx, &e), &e);
	CHECK(getgroups(128, is) == 0);
	/* The parent death signal outlives the change (A7). */
	p.uid = 1000;
	p.gid = 2000;
	CHECK(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
	CHECK_OK(step_ids.apply(&ctx, &e), &e);
	CHECK(getuid() == 1000 && getegid() == 2000);
	CHECK(prctl(PR_GET_PDEATHSIG, &sig) == 0 && sig == SIGKILL);
	/* Back is not possible. */
	p.set_groups = false;
	p.uid = 0;
	CHECK_FAILS(step_ids.apply(&ctx, &e), EPERM, &e);
	return 0;
}

static void test_ids(void **state)
{
	int r = in_child(try_ids, NULL);

	(void)state;
	if (r == 77)
		skip();
	assert_int_equal(r, 0);
}

/* G4: -1 is "no change" for the kernel, and is found out. */
static int try_minus_one(void *arg)
{
	struct plan_process p = { .uid = UINT32_MAX, .gid = 5 };
	struct plan plan = { .process = &p };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;

	(void)arg;
	step_ctx_init(&ctx, &plan);
	CHECK(step_ids.apply(&ctx, &e) < 0);
	p.uid = 5;
	p.gid = UINT32_MAX;
	CHECK(step_ids.apply(&ctx, &e) < 0);
	return 0;
}

static void test_minus_one(void **state)
{
	(void)state;
	assert_int_equal(in_child(try_minus_one, NULL), 0);
}

/* --- a user namespace: maps from outside, root inside, unmapped ids refused --- */

static int ends[2];

static int ask_for_maps(
	struct step_ctx *ctx, int kind, uint32_t arg, int *fd, struct error *e)
{
	char c;

	(void)ctx;
	(void)arg;
	(void)fd;
	(void)e;
	CHECK(kind == MSG_NEED_IDMAP);
	CHECK(write(ends[1], "m", 1) == 1 && read(ends[1], &c, 1) == 1);
	return 0;
}

static int userns_child(struct plan *plan)
{
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct stat st;

	CHECK(unshare(CLONE_NEWUSER) == 0);
	step_ctx_init(&ctx, plan);
	ctx.ask = ask_for_maps;
	CHECK(step_become_root.wanted(plan));
	CHECK_OK(step_become_root.apply(&ctx, &e), &e);
	CHECK(getuid() == 0 && getgid() == 0 && getgroups(0, NULL) == 0);
	CHECK_FAILS(step_ids.apply(&ctx, &e), EINVAL, &e);
	CHECK(e.hint && strstr(e.hint, "mappings"));
	plan->process->uid = plan->process->gid = 10;
	CHECK_OK(step_ids.apply(&ctx, &e), &e);
	CHECK(stat("/proc/self", &st) == 0);
	return 0;
}

static int try_userns(void *arg)
{
	struct plan_idmap map[] = { { 0, 200000, 1 }, { 10, 200010, 1 } };
	struct plan_process p = { .uid = 70000, .gid = 70000, .set_groups = true };
	struct plan plan = { .relay = true,
		.new_flags = CLONE_NEWUSER,
		.private_flags = CLONE_NEWUSER,
		.uid_map = map,
		.n_uid_map = 2,
		.gid_map = map,
		.n_gid_map = 2,
		.process = &p };
	auto_error struct error e = ERROR_INIT;
	char name[64];
	pid_t pid;
	char c;
	int status;

	(void)arg;
	if (geteuid() != 0)
		return 77;
	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	fflush(NULL);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		close(ends[0]);
		_exit(userns_child(&plan));
	}
	close(ends[1]);
	if (read(ends[0], &c, 1) == 1) {
		CHECK_OK(step_idmap_write(&plan, pid, &e), &e);
		/* Once only (MAP-01). */
		CHECK(step_idmap_write(&plan, pid, &e) < 0);
		CHECK(strstr(e.doing, "id maps"));
		snprintf(name, sizeof(name), "/proc/%d/uid_map", (int)pid);
		CHECK(has_text(
			name, "         0     200000          1\n        10     200010"));
	}
	CHECK(send(ends[0], "g", 1, MSG_NOSIGNAL) == 1);
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_userns(void **state)
{
	int r = in_child(try_userns, NULL);

	(void)state;
	if (r == 77)
		skip();
	assert_int_equal(r, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_root_with_some),
		cmocka_unit_test(test_user_with_some),
		cmocka_unit_test(test_user_with_ambient),
		cmocka_unit_test(test_ambient_beyond),
		cmocka_unit_test(test_inheritable_only),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_dirty_caller),
		cmocka_unit_test(test_locked_securebits),
		cmocka_unit_test(test_beyond_us),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_minus_one),
		cmocka_unit_test(test_userns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
