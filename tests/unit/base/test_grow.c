/* SPDX-License-Identifier: Apache-2.0 */
/* Lists that grow by one. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/grow.h"

static void test_keeps(void **state)
{
	uint64_t *list = NULL;

	(void)state;
	for (size_t n = 0; n < 1000; n++) {
		uint64_t *more = grow(list, n, sizeof(*list));

		assert_non_null(more);
		list = more;
		list[n] = n;
	}
	for (size_t n = 0; n < 1000; n++)
		assert_int_equal(list[n], n);
	free(list);
}

static void test_no_room(void **state)
{
	uint64_t *list = grow(NULL, 0, sizeof(*list));

	(void)state;
	assert_non_null(list);
	list[0] = 7;
	/* More bytes than there are: the product must not be a small one. */
	assert_null(grow(list, SIZE_MAX / 8, sizeof(*list)));
	assert_int_equal(list[0], 7);
	free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keeps),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
