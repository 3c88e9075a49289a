/* SPDX-License-Identifier: Apache-2.0 */
/* A tmpfs that begins with a copy of the folder it covers. */
#ifndef DAVIT_SETUP_TMPCOPYUP_H
#define DAVIT_SETUP_TMPCOPYUP_H

struct error;

/*
 * Copy what is in the folder from (O_PATH or open) into the folder to: owner, mode, times, links,
 * hard links, holes, device nodes, extended attributes. Nothing is followed (B15). The root's own
 * owner and mode are copied too. -ENOSPC when the tmpfs is full; both descriptors stay the
 * caller's.
 */
int tmpcopyup(int from, int to, struct error *e);

#endif
