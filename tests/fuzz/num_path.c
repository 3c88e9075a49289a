/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: numbers, sizes, lexical paths, nearest names, escapes, packed errors. */
#include "config.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/num.h"
#include "base/path.h"
#include "base/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void numbers(const char *text)
{
	char again[32];
	uint64_t u;
	int64_t i, same;

	/* A number has one spelling. */
	if (num_u64(text, UINT64_MAX, &u) == 0) {
		snprintf(again, sizeof(again), "%" PRIu64, u);
		must(strcmp(text, again) == 0);
		must(u > INT64_MAX || (num_size(text, &i) == 0 && i == (int64_t)u));
	}
	if (num_i64(text, INT64_MIN, INT64_MAX, &i) == 0) {
		snprintf(again, sizeof(again), "%" PRId64, i);
		must(strcmp(text, again) == 0);
	}
	/* Whatever the kernel's way of writing allows means the same here. */
	if (num_size(text, &i) == 0)
		must(num_amount(text, &same) == 0 && same == i);
	if (num_amount(text, &i) == 0)
		must(i >= -1);
	if (num_size(text, &i) == 0)
		must(i >= -1);
}

static void paths(struct arena *a, const char *text)
{
	char *clean = path_clean(a, text);
	char *resolved = path_resolve_lexical(a, text);
	char *joined = path_join(a, "/root", text);

	must(clean[0] && resolved[0] && joined[0] == '/');
	/* Cleaning twice changes nothing. */
	must(strcmp(path_clean(a, clean), clean) == 0);
	must(strcmp(path_resolve_lexical(a, clean), resolved) == 0);
	must(path_has_dotdot(text) == path_has_dotdot(clean));
	must(path_is_absolute(text) == path_is_absolute(clean));
	must(!strstr(clean, "//") && !strstr(resolved, "//"));
	if (path_is_absolute(text)) {
		must(!path_has_dotdot(resolved));
		must(path_is_below(resolved, "/"));
	}
	must(path_is_below(clean, clean));
}

static void texts(const char *text, size_t n)
{
	static const char *const names[] = { "mount", "network", "pid", "uts",
		"terminal" };
	auto_buf struct buf b = BUF_INIT;
	const char *nearest = table_nearest(names, ARRAY_SIZE(names), text);

	must(!nearest || (strlen(text) >= 1 && strlen(text) <= 11));
	must(buf_add_escaped(&b, text, n) == 0);
	for (size_t i = 0; i < b.len; i++)
		must((unsigned char)b.p[i] >= 0x20 && b.p[i] != 0x7f);
}

static void errors(const uint8_t *data, size_t size, const char *text)
{
	auto_error struct error e = ERROR_INIT, got = ERROR_INIT;
	auto_buf struct buf b = BUF_INIT;
	char wire[512];
	size_t n;

	if (err_unpack(data, size, &e) == 0) {
		must(e.code < 0 && err_text(&e, &b) == 0);
		err_done(&e);
	}
	err_sys(&e, 1, "call", "%s", text);
	err_wrap(&e, "%s", text);
	err_hint(&e, "%s", text);
	err_step(&e, "step");
	n = err_pack(&e, wire, sizeof(wire));
	must(n <= sizeof(wire) && err_unpack(wire, n, &got) == 0);
	must(strcmp(got.call, "call") == 0 && strcmp(got.step, "step") == 0);
	must(strncmp(e.text, got.text, strlen(got.text)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena a = ARENA_INIT;
	char *text = arena_strndup(&a, (const char *)data, size);

	numbers(text);
	paths(&a, text);
	texts(text, strlen(text));
	errors(data, size, text);
	return 0;
}
