/* SPDX-License-Identifier: Apache-2.0 */
/* Where the managers are. */
#include "config.h"

#include "dbus/conn.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"

#define SYSTEM_PRIVATE "unix:path=/run/systemd/private"
#define SYSTEM_BUS \
	"unix:path=/run/dbus/system_bus_socket;unix:path=/var/run/dbus/system_bus_socket"

static const char *variable(const char *name)
{
	const char *text = getenv(name);

	return text && text[0] ? text : NULL;
}

/* Nobody is there, as opposed to somebody who does not want us. */
static bool is_absent(int r)
{
	return r == -ENOENT || r == -ECONNREFUSED || r == -ENOTDIR;
}

static int nobody(const char *hint, struct error *e)
{
	err_set(e, ERR_HOST, -ENOTCONN, "cannot reach systemd");
	err_hint(e, "%s", hint);
	return -ENOTCONN;
}

static int open_system(int timeout_ms, struct dbus *out, struct error *e)
{
	const char *given = variable("DBUS_SYSTEM_BUS_ADDRESS");
	int r = -ENOENT;

	if (given)
		return dbus_open_address(given, true, timeout_ms, out, e);
	if (geteuid() == 0)
		r = dbus_open_address(SYSTEM_PRIVATE, false, timeout_ms, out, e);
	if (is_absent(r))
		r = dbus_open_address(SYSTEM_BUS, true, timeout_ms, out, e);
	if (is_absent(r))
		return nobody("this machine is not run by systemd: use "
			      "--cgroup-manager=cgroupfs",
			e);
	return r;
}

/* "unix:path=DIR/name", with what the specification wants escaped. */
static int address_below(const char *dir, const char *name, struct buf *out)
{
	int r = buf_adds(out, "unix:path=");

	for (const char *p = dir; r == 0 && *p; p++) {
		unsigned char c = (unsigned char)*p;
		bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			     (c >= 'a' && c <= 'z') || strchr("-_/.", c);

		r = plain ? buf_add(out, p, 1) : buf_addf(out, "%%%02x", c);
	}
	return r < 0 ? r : buf_adds(out, name);
}

/* Is the address the one that a session has anyway? */
static bool is_usual(const char *address, const char *usual)
{
	size_t n = strlen(usual);

	return strncmp(address, usual, n) == 0 &&
	       (address[n] == '\0' || address[n] == ',');
}

static int open_user(int timeout_ms, struct dbus *out, struct error *e)
{
	const char *given = variable("DBUS_SESSION_BUS_ADDRESS");
	const char *dir = variable("XDG_RUNTIME_DIR");
	auto_buf struct buf bus = BUF_INIT, private = BUF_INIT;
	int r = -ENOENT;

	if (dir && (address_below(dir, "/bus", &bus) < 0 ||
			   address_below(dir, "/systemd/private", &private) < 0))
		return err_sys(e, ENOMEM, "malloc", "cannot reach systemd");
	if (given && !(dir && is_usual(given, bus.p)))
		return dbus_open_address(given, true, timeout_ms, out, e);
	if (dir)
		r = dbus_open_address(private.p, false, timeout_ms, out, e);
	if (dir && is_absent(r))
		r = dbus_open_address(bus.p, true, timeout_ms, out, e);
	if (is_absent(r))
		return nobody(
			"there is no user session with a systemd: XDG_RUNTIME_DIR and "
			"DBUS_SESSION_BUS_ADDRESS say where it is; \"loginctl "
			"enable-linger\" starts one",
			e);
	return r;
}

int dbus_open(enum dbus_which which, int timeout_ms, struct dbus *out, struct error *e)
{
	int r = which == DBUS_SYSTEM ? open_system(timeout_ms, out, e)
				     : open_user(timeout_ms, out, e);

	return r < 0 ? err_wrap(e, "the %s's systemd",
			       which == DBUS_SYSTEM ? "system" : "user")
		     : 0;
}
