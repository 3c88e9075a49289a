/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: messages from hostile bytes, and errors inside of them. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "sync/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char again[MSG_MAX];
	struct msg m;
	int n;

	if (msg_decode(data, size, &m) < 0)
		return 0;
	/* What was taken means the same when it is sent on. */
	n = msg_encode(&m, again);
	if (n < 0 || (size_t)n != size || memcmp(again, data, size) != 0)
		abort();
	if (m.kind == MSG_ERROR) {
		struct error e = ERROR_INIT;

		if (err_unpack(m.payload, m.len, &e) == 0 && e.code >= 0)
			abort();
		err_done(&e);
	}
	return 0;
}
