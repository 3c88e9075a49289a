/* SPDX-License-Identifier: Apache-2.0 */
/* Objects for the tests of the table engine, see zoo.def. */
#ifndef DAVIT_TESTS_ZOO_H
#define DAVIT_TESTS_ZOO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/table.h"
#include "schema/schema.h"

extern const struct table zoo_kinds;
extern const struct table zoo_colours;
extern const struct table zoo_countries;

/* clang-format off */
#include "schema/rows_struct.h"
#include "zoo.def"
#include "schema/rows_end.h"
/* clang-format on */

#endif
