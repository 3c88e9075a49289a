/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of linux.sysctl: only what belongs to a namespace of the container may be written. */
#include "config.h"

#include "spec/sysctl.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "spec/rule.h"

struct family {
	const char *path; /* with '/' at the end: everything below */
	enum spec_ns ns;
	const char *ns_name;
};

/* SYSC-02 to SYSC-05: what the kernel keeps by namespace. */
static const struct family families[] = {
	{ "kernel/msgmax", SPEC_NS_IPC, "ipc" },
	{ "kernel/msgmnb", SPEC_NS_IPC, "ipc" },
	{ "kernel/msgmni", SPEC_NS_IPC, "ipc" },
	{ "kernel/sem", SPEC_NS_IPC, "ipc" },
	{ "kernel/shmall", SPEC_NS_IPC, "ipc" },
	{ "kernel/shmmax", SPEC_NS_IPC, "ipc" },
	{ "kernel/shmmni", SPEC_NS_IPC, "ipc" },
	{ "kernel/shm_rmid_forced", SPEC_NS_IPC, "ipc" },
	{ "fs/mqueue/", SPEC_NS_IPC, "ipc" },
	{ "kernel/domainname", SPEC_NS_UTS, "uts" },
	{ "net/", SPEC_NS_NET, "network" },
	{ "user/", SPEC_NS_USER, "user" },
};

static bool is_bad_part(const char *p, size_t n)
{
	return n == 0 || (n == 1 && p[0] == '.') ||
	       (n == 2 && p[0] == '.' && p[1] == '.');
}

int spec_sysctl_path(struct arena *a, const char *key, const char **out)
{
	size_t first = strcspn(key, "./");
	bool dots = key[first] == '.';
	char *path;

	if (!key[first])
		return -EINVAL;
	path = arena_strdup(a, key);
	if (!path)
		return -ENOMEM;
	for (char *p = path; dots && *p; p++) {
		if (*p == '.')
			*p = '/';
		else if (*p == '/')
			*p = '.';
	}
	for (const char *p = path;;) {
		size_t n = strcspn(p, "/");

		if (is_bad_part(p, n))
			return -EINVAL;
		if (!p[n])
			break;
		p += n + 1;
	}
	*out = path;
	return 0;
}

static const struct family *find(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		const char *name = families[i].path;
		size_t n = strlen(name);

		if (name[n - 1] == '/' ? strncmp(path, name, n) == 0
				       : strcmp(path, name) == 0)
			return &families[i];
	}
	return NULL;
}

/* SYSC-04, CONF-03 */
static void check_domain(struct check *c, struct spot spot, const char *value)
{
	const char *domain = c->config->domainname;

	if (check_given(domain) && strcmp(domain, value) != 0)
		check_fault(c, spot, "leave one of the two out",
			"expected the value of domainname, %s, found %s",
			check_quote(c, domain), check_quote(c, value));
}

static void check_key(
	struct check *c, struct spot spot, const char *path, const char *value)
{
	const struct family *f = find(path);

	if (strcmp(path, "kernel/hostname") == 0)
		check_fault(c, spot, "set hostname, at the top level",
			"kernel.hostname may not be set here");
	else if (!f)
		check_fault(c, spot, NULL,
			"expected a kernel parameter that belongs to a namespace, found %s",
			check_quote(c, spot.key));
	else if (!check_has_ns(c, f->ns))
		check_fault(c, spot, NULL,
			"%s needs a namespace of type \"%s\", found none",
			check_quote(c, spot.key), f->ns_name);
	else if (strcmp(path, "kernel/domainname") == 0)
		check_domain(c, spot, value);
}

/* C3: neither key nor value may say more than one parameter. */
static bool has_control(const char *s)
{
	for (; *s; s++) {
		if (((unsigned char)*s < 0x20 && *s != '\t') || *s == 0x7f)
			return true;
	}
	return false;
}

static void check_sysctl(struct check *c)
{
	const struct spec_linux *l = c->config->linux;

	for (size_t i = 0; l && i < l->n_sysctl; i++) {
		const struct kv *kv = &l->sysctl[i];
		struct spot spot = SPOT_KEY(l, "sysctl", kv->key);
		const char *path;
		int r = has_control(kv->key) ? -EINVAL
					     : spec_sysctl_path(c->arena, kv->key, &path);

		if (r == -EINVAL)
			check_fault(c, spot, NULL,
				"expected a name such as \"net.ipv4.ip_forward\", found %s",
				check_quote(c, kv->key));
		else if (r < 0)
			c->no_memory = true;
		else
			check_key(c, spot, path, kv->value);
		if (has_control(kv->value))
			check_fault(c, spot, NULL, "expected one line of text, found %s",
				check_quote(c, kv->value));
	}
}

const struct rule rules_sysctl[] = {
	{ "linux.sysctl", "config-linux.md#sysctl", check_sysctl },
	{ NULL, NULL, NULL },
};
