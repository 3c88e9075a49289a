/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of the top level and of root. */
#include "config.h"

#include "spec/rule.h"

#include <string.h>

#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* The kernel's __NEW_UTS_LEN. */
#define UTS_NAME_MAX 64

/* A number without leading zeros; moves *s behind it. */
static bool take_number(const char **s, unsigned *out)
{
	size_t n = strspn(*s, DIGITS);

	if (n == 0 || n > 9 || (n > 1 && (*s)[0] == '0'))
		return false;
	*out = 0;
	for (size_t i = 0; i < n; i++)
		*out = *out * 10 + (unsigned)((*s)[i] - '0');
	*s += n;
	return true;
}

/* Identifiers with dots between; in a pre-release numbers have no leading zero. */
static bool take_identifiers(const char **s, bool pre)
{
	do {
		size_t n = strspn(*s, DIGITS LETTERS "-");

		if (n == 0)
			return false;
		if (pre && n > 1 && (*s)[0] == '0' && strspn(*s, DIGITS) == n)
			return false;
		*s += n;
	} while (**s == '.' && (*s)++);
	return true;
}

/* Semantic Versioning 2.0.0, the whole string. */
static bool parse_semver(const char *s, unsigned *major, unsigned *minor)
{
	unsigned patch;

	if (!take_number(&s, major) || *s++ != '.')
		return false;
	if (!take_number(&s, minor) || *s++ != '.' || !take_number(&s, &patch))
		return false;
	if (*s == '-' && (s++, !take_identifiers(&s, true)))
		return false;
	if (*s == '+' && (s++, !take_identifiers(&s, false)))
		return false;
	return *s == '\0';
}

/* CONF-01 */
static void check_version(struct check *c)
{
	const char *v = c->config->oci_version;
	struct spot spot = SPOT(c->config, "ociVersion");
	unsigned major, minor, our_major, our_minor;

	if (!v)
		return; /* loading has told */
	if (!parse_semver(v, &major, &minor)) {
		check_fault(c, spot, NULL,
			"expected a version such as \"" SPEC_VERSION
			"\" (SemVer 2.0.0), found %s",
			check_quote(c, v));
		return;
	}
	parse_semver(SPEC_VERSION, &our_major, &our_minor);
	if (major != our_major)
		check_fault(c, spot, NULL,
			"expected a version from " SPEC_VERSION_MIN
			" below 2.0.0, found %s",
			check_quote(c, v));
	else if (minor > our_minor)
		check_warn(c, spot,
			"%s is newer than " SPEC_VERSION ": what it adds is ignored",
			check_quote(c, v));
}

/* CONF-02, CONF-03 */
static void check_uts_name(struct check *c, const char *member, const char *name)
{
	struct spot spot = SPOT(c->config, member);

	if (!check_given(name))
		return;
	if (strlen(name) > UTS_NAME_MAX)
		check_fault(c, spot, NULL, "expected at most %d bytes, found %zu",
			UTS_NAME_MAX, strlen(name));
	if (!check_has_ns(c, SPEC_NS_UTS))
		check_fault(c, spot, "add {\"type\": \"uts\"} to linux.namespaces",
			"%s needs a uts namespace, found none", member);
}

static void check_hostname(struct check *c)
{
	check_uts_name(c, "hostname", c->config->hostname);
}

static void check_domainname(struct check *c)
{
	check_uts_name(c, "domainname", c->config->domainname);
}

/* CONF-04: the specification forbids empty keys, and leaves values free. */
static void check_annotations(struct check *c)
{
	for (size_t i = 0; i < c->config->n_annotations; i++) {
		if (!c->config->annotations[i].key[0])
			check_fault(c, SPOT_KEY(c->config, "annotations", ""), NULL,
				"expected a name, found an empty one");
	}
}

/* CONF-08, ROOT-01, ROOT-02 */
static void check_root(struct check *c)
{
	const struct spec_root *root = c->config->root;

	if (!root) {
		check_missing(c, c->config->at, "root");
		return;
	}
	if (root->path && !root->path[0])
		check_fault(c, SPOT(root, "path"), NULL,
			"expected the path of a folder, found \"\"");
	if (root->readonly && !check_has_ns(c, SPEC_NS_MOUNT))
		check_fault(c, SPOT(root, "readonly"),
			"add {\"type\": \"mount\"} to linux.namespaces",
			"a read-only root needs a mount namespace, found none");
}

const struct rule rules_config[] = {
	{ "ociVersion", "config.md#specification-version", check_version },
	{ "root", "config.md#root", check_root },
	{ "hostname", "config.md#hostname", check_hostname },
	{ "domainname", "config.md#domainname", check_domainname },
	{ "annotations", "config.md#annotations", check_annotations },
	{ NULL, NULL, NULL },
};
