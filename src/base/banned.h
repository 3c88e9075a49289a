/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that never appear: without a bound, or without a way to tell an error. The makefile has
 * the compiler include this before every file, so what declares them must come first.
 */
#ifndef DAVIT_BASE_BANNED_H
#define DAVIT_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Under clang some are macros of a libc that checks bounds. */
#undef strcpy
#undef strcat
#undef sprintf
#undef vsprintf
#undef strtok
#undef atoi
#undef atol
#undef system
#undef gets
#pragma GCC poison strcpy strcat sprintf vsprintf strtok atoi atol system gets

#endif
