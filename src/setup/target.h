/* SPDX-License-Identifier: Apache-2.0 */
/* The mount points of proc and sysfs. */
#ifndef DAVIT_SETUP_TARGET_H
#define DAVIT_SETUP_TARGET_H

struct error;

/*
 * The folder path below rootfs, made where it is missing, as O_PATH descriptor. proc and sysfs
 * go on real folders only, without a link on the way: else labels and masks would land on a
 * decoy (CVE-2019-16884, CVE-2023-27561, B4, B5). -EINVAL for the root and for "..", -ENOTDIR or
 * -ELOOP for a link.
 */
int target_strict(int rootfs, const char *path, struct error *e);

#endif
