/* SPDX-License-Identifier: Apache-2.0 */
/* Conversions from v1 values to those of v2. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/cleanup.h"
#include "plan/res.h"
#include "planning.h"

/* Computed to 50 decimal digits: ceil(10^((l^2 + 125 l) / 612 - 7/34)), l = log2(shares). */
static void shares_become_a_weight(void **state)
{
	static const struct {
		uint64_t shares;
		uint32_t weight;
	} rows[] = {
		{ 0, 1 },
		{ 1, 1 },
		{ 2, 1 },
		{ 3, 2 },
		{ 10, 4 },
		{ 64, 12 },
		{ 100, 17 },
		{ 128, 21 },
		{ 256, 35 },
		{ 512, 59 },
		{ 1000, 99 },
		{ 1023, 100 },
		{ 1024, 100 },
		{ 1025, 101 },
		{ 2048, 174 },
		{ 4096, 303 },
		{ 10000, 627 },
		{ 65536, 3023 },
		{ 131072, 5478 },
		{ 262143, 10000 },
		{ 262144, 10000 },
		{ 1099511627776, 10000 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(res_weight_of_shares(rows[i].shares), rows[i].weight);
}

static void more_shares_are_never_a_smaller_weight(void **state)
{
	uint32_t last = 0;

	(void)state;
	for (uint64_t shares = 0; shares <= 262200; shares++) {
		uint32_t weight = res_weight_of_shares(shares);

		assert_in_range(weight, 1, 10000);
		assert_true(weight >= last);
		last = weight;
	}
	assert_int_equal(last, 10000);
}

static void blkio_weight_becomes_an_io_weight(void **state)
{
	(void)state;
	assert_int_equal(res_io_weight(10), 1);
	assert_int_equal(res_io_weight(17), 71);
	assert_int_equal(res_io_weight(500), 4950);
	assert_int_equal(res_io_weight(1000), 10000);
}

static void swap_is_told_without_memory(void **state)
{
	static const struct {
		const char *memory, *max, *swap;
	} rows[] = {
		{ "\"limit\":100,\"swap\":300", "100", "200" },
		{ "\"limit\":100,\"swap\":100", "100", "0" },
		{ "\"limit\":100,\"swap\":-1", "100", "max" },
		{ "\"limit\":100,\"swap\":0", "100", NULL },
		{ "\"limit\":100", "100", NULL },
		{ "\"limit\":-1", "max", "max" },
		{ "\"limit\":-1,\"swap\":50", "max", "50" },
		{ "\"limit\":0,\"swap\":-1", NULL, "max" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *max, *swap;
		struct planned p;

		planning_ok(&p, &host_v2, "\"linux\":{\"resources\":{\"memory\":{%s}}}",
			rows[i].memory);
		max = planned_write(&p, "memory.max");
		swap = planned_write(&p, "memory.swap.max");
		assert_int_equal(!max, !rows[i].max);
		assert_int_equal(!swap, !rows[i].swap);
		if (max)
			assert_string_equal(max, rows[i].max);
		if (swap)
			assert_string_equal(swap, rows[i].swap);
		planned_done(&p);
	}
}

static void quota_and_period_share_a_file(void **state)
{
	static const struct {
		const char *cpu, *max;
	} rows[] = {
		{ "\"quota\":5000,\"period\":20000", "5000 20000" },
		{ "\"quota\":5000", "5000 100000" },
		{ "\"period\":20000", "max 20000" },
		{ "\"quota\":-1,\"period\":20000", "max 20000" },
		{ "\"quota\":0,\"period\":0", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct planned p;

		planning_ok(&p, &host_v2, "\"linux\":{\"resources\":{\"cpu\":{%s}}}",
			rows[i].cpu);
		if (rows[i].max)
			assert_string_equal(planned_write(&p, "cpu.max"), rows[i].max);
		else
			assert_null(planned_write(&p, "cpu.max"));
		planned_done(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_become_a_weight),
		cmocka_unit_test(more_shares_are_never_a_smaller_weight),
		cmocka_unit_test(blkio_weight_becomes_an_io_weight),
		cmocka_unit_test(swap_is_told_without_memory),
		cmocka_unit_test(quota_and_period_share_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
