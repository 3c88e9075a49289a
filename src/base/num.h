/* SPDX-License-Identifier: Apache-2.0 */
/* Strict number parsing: the whole string, in range, no sign or blank that was not asked for. */
#ifndef DAVIT_BASE_NUM_H
#define DAVIT_BASE_NUM_H

#include <stdint.h>

/* Decimal digits only, no leading zero but "0" itself. -EINVAL, -ERANGE over max. */
int num_u64(const char *text, uint64_t max, uint64_t *out);
/* The same with an optional leading '-'. "-0" is -EINVAL. */
int num_i64(const char *text, int64_t min, int64_t max, int64_t *out);
/* Decimal with optional K, M, G, T (powers of 1024, either case) or "-1". */
int num_size(const char *text, int64_t *out);
/* As people write it (docker/go-units, RAMInBytes): "1.5g", "64MB", "64 MiB", "10b"; powers of 1024
 * up to P; or "-1". */
int num_amount(const char *text, int64_t *out);

#endif
