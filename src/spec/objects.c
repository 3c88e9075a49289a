/* SPDX-License-Identifier: Apache-2.0 */
/* The row tables of the configuration, expanded from spec/def. */
#include "config.h"

#include "spec/spec.h"

#include "spec/names.h"

/* clang-format off */
#include "schema/rows_table.h"
#include "spec/def/root.def"
#include "spec/def/process.def"
#include "spec/def/hooks.def"
#include "spec/def/seccomp.def"
#include "spec/def/resources.def"
#include "spec/def/linux.def"
#include "schema/rows_end.h"
/* clang-format on */
