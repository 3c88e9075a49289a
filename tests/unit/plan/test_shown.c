/* SPDX-License-Identifier: Apache-2.0 */
/* The names of a printed plan mean what the configuration's mean. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "plan/shown.h"
#include "spec/mountopt.h"
#include "spec/names.h"

static void each_set_is_closed(void **state)
{
	const struct table *sets[] = { &shown_mount_kind, &shown_idmap,
		&shown_cgroup_driver, &shown_clone_flag, &shown_mount_attr,
		&shown_superblock_flag, &shown_seccomp_flag, &shown_node_type,
		&shown_devrule_type, &shown_device_access };

	(void)state;
	for (size_t s = 0; s < sizeof(sets) / sizeof(sets[0]); s++) {
		for (size_t i = 0; i < sets[s]->n; i++) {
			const struct table_entry *entry = &sets[s]->entries[i];

			assert_int_equal(table_id(sets[s], entry->name), entry->id);
			assert_string_equal(table_name(sets[s], entry->id), entry->name);
		}
	}
}

static void namespaces_are_called_as_in_the_configuration(void **state)
{
	(void)state;
	assert_int_equal(shown_clone_flag.n, names_namespace.n);
	for (size_t i = 0; i < names_namespace.n; i++) {
		int type = table_id(&names_namespace, shown_clone_flag.entries[i].name);

		assert_int_equal(type, i);
	}
}

static void mount_words_set_these_bits(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	struct mountopt parsed;

	(void)state;
	for (size_t i = 0; i < shown_mount_attr.n; i++) {
		const struct table_entry *entry = &shown_mount_attr.entries[i];
		const char *word = entry->name;

		if (entry->name[0] == '*')
			continue;
		assert_int_equal(mountopt_parse(&a, &word, 1, &parsed, NULL), 0);
		assert_int_equal(parsed.set, entry->id);
		assert_int_equal(parsed.n_data, 0);
	}
	for (size_t i = 0; i < shown_superblock_flag.n; i++) {
		const struct table_entry *entry = &shown_superblock_flag.entries[i];
		const char *word = entry->name;

		assert_int_equal(mountopt_parse(&a, &word, 1, &parsed, NULL), 0);
		if (entry->id != 1) /* ro: see mountopt.h */
			assert_int_equal(parsed.sb_set, entry->id);
		assert_int_equal(parsed.n_data, 0);
	}
}

static void filter_flags_are_the_specifications_and_one_more(void **state)
{
	(void)state;
	assert_int_equal(shown_seccomp_flag.n, names_seccomp_flag.n + 1);
	for (size_t i = 0; i < names_seccomp_flag.n; i++) {
		const struct table_entry *entry = &names_seccomp_flag.entries[i];

		assert_int_equal(table_id(&shown_seccomp_flag, entry->name), entry->id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_set_is_closed),
		cmocka_unit_test(namespaces_are_called_as_in_the_configuration),
		cmocka_unit_test(mount_words_set_these_bits),
		cmocka_unit_test(filter_flags_are_the_specifications_and_one_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
