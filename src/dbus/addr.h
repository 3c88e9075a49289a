/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of D-Bus servers: where to connect to. */
#ifndef DAVIT_DBUS_ADDR_H
#define DAVIT_DBUS_ADDR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct error;

/* One entry of an address list that names a unix socket. */
struct dbus_addr {
	struct buf name; /* path, or name in the abstract namespace, without %-escapes */
	bool abstract;
};

/*
 * Take the next entry off *list ("unix:path=/a,guid=1;unix:abstract=b"; D-Bus Specification,
 * "Server Addresses") and move *list behind it. 1: out is a unix socket (out->name is the caller's
 * to free); 0: an entry of another transport; -ENOENT at the end; -EINVAL for a broken entry;
 * -ENOMEM.
 */
int dbus_addr_next(const char **list, struct dbus_addr *out);

#endif
