/* SPDX-License-Identifier: Apache-2.0 */
/* The row tables of the record, expanded. */
#include "config.h"

#include "state/state.h"

#include <stddef.h>

#include "schema/rows_table.h"
/* clang-format off */
#include "state/def/state.def"
/* clang-format on */
#include "schema/rows_end.h"
