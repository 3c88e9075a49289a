/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a configuration as a whole: files, all faults together, places, warnings. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "spec/rule.h"
#include "spec/sysctl.h"

#include "parse.h"

#define GOOD "{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"rootfs\"}}"

static int parse(struct arena *a, const char *text, struct spec *s, struct error *e)
{
	return spec_parse("config.json", text, strlen(text), NULL, a, s, e);
}

static void all_faults_together(void **state)
{
	/* A type, an enum, a range and three rules; the part with a wrong type is left out. */
	static const char text[] =
		"{\"ociVersion\": \"2.0.0\",\n"
		"\"root\": {\"path\": 7},\n"
		"\"hostname\": \"h\",\n"
		"\"process\": {\"cwd\": \"x\", \"args\": [\"a\"], \"oomScoreAdj\": 2000,\n"
		"  \"rlimits\": [{\"type\": \"RLIMIT_X\", \"soft\": 2, \"hard\": 1}]},\n"
		"\"linux\": {\"namespaces\": [{\"type\": \"net\"}]}}";
	static const char *const paths[] = { "root.path", "process.rlimits[0].type",
		"linux.namespaces[0].type", "ociVersion", "process.cwd",
		"process.oomScoreAdj" };
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	struct spec s = { .config = NULL };

	(void)state;
	assert_int_equal(parse(&a, text, &s, &e), -EINVAL);
	assert_null(s.config);
	/* no "hostname needs a uts namespace": nobody can know */
	assert_int_equal(e.all_faults, ARRAY_SIZE(paths));
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		assert_string_equal(e.faults[i].path, paths[i]);
	assert_int_equal(e.faults[4].line, 4);
	assert_int_equal(e.faults[4].column, 20);
	/* The caller who wants no text gets the same answer. */
	assert_int_equal(parse(&a, text, &s, NULL), -EINVAL);
}

static void missing_member_hides_nothing(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	struct spec s;

	(void)state;
	assert_int_equal(
		parse(&a,
			"{\"root\": {}, \"hostname\": \"h\", \"process\": {\"env\": "
			"[\"A\"], \"args\": []}}",
			&s, &e),
		-EINVAL);
	/* ociVersion, process.cwd, root.path; hostname, env, args */
	assert_int_equal(e.all_faults, 6);
	err_done(&e);
	/* A linux that is no object says nothing about namespaces. */
	assert_int_equal(
		parse(&a,
			"{\"ociVersion\": \"1.0.0\", \"root\": {\"path\": \"r\"}, "
			"\"hostname\": \"h\", \"linux\": 7}",
			&s, &e),
		-EINVAL);
	assert_int_equal(e.all_faults, 1);
	err_done(&e);
	assert_int_equal(parse(&a, "[]", &s, &e), -EINVAL);
	assert_int_equal(e.all_faults, 1);
}

/* A hint is the nearest name, the names allowed, or where the specification says so. */
static void hints(void **state)
{
	static const struct {
		const char *linux_member, *hint;
	} cases[] = {
		{ "\"seccomp\": {\"defaultAction\": \"SCMP_ACT_LOG\", \"flags\": "
		  "[\"SECCOMP_FILTER_FLAG_TSYN\"]}",
			"did you mean \"SECCOMP_FILTER_FLAG_TSYNC\"?" },
		{ "\"memoryPolicy\": {\"mode\": \"MPOL_LOCAL\", \"flags\": [\"x\"]}",
			"allowed: MPOL_F_NUMA_BALANCING, MPOL_F_RELATIVE_NODES, "
			"MPOL_F_STATIC_NODES" },
		{ "\"intelRdt\": {\"closID\": \"..\"}",
			"see config-linux.md#intelrdt of the specification" },
		{ "\"uidMappings\": [{\"containerID\": 0, \"hostID\": 0, \"size\": 1}]",
			"add {\"type\": \"user\"} to linux.namespaces" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_arena struct arena a = ARENA_INIT;
		auto_error struct error e = ERROR_INIT;
		struct spec_case t = { .part = LINUX, .fragment = cases[i].linux_member };
		struct spec s;
		unsigned column;

		assert_int_equal(parse(&a, case_text(&a, &t, &column), &s, &e), -EINVAL);
		assert_string_equal(e.hint, cases[i].hint);
	}
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* n times item, separated by commas, between before and after */
static char *repeat(const char *before, const char *item, size_t n, const char *after)
{
	auto_buf struct buf b = BUF_INIT;

	assert_int_equal(buf_adds(&b, before), 0);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(buf_adds(&b, i ? "," : ""), 0);
		assert_int_equal(buf_adds(&b, item), 0);
	}
	assert_int_equal(buf_adds(&b, after), 0);
	return buf_steal(&b);
}

#define LINUX_BEGIN                                                            \
	"{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"r\"}, \"linux\": " \
	"{\"namespaces\": [{\"type\": \"mount\"}], "

/* 20 are kept, all are counted, and a long list costs no more than a short one each. */
static void many_faults(void **state)
{
	auto_free char *text =
		repeat(LINUX_BEGIN "\"maskedPaths\": [", "\"x\"", 200000, "]}}");
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	struct spec s;
	double before = now();

	(void)state;
	assert_int_equal(parse(&a, text, &s, &e), -EINVAL);
	assert_int_equal(e.n_faults, 20);
	assert_int_equal(e.all_faults, 200000);
	assert_string_equal(e.faults[19].path, "linux.maskedPaths[19]");
	/* Seconds under sanitizers; a walk of the list for each fault would take minutes. */
	assert_true(now() - before < 10);
}

struct count {
	size_t n;
	char last[128];
};

static void count_warning(void *arg, const struct err_place *where, const char *text)
{
	struct count *c = arg;

	assert_non_null(where->file);
	c->n++;
	snprintf(c->last, sizeof(c->last), "%s", text);
}

static void many_warnings(void **state)
{
	auto_free char *caps = repeat(
		"{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"r\"}, \"process\": "
		"{\"cwd\": \"/\", \"args\": [\"x\"], \"capabilities\": {\"bounding\": [",
		"\"CAP_X\"", 100000, "]}}}");
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	struct count c = { .n = 0 };
	struct spec_warnings w = { .fn = count_warning, .arg = &c };
	struct spec s;
	double before = now();

	(void)state;
	assert_int_equal(
		spec_parse("config.json", caps, strlen(caps), &w, &a, &s, &e), 0);
	assert_int_equal(c.n, 201);
	assert_string_equal(c.last, "more warnings are not shown");
	assert_true(now() - before < 10);
}

/* TIME-01: a fault, and not ignored besides */
static void unknown_clock(void **state)
{
	static const char text[] =
		"{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"rootfs\"}, "
		"\"linux\": {\"namespaces\": [{\"type\": \"time\"}], "
		"\"timeOffsets\": {\"realtime\": {\"secs\": 1}}}}";
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	struct count c = { .n = 0 };
	struct spec_warnings w = { .fn = count_warning, .arg = &c };
	struct spec s;

	(void)state;
	assert_int_equal(
		spec_parse("config.json", text, sizeof(text) - 1, &w, &a, &s, &e),
		-EINVAL);
	assert_int_equal(e.n_faults, 1);
	assert_int_equal(c.n, 0);
}

static void many_unknown(void **state)
{
	auto_buf struct buf b = BUF_INIT;
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	struct count c = { .n = 0 };
	struct spec_warnings w = { .fn = count_warning, .arg = &c };
	struct spec s;

	(void)state;
	assert_int_equal(buf_adds(&b, GOOD), 0);
	b.len--; /* the last brace */
	for (int i = 0; i < 1000; i++)
		assert_int_equal(buf_addf(&b, ",\"unknown%d\": 1", i), 0);
	assert_int_equal(buf_adds(&b, "}"), 0);
	assert_int_equal(spec_parse("config.json", b.p, b.len, &w, &a, &s, &e), 0);
	assert_int_equal(c.n, 201);
	assert_string_equal(c.last, "more unknown members are not shown");
}

static void where(void **state)
{
	static const char text[] =
		"{\"ociVersion\": \"1.3.0\",\n"
		"  \"root\": {\"path\": \"r\"},\n"
		"  \"mounts\": [\n"
		"    {\"destination\": \"/a\", \"source\": \"/s\",\n"
		"     \"options\": [\"bind\", \"ro\"]}],\n"
		"  \"linux\": {\"namespaces\": [{\"type\": \"mount\"}]}}";
	auto_arena struct arena a = ARENA_INIT;
	struct spec s;
	struct {
		bool mount;
		const char *member;
		int index;
		unsigned line, column;
		const char *path;
	} cases[] = {
		{ true, NULL, -1, 4, 5, "mounts[0]" },
		{ true, "source", -1, 4, 37, "mounts[0].source" },
		{ true, "options", -1, 5, 17, "mounts[0].options" },
		{ true, "options", 1, 5, 26, "mounts[0].options[1]" },
		{ true, "options", 7, 5, 17, "mounts[0].options" },
		{ true, "type", -1, 4, 5, "mounts[0].type" },
		{ false, "hostname", -1, 1, 1, "hostname" },
		{ false, NULL, -1, 1, 1, "" },
	};

	(void)state;
	assert_int_equal(parse(&a, text, &s, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err_place p = { .file = NULL };

		spec_where(&a, &s, cases[i].mount ? s.config->mounts[0].at : s.config->at,
			cases[i].member, cases[i].index, &p);
		assert_string_equal(p.file, "config.json");
		assert_string_equal(p.path ? p.path : "", cases[i].path);
		assert_int_equal(p.line, cases[i].line);
		assert_int_equal(p.column, cases[i].column);
	}
	struct err_place p = { .file = NULL };
	spec_where(&a, &s, NULL, NULL, -1, &p);
	assert_int_equal(p.line, 1);
}

/* A directory of its own for each test. */
static int make_dir(void **state)
{
	char *path = strdup("/tmp/davit-test-spec.XXXXXX");

	if (!path || !mkdtemp(path))
		return -1;
	*state = path;
	return 0;
}

static int remove_dir(void **state)
{
	char *path = *state;
	auto_fd int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r;

	unlinkat(dir, "config.json", 0);
	unlinkat(dir, "config.json", AT_REMOVEDIR);
	r = rmdir(path);
	free(path);
	return r;
}

static void write_file(int dir, const char *text, size_t len)
{
	auto_fd int fd = openat(dir, "config.json", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
}

/* 1 GiB, sparse */
static void make_huge(int dir)
{
	auto_fd int fd = openat(dir, "config.json", O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 1 << 30), 0);
}

static void files(void **state)
{
	auto_fd int dir = open(*state, O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	char name[] = "b/config.json";
	struct spec s = { .config = NULL };

	assert_int_equal(spec_open(dir, "config.json", name, NULL, &a, &s, &e), -ENOENT);
	assert_string_equal(e.file, name);
	/* neither a fifo nor a folder blocks */
	assert_int_equal(mkfifoat(dir, "config.json", 0600), 0);
	assert_int_equal(spec_open(dir, "config.json", name, NULL, &a, &s, &e), -EINVAL);
	assert_int_equal(unlinkat(dir, "config.json", 0), 0);
	assert_int_equal(mkdirat(dir, "config.json", 0700), 0);
	assert_true(spec_open(dir, "config.json", name, NULL, &a, &s, &e) < 0);
	assert_true(spec_load_stored(dir, "config.json", &a, &s, &e) < 0);
	assert_int_equal(unlinkat(dir, "config.json", AT_REMOVEDIR), 0);
	write_file(dir, "", 0);
	assert_int_equal(spec_open(dir, "config.json", name, NULL, &a, &s, &e), -EINVAL);
	assert_null(s.config);
	make_huge(dir);
	assert_int_equal(spec_open(dir, "config.json", name, NULL, &a, &s, &e), -EFBIG);
	assert_int_equal(unlinkat(dir, "config.json", 0), 0);
	write_file(dir, GOOD, strlen(GOOD));
	assert_int_equal(spec_open(dir, "config.json", name, NULL, &a, &s, &e), 0);
	assert_string_equal(s.config->root->path, "rootfs");
	/* The document keeps its own copy of the name. */
	name[0] = 'x';
	assert_string_equal(s.doc.name, "b/config.json");
}

/* A stored configuration is trusted: another release may have had other rules. */
static void stored(void **state)
{
	static const char text[] =
		"{\"ociVersion\": \"9.0.0\", \"root\": {\"path\": \"\"}, \"future\": 1}";
	auto_fd int dir = open(*state, O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	struct spec s = { .config = NULL };

	write_file(dir, text, strlen(text));
	assert_int_equal(spec_load_stored(dir, "config.json", &a, &s, &e), 0);
	assert_string_equal(s.config->oci_version, "9.0.0");
	assert_int_equal(check_run(&s, NULL, &a, &e), -EINVAL);
	assert_int_equal(e.all_faults, 2);
}

static void default_text(void **state)
{
	(void)state;
	for (int terminal = 0; terminal < 2; terminal++) {
		auto_buf struct buf b = BUF_INIT;
		auto_arena struct arena a = ARENA_INIT;
		const struct spec_config *c;
		struct spec s;

		assert_int_equal(spec_default(terminal, &b), 0);
		assert_string_equal(warnings_of(&a, b.p), "");
		assert_int_equal(b.p[b.len - 1], '\n');
		assert_int_equal(parse(&a, b.p, &s, NULL), 0);
		c = s.config;
		assert_string_equal(c->oci_version, SPEC_VERSION);
		assert_int_equal(c->process->terminal, terminal);
		assert_true(c->process->no_new_privileges);
		assert_int_equal(c->process->capabilities->n_bounding, 3);
		assert_int_equal(c->process->rlimits[0].hard, 1024);
		assert_true(c->root->readonly);
		assert_string_equal(c->hostname, "davit");
		assert_int_equal(c->n_mounts, 7);
		assert_int_equal(c->linux->n_namespaces, 6);
		assert_int_equal(c->linux->resources->n_devices, 1);
		assert_false(c->linux->resources->devices[0].allow);
	}
}

static void sysctl_paths(void **state)
{
	static const struct {
		const char *key, *path;
	} cases[] = {
		{ "net.ipv4.ip_forward", "net/ipv4/ip_forward" },
		{ "net/ipv4/ip_forward", "net/ipv4/ip_forward" },
		{ "net/ipv4/conf/eno2.100/x", "net/ipv4/conf/eno2.100/x" },
		{ "net.ipv4.conf.eno2/100.x", "net/ipv4/conf/eno2.100/x" },
		{ "kernel.sem", "kernel/sem" },
		{ "net", NULL },
		{ "", NULL },
		{ "a..b", NULL },
		{ "a/../b", NULL },
		{ "a.//.b", NULL },
		{ "a.", NULL },
		{ ".a", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_arena struct arena a = ARENA_INIT;
		const char *path = NULL;
		int r = spec_sysctl_path(&a, cases[i].key, &path);

		assert_int_equal(r, cases[i].path ? 0 : -EINVAL);
		if (cases[i].path)
			assert_string_equal(path, cases[i].path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_faults_together),
		cmocka_unit_test(missing_member_hides_nothing),
		cmocka_unit_test(hints),
		cmocka_unit_test(many_faults),
		cmocka_unit_test(many_warnings),
		cmocka_unit_test(unknown_clock),
		cmocka_unit_test(many_unknown),
		cmocka_unit_test(where),
		cmocka_unit_test_setup_teardown(files, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(stored, make_dir, remove_dir),
		cmocka_unit_test(default_text),
		cmocka_unit_test(sysctl_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
