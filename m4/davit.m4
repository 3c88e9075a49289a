dnl SPDX-License-Identifier: Apache-2.0
dnl What configure finds out for davit: language, flags, libraries.

dnl DAVIT_FLAG(VARIABLE, FLAGS, [WITH]): add FLAGS to VARIABLE if the compiler and
dnl the linker take them without a warning; WITH is used in the test alone.
AC_DEFUN([DAVIT_FLAG], [
	AC_MSG_CHECKING([whether $CC takes $2])
	davit_saved=$CFLAGS
	CFLAGS="$CFLAGS -Werror $2 $3"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
		[AC_MSG_RESULT([yes]); AS_VAR_APPEND([$1], [" $2"])],
		[AC_MSG_RESULT([no])])
	CFLAGS=$davit_saved
])

dnl DAVIT_LANGUAGE: C11 with the GNU interfaces, but not the GNU names. Under gnu11
dnl the name "linux" is a macro, and the specification has an object of that name.
AC_DEFUN([DAVIT_LANGUAGE], [
	DAVIT_CPPFLAGS="-D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64"
	DAVIT_STD="-std=c11"
	AC_MSG_CHECKING([that linux is not a macro under $DAVIT_STD])
	davit_saved=$CFLAGS
	CFLAGS="$CFLAGS $DAVIT_CPPFLAGS $DAVIT_STD"
	AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
#ifdef linux
#error linux is a macro
#endif
_Static_assert (sizeof(int) >= 4, "C11");
struct { int linux; } x;
]])], [AC_MSG_RESULT([yes])], [AC_MSG_RESULT([no])
		AC_MSG_ERROR([davit needs a C11 compiler; are there -std flags in CC or CFLAGS?])])
	CFLAGS=$davit_saved
	AC_SUBST([DAVIT_CPPFLAGS])
	AC_SUBST([DAVIT_STD])
])

dnl DAVIT_FLAGS: warnings, hardening, instrumentation.
AC_DEFUN([DAVIT_FLAGS], [
	DAVIT_CFLAGS=
	DAVIT_LDFLAGS=
	FUZZ_LDFLAGS=
	for davit_flag in -Wall -Wextra -Wshadow -Wconversion -Wmissing-prototypes \
		-Wimplicit-fallthrough -Wvla; do
		DAVIT_FLAG([DAVIT_CFLAGS], [$davit_flag])
	done
	DAVIT_FLAG([DAVIT_CFLAGS], [-fstack-protector-strong])
	DAVIT_FLAG([DAVIT_CFLAGS], [-fno-strict-aliasing])
	DAVIT_FLAG([DAVIT_CFLAGS], [-ffunction-sections])
	DAVIT_FLAG([DAVIT_CFLAGS], [-fdata-sections])
	DAVIT_FLAG([DAVIT_LDFLAGS], [-Wl,--gc-sections])
	DAVIT_FLAG([DAVIT_LDFLAGS], [-Wl,--as-needed])

	AS_IF([test "$enable_fuzz" = yes], [
		enable_sanitize=yes
		DAVIT_FLAG([DAVIT_CFLAGS], [-fsanitize=fuzzer-no-link])
		AS_CASE(["$DAVIT_CFLAGS"], [*fuzzer-no-link*], [],
			[AC_MSG_ERROR([--enable-fuzz needs clang: configure CC=clang ...])])
		FUZZ_LDFLAGS=-fsanitize=fuzzer
	])
	AS_IF([test "$enable_sanitize" = yes], [
		DAVIT_FLAG([DAVIT_CFLAGS], [-fsanitize=address,undefined])
		AS_CASE(["$DAVIT_CFLAGS"], [*=address*], [],
			[AC_MSG_ERROR([$CC cannot link with the sanitizers])])
		DAVIT_FLAG([DAVIT_CFLAGS], [-fno-sanitize-recover=undefined])
		DAVIT_FLAG([DAVIT_CFLAGS], [-fno-omit-frame-pointer])
	], [
		AS_CASE([" $CFLAGS "], [*\ -O@<:@123sz@:>@\ *|*\ -O\ *|*\ -Ofast\ *],
			[AS_VAR_APPEND([DAVIT_CPPFLAGS],
				[" -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"])])
	])
	AS_IF([test "$enable_coverage" = yes], [
		AS_VAR_APPEND([DAVIT_CFLAGS], [" --coverage -fprofile-update=atomic"])
	])
	AS_IF([test "$enable_static_binary" = yes], [
		DAVIT_FLAG([DAVIT_CFLAGS], [-fno-pie])
		DAVIT_FLAG([DAVIT_LDFLAGS], [-no-pie])
		AS_VAR_APPEND([DAVIT_LDFLAGS], [" -static"])
	], [test "$enable_shared_library" = yes], [
		AS_VAR_APPEND([DAVIT_CFLAGS], [" -fPIC"])
		DAVIT_FLAG([DAVIT_LDFLAGS], [-pie], [-fPIC])
	], [
		DAVIT_FLAG([DAVIT_CFLAGS], [-fPIE])
		DAVIT_FLAG([DAVIT_LDFLAGS], [-pie], [-fPIE])
	])
	DAVIT_FLAG([DAVIT_LDFLAGS], [-Wl,-z,relro])
	DAVIT_FLAG([DAVIT_LDFLAGS], [-Wl,-z,now])
	AS_IF([test "$enable_werror" = yes], [AS_VAR_APPEND([DAVIT_CFLAGS], [" -Werror"])])
	AC_SUBST([DAVIT_CFLAGS])
	AC_SUBST([DAVIT_LDFLAGS])
	AC_SUBST([FUZZ_LDFLAGS])
])

dnl DAVIT_LIBRARY(NAME, MODULE): use a library unless --without-NAME. Sets HAVE_NAME
dnl to 1 or 0 in config.h and the automake condition WITH_NAME, by which x.c or
dnl x-none.c is built.
AC_DEFUN([DAVIT_LIBRARY], [
	have_$1=no
	AS_IF([test "$with_$1" != no], [
		PKG_CHECK_MODULES(m4_toupper([$1]), [$2], [have_$1=yes],
			[AC_MSG_ERROR([no $2 here: install its development package or give --without-$1])])
		AS_VAR_APPEND([DAVIT_LIB_CFLAGS], [" $m4_toupper([$1])_CFLAGS"])
		AS_VAR_APPEND([DAVIT_LIBS], [" $m4_toupper([$1])_LIBS"])
	])
	AM_CONDITIONAL([WITH_]m4_toupper([$1]), [test "$have_$1" = yes])
	AS_IF([test "$have_$1" = yes], [davit_have=1], [davit_have=0])
	AC_DEFINE_UNQUOTED([HAVE_]m4_toupper([$1]), [$davit_have], [1 with $2, else 0])
])

AC_DEFUN([DAVIT_LIBRARIES], [
	PKG_PROG_PKG_CONFIG([0.28])
	AS_IF([test "$enable_static_binary" = yes], [PKG_CONFIG="$PKG_CONFIG --static"])
	DAVIT_LIB_CFLAGS=
	DAVIT_LIBS=
	PKG_CHECK_MODULES([YAJL], [yajl >= 2.1], [],
		[AC_MSG_ERROR([no yajl here: install libyajl-dev])])
	AS_VAR_APPEND([DAVIT_LIB_CFLAGS], [" $YAJL_CFLAGS"])
	AS_VAR_APPEND([DAVIT_LIBS], [" $YAJL_LIBS"])
	DAVIT_LIBRARY([seccomp], [libseccomp >= 2.5])
	PKG_CHECK_MODULES([CAP], [libcap], [have_cap=yes],
		[AC_MSG_ERROR([no libcap here: install libcap-dev])])
	AS_VAR_APPEND([DAVIT_LIB_CFLAGS], [" $CAP_CFLAGS"])
	AS_VAR_APPEND([DAVIT_LIBS], [" $CAP_LIBS"])
	DAVIT_LIBRARY([mnl], [libmnl])
	AS_IF([test "$enable_static_binary" = yes], [enable_dlopen=no])
	AS_IF([test "$enable_dlopen" != no], [
		enable_dlopen=yes
		AC_SEARCH_LIBS([dlopen], [dl], [], [enable_dlopen=no])
	])
	AS_IF([test "$enable_dlopen" = yes], [davit_have=1], [davit_have=0])
	AC_DEFINE_UNQUOTED([DAVIT_DLOPEN], [$davit_have],
		[1 where libraries that few commands need are loaded by those, 0 where they are linked])
	AC_SUBST([DAVIT_LIB_CFLAGS])
	AC_SUBST([DAVIT_LIBS])
	PKG_CHECK_MODULES([CMOCKA], [cmocka >= 1.1], [have_cmocka=yes], [have_cmocka=no])
])
