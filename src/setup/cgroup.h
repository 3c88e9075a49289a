/* SPDX-License-Identifier: Apache-2.0 */
/* What the cgroup drivers share. For the files of this folder. */
#ifndef DAVIT_SETUP_CGROUP_H
#define DAVIT_SETUP_CGROUP_H

#include "setup/step.h"

/* --- cgroup_fs.c --- */

/* With the cgroups open in ctx->cgroup_fds: write the values that are not late, attach the device
 * program, give the cgroup to its owner. */
int cgroup_values(struct step_ctx *ctx, struct error *e);
/* Write the late ones (pids.max), which we ourselves could not live with. */
int cgroup_late_values(struct step_ctx *ctx, struct error *e);
/* Make the folders of path in a v1 hierarchy, with a cpuset all the way down. An O_PATH descriptor
 * of the last; *made as cgfs_mkdir() counts. -EBUSY when it is frozen (CG-06). */
int cgroup_make_v1(const struct plan_hierarchy *h, int root, const char *path,
	unsigned *made, struct error *e);
/* Is the cgroup frozen, by itself or from above, which a new one may be as well? -EBUSY: who
 * entered it would stop, and we would wait for that (CG-06, I3). */
int cgroup_check_frozen(const struct plan_hierarchy *h, int dir, struct error *e);

/* --- cgroup_own.c --- */

/* CG-08, CG-09: the folder and the files of delegation get plan.cgroup.owner. */
int cgroup_give(const struct plan_cgroup *cg, int dirfd, struct error *e);

/* --- cgroup_place.c --- */

/*
 * systemd has made the unit with pid in it (a slice: pid has still to be moved): find where it is,
 * open it in every hierarchy, move pid where systemd does not, and see that the controllers that
 * are needed are there (CG-11). ctx->cgroup_fds, cgroup_paths, cgroup_made, v2_fd.
 */
int cgroup_place(struct step_ctx *ctx, pid_t pid, struct error *e);
/* Remove the folders that cgroup_place() made, and close. */
void cgroup_place_undo(struct step_ctx *ctx);

/* --- cgroup_unit.c --- */

/* The late properties (a limit of tasks below what we ourselves need), then the late values. */
int step_cgroup_unit_late(struct step_ctx *ctx, struct error *e);

#endif
