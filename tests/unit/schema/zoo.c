/* SPDX-License-Identifier: Apache-2.0 */
/* Objects for the tests of the table engine, see zoo.def. */
#include "config.h"

#include "zoo.h"

#include "base/cleanup.h"

static const struct table_entry kinds[] = {
	{ "none", 0 },
	{ "lion", 1 },
	{ "tiger", 2 },
	{ "bear", 7 },
};
const struct table zoo_kinds = TABLE("kind", kinds);

/* Purple is both of its parts. */
static const struct table_entry colours[] = {
	{ "purple", 3 },
	{ "red", 1 },
	{ "blue", 2 },
	{ "white", 1 << 30 },
};
const struct table zoo_colours = TABLE("colour", colours);

/* More than a message lists. */
static const struct table_entry countries[] = {
	{ "at", 0 },
	{ "be", 1 },
	{ "ch", 2 },
	{ "denmark", 3 },
	{ "es", 4 },
	{ "fr", 5 },
	{ "gb", 6 },
	{ "hu", 7 },
	{ "it", 8 },
	{ "jp", 9 },
	{ "kr", 10 },
	{ "lu", 11 },
	{ "mx", 12 },
};
const struct table zoo_countries = TABLE("country", countries);

/* Beside rows_table.h is not where this is. */
#define ROW_FILE "../../tests/unit/schema/zoo.def"
#include "schema/rows_table.h"
