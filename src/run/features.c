/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The features document (features.md, features-linux.md), from the tables that the parser and the
 * planners use: there is no second list of anything.
 */
#include "config.h"
#include "identity.h"

#include "run/run.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "spec/mountopt.h"
#include "spec/names.h"
#include "sys/seccomp.h"

static void table_names(struct json_w *w, const char *key, const struct table *t)
{
	json_w_key(w, key);
	json_w_array(w);
	for (size_t i = 0; i < t->n; i++)
		json_w_str(w, t->entries[i].name);
	json_w_end_array(w);
}

static int option(void *arg, const struct mountopt_info *info)
{
	json_w_str(arg, info->name);
	return 0;
}

static void enabled(struct json_w *w, const char *key, bool yes)
{
	json_w_key(w, key);
	json_w_object(w);
	json_w_kbool(w, "enabled", yes);
	json_w_end_object(w);
}

/* FEAT-08 */
static void cgroup(struct json_w *w)
{
	json_w_key(w, "cgroup");
	json_w_object(w);
	json_w_kbool(w, "v1", true);
	json_w_kbool(w, "v2", true);
	json_w_kbool(w, "systemd", true);
	json_w_kbool(w, "systemdUser", true);
	json_w_kbool(w, "rdma", true);
	json_w_end_object(w);
}

static void seccomp(struct json_w *w)
{
	json_w_key(w, "seccomp");
	json_w_object(w);
	json_w_kbool(w, "enabled", HAVE_SECCOMP);
#if HAVE_SECCOMP
	table_names(w, "actions", &names_seccomp_action);
	table_names(w, "operators", &names_seccomp_op);
	table_names(w, "archs", &names_seccomp_arch);
	table_names(w, "knownFlags", &names_seccomp_flag);
	json_w_key(w, "supportedFlags");
	json_w_array(w);
	for (size_t i = 0; i < names_seccomp_flag.n; i++) {
		if (sys_seccomp_flag_known((unsigned)names_seccomp_flag.entries[i].id))
			json_w_str(w, names_seccomp_flag.entries[i].name);
	}
	json_w_end_array(w);
#endif
	json_w_end_object(w);
}

static void linux_part(struct json_w *w)
{
	json_w_key(w, "linux");
	json_w_object(w);
	table_names(w, "namespaces", &names_namespace);
	table_names(w, "capabilities", &names_capability);
	cgroup(w);
	seccomp(w);
	/* FEAT-13: whether davit can, not whether this host does. */
	enabled(w, "apparmor", true);
	enabled(w, "selinux", true);
	json_w_key(w, "memoryPolicy");
	json_w_object(w);
	table_names(w, "modes", &names_mpol_mode);
	table_names(w, "flags", &names_mpol_flag);
	json_w_end_object(w);
	json_w_key(w, "intelRdt");
	json_w_object(w);
	json_w_kbool(w, "enabled", true);
	json_w_kbool(w, "schemata", true);
	json_w_kbool(w, "monitoring", true);
	json_w_end_object(w);
	json_w_key(w, "mountExtensions");
	json_w_object(w);
	enabled(w, "idmap", true);
	json_w_end_object(w);
	enabled(w, "netDevices", HAVE_MNL);
	json_w_end_object(w);
}

int run_features(struct buf *out, struct error *e)
{
	struct json_w *w = json_w_open(2);
	int r;

	if (!w)
		return err_set(e, ERR_SYSTEM, -ENOMEM, "cannot write the features");
	json_w_object(w);
	json_w_kstr(w, "ociVersionMin", SPEC_VERSION_MIN);
	json_w_kstr(w, "ociVersionMax", SPEC_VERSION);
	table_names(w, "hooks", &names_hook);
	json_w_key(w, "mountOptions");
	json_w_array(w);
	mountopt_each(option, w);
	json_w_end_array(w);
	linux_part(w);
	json_w_key(w, "annotations");
	json_w_object(w);
	json_w_kstr(w, "io.davit.version", PACKAGE_VERSION);
	json_w_kstr(w, "io.davit.commit", DAVIT_COMMIT);
	/* B12 */
	json_w_kstr(w, "io.davit.unsafe-options", "--no-pivot");
	/* Engines look at this key of runc's. */
	json_w_kstr(w, "org.opencontainers.runc.checkpoint.enabled", "false");
	json_w_end_object(w);
	json_w_key(w, "potentiallyUnsafeConfigAnnotations");
	json_w_array(w);
	json_w_str(w, "org.systemd.property.");
	json_w_str(w, "run.oci.keep_original_groups");
	json_w_str(w, "run.oci.mount_context_type");
	json_w_end_array(w);
	json_w_end_object(w);
	r = json_w_close(w, out);
	if (r == 0)
		r = buf_adds(out, "\n");
	return r < 0 ? err_set(e, ERR_SYSTEM, r, "cannot write the features") : 0;
}
