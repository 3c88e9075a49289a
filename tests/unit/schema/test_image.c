/* SPDX-License-Identifier: Apache-2.0 */
/* The image: everything comes through, nothing else gets in. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "json/json.h"
#include "schema/schema.h"
#include "zoo.h"

static const char *const no_tools[] = { NULL };

/* Every type of row, below one struct. */
static void fill(struct zoo *z)
{
	static const char *gates[] = { "north", "", "south" };
	static const char *food[] = { "meat" };
	static uint32_t prices[] = { 1, 2, 3 };
	static struct zoo_animal boss = { .kind = 1, .has_kind = true, .name = "Leo" };
	static struct zoo_animal animals[] = {
		{ .kind = 2,
			.has_kind = true,
			.food = food,
			.n_food = 1,
			.has_food = true },
		{ .kind = 7, .has_kind = true, .mood = -3, .has_mood = true },
	};
	static struct kv signs[] = { { "a", "b" }, { "", NULL } };
	static struct zoo_note notes[] = { { .name = "n", .text = "t" },
		{ .name = "m" } };
	static struct zoo_step steps[2] = {
		{
			.what = "feed",
			.done = true,
			.i64 = INT64_MIN,
			.u64 = UINT64_MAX,
			.kind = 7,
			.first = &boss,
			.animals = animals,
			.n_animals = 2,
			.photo = "\0\1\2\3\4",
			.n_photo = 5,
			.at_line = 3,
			.at_path = "steps[0]",
		},
		{ .i32 = -1,
			.u32 = 7,
			.rooms = prices,
			.n_rooms = 3,
			.env = signs,
			.n_env = 2 },
	};

	steps[0].tools = (const char **)(uintptr_t)no_tools;
	*z = (struct zoo){
		.at = (const struct json_value *)(const void *)z,
		.name = "zoo",
		.open = true,
		.has_open = true,
		.u16 = 65535,
		.has_u16 = true,
		.country = 12,
		.has_country = true,
		.gates = gates,
		.n_gates = 3,
		.has_gates = true,
		.prices = prices,
		.n_prices = 3,
		.has_prices = true,
		.boss = &boss,
		.animals = animals,
		.n_animals = 2,
		.has_animals = true,
		.signs = signs,
		.n_signs = 2,
		.has_signs = true,
		.notes = notes,
		.n_notes = 2,
		.has_notes = true,
		.steps = steps,
		.n_steps = 2,
	};
}

static void dump(const void *zoo, struct buf *out)
{
	struct json_w *w = json_w_open(0);

	schema_dump(&object_zoo, zoo, w);
	assert_int_equal(json_w_close(w, out), 0);
}

/* An aligned copy of exactly len bytes, so that a sanitizer sees a read behind them. */
static char *aligned(const void *p, size_t len)
{
	void *copy = NULL;

	assert_int_equal(posix_memalign(&copy, 16, len ? len : 1), 0);
	memcpy(copy, p, len);
	return copy;
}

static void everything_comes_through(void **state)
{
	auto_buf struct buf image = BUF_INIT, before = BUF_INIT, after = BUF_INIT;
	auto_free char *copy = NULL;
	const struct zoo *got;
	const void *root;
	struct zoo z;

	(void)state;
	fill(&z);
	dump(&z, &before);
	assert_int_equal(schema_pack(&object_zoo, &z, &image), 0);
	copy = aligned(image.p, image.len);
	assert_int_equal(schema_unpack(&object_zoo, copy, image.len, &root), 0);
	got = root;
	assert_int_equal((uintptr_t)got % 16, 0);
	dump(got, &after);
	assert_string_equal(after.p, before.p);
	assert_null(got->at);
	/* what a dump does not show */
	assert_null(got->gates[3]);
	assert_memory_equal(got->steps[0].photo, "\0\1\2\3\4", 5);
	assert_non_null(got->steps[0].tools);
	assert_null(got->steps[0].tools[0]);
	assert_null(got->steps[1].tools);
	assert_null(got->steps[1].what);
	assert_null(got->signs[1].value);
	assert_false(got->has_i32);
}

static void one_struct_has_one_image(void **state)
{
	auto_buf struct buf a = BUF_INIT, b = BUF_INIT;
	struct zoo z;

	(void)state;
	memset(&z, 0xff, sizeof(z)); /* padding too */
	fill(&z);
	assert_int_equal(schema_pack(&object_zoo, &z, &a), 0);
	memset(&z, 0, sizeof(z));
	fill(&z);
	/* behind other bytes, of any length */
	assert_int_equal(buf_adds(&b, "abc"), 0);
	assert_int_equal(schema_pack(&object_zoo, &z, &b), 0);
	assert_int_equal(a.len + 3, b.len);
	assert_memory_equal(a.p, b.p + 3, a.len);
}

static void an_empty_struct(void **state)
{
	auto_buf struct buf image = BUF_INIT;
	auto_free char *copy = NULL;
	struct zoo z = { .at = NULL };
	const void *root;

	(void)state;
	assert_int_equal(schema_pack(&object_zoo, &z, &image), 0);
	copy = aligned(image.p, image.len);
	assert_int_equal(schema_unpack(&object_zoo, copy, image.len, &root), 0);
	assert_memory_equal(root, &z, sizeof(z));
}

static void what_cannot_be_packed(void **state)
{
	auto_buf struct buf image = BUF_INIT;
	const char *gates[] = { "a", NULL };
	struct kv signs[] = { { NULL, "x" } };
	struct zoo z = { .n_gates = 1 };

	(void)state;
	assert_int_equal(buf_adds(&image, "before"), 0);
	assert_int_equal(schema_pack(&object_zoo, &z, &image), -EINVAL);
	z = (struct zoo){ .gates = gates, .n_gates = 2 };
	assert_int_equal(schema_pack(&object_zoo, &z, &image), -EINVAL);
	z = (struct zoo){ .signs = signs, .n_signs = 1 };
	assert_int_equal(schema_pack(&object_zoo, &z, &image), -EINVAL);
	z = (struct zoo){ .prices = (uint32_t *)&z, .n_prices = SIZE_MAX / 2 };
	assert_int_equal(schema_pack(&object_zoo, &z, &image), -E2BIG);
	z = (struct zoo){ .prices = (uint32_t *)&z, .n_prices = SCHEMA_IMAGE_MAX / 4 };
	assert_int_equal(schema_pack(&object_zoo, &z, &image), -E2BIG);
	assert_string_equal(image.p, "before");
	assert_int_equal(image.len, 6);
}

static int unpack(const char *image, size_t len)
{
	auto_free char *copy = aligned(image, len);
	const void *root;
	int r = schema_unpack(&object_zoo, copy, len, &root);

	if (r == 0) {
		auto_buf struct buf b = BUF_INIT;

		/* What is taken can be read in full. */
		dump(root, &b);
	}
	return r;
}

static void other_images_are_refused(void **state)
{
	auto_buf struct buf image = BUF_INIT;
	auto_free char *copy = NULL;
	const void *root = &image;
	struct zoo z;

	(void)state;
	fill(&z);
	assert_int_equal(schema_pack(&object_zoo, &z, &image), 0);
	assert_int_equal(unpack(image.p, image.len), 0);
	for (size_t len = 0; len < image.len; len++)
		assert_int_equal(unpack(image.p, len), -EBADMSG);
	copy = aligned(image.p, image.len);
	assert_int_equal(
		schema_unpack(&object_zoo_step, copy, image.len, &root), -EBADMSG);
	assert_ptr_equal(root, &image);
	/* not aligned */
	free(take_ptr(&copy));
	assert_int_equal(buf_add(&image, "", 1), 0);
	copy = aligned(image.p, image.len);
	memmove(copy + 1, copy, image.len - 1);
	assert_int_equal(
		schema_unpack(&object_zoo, copy + 1, image.len - 1, &root), -EBADMSG);
}

/* Each byte in turn becomes something else: refused, or harmless. */
static void damage_is_refused_or_harmless(void **state)
{
	static const unsigned char odd[] = { 0x00, 0x01, 0x02, 0x7f, 0x80, 0xff };
	auto_buf struct buf image = BUF_INIT;
	unsigned refused = 0;
	struct zoo z;

	(void)state;
	fill(&z);
	assert_int_equal(schema_pack(&object_zoo, &z, &image), 0);
	for (size_t i = 0; i < image.len; i++) {
		char was = image.p[i];

		for (size_t j = 0; j < ARRAY_SIZE(odd); j++) {
			int r;

			image.p[i] = (char)odd[j];
			r = unpack(image.p, image.len);
			assert_true(r == 0 || r == -EBADMSG);
			refused += r < 0;
		}
		image.p[i] = was;
	}
	assert_true(refused > 500);
	assert_int_equal(unpack(image.p, image.len), 0);
}

static size_t root_of(const struct buf *image)
{
	auto_free char *copy = aligned(image->p, image->len);
	const void *root;

	assert_int_equal(schema_unpack(&object_zoo, copy, image->len, &root), 0);
	return (size_t)((const char *)root - copy);
}

static void put_word(struct buf *image, size_t at, uintptr_t word)
{
	memcpy(image->p + at, &word, sizeof(word));
}

static void offsets_have_one_right_value(void **state)
{
	auto_buf struct buf image = BUF_INIT;
	size_t root, name, gates, n_gates;
	uintptr_t was;
	struct zoo z;

	(void)state;
	fill(&z);
	assert_int_equal(schema_pack(&object_zoo, &z, &image), 0);
	root = root_of(&image);
	name = root + offsetof(struct zoo, name);
	gates = root + offsetof(struct zoo, gates);
	n_gates = root + offsetof(struct zoo, n_gates);

	/* A loop, the header, the struct itself, behind the end, one off. */
	memcpy(&was, image.p + gates, sizeof(was));
	put_word(&image, gates, root);
	assert_int_equal(unpack(image.p, image.len), -EBADMSG);
	put_word(&image, gates, 16);
	assert_int_equal(unpack(image.p, image.len), -EBADMSG);
	put_word(&image, gates, image.len);
	assert_int_equal(unpack(image.p, image.len), -EBADMSG);
	put_word(&image, gates, UINTPTR_MAX);
	assert_int_equal(unpack(image.p, image.len), -EBADMSG);
	put_word(&image, gates, was + 16);
	assert_int_equal(unpack(image.p, image.len), -EBADMSG);
	put_word(&image, gates, 0);
	assert_int_equal(unpack(image.p, image.len), -EBADMSG);
	put_word(&image, gates, was);
	/* Sizes that overflow when multiplied. */
	put_word(&image, n_gates, UINTPTR_MAX);
	assert_int_equal(unpack(image.p, image.len), -EBADMSG);
	put_word(&image, n_gates, UINTPTR_MAX / sizeof(char *) + 2);
	assert_int_equal(unpack(image.p, image.len), -EBADMSG);
	put_word(&image, n_gates, 2);
	assert_int_equal(unpack(image.p, image.len), -EBADMSG);
	put_word(&image, n_gates, 4);
	assert_int_equal(unpack(image.p, image.len), -EBADMSG);
	put_word(&image, n_gates, 3);
	/* Two members with one string. */
	memcpy(&was, image.p + name, sizeof(was));
	put_word(&image, name, was + 1);
	assert_int_equal(unpack(image.p, image.len), -EBADMSG);
	put_word(&image, name, was);
	assert_int_equal(unpack(image.p, image.len), 0);
}

static void strings_end_inside(void **state)
{
	auto_buf struct buf image = BUF_INIT;
	struct zoo z = { .name = "the last thing" };

	(void)state;
	assert_int_equal(schema_pack(&object_zoo, &z, &image), 0);
	assert_int_equal(unpack(image.p, image.len), 0);
	image.p[image.len - 1] = 'x';
	assert_int_equal(unpack(image.p, image.len), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_comes_through),
		cmocka_unit_test(one_struct_has_one_image),
		cmocka_unit_test(an_empty_struct),
		cmocka_unit_test(what_cannot_be_packed),
		cmocka_unit_test(other_images_are_refused),
		cmocka_unit_test(damage_is_refused_or_harmless),
		cmocka_unit_test(offsets_have_one_right_value),
		cmocka_unit_test(strings_end_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
