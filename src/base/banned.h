/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that never appear: included by the lint and by each folder's sources via cleanup. */
#ifndef DAVIT_BASE_BANNED_H
#define DAVIT_BASE_BANNED_H

#pragma GCC poison strcpy strcat sprintf vsprintf strtok atoi atol system gets

#endif
