# Small checks used by configure.ac.

# MO_CFLAG(FLAGS, VARIABLE)
# Appends FLAGS to VARIABLE when the compiler takes them without a warning.
AC_DEFUN([MO_CFLAG], [
  AC_MSG_CHECKING([whether $CC accepts $1])
  mo_save_cflags="$CFLAGS"
  CFLAGS="$CFLAGS $1 -Werror"
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <string.h>]], [[]])],
    [AC_MSG_RESULT([yes])
     $2="$$2 $1"],
    [AC_MSG_RESULT([no])])
  CFLAGS="$mo_save_cflags"
  AC_SUBST([$2])
])

# MO_NO_WARNING(NAME, VARIABLE)
# Turns a warning off where the compiler has it.  Asked by its positive form:
# gcc takes any -Wno-x in silence and complains about it later.
AC_DEFUN([MO_NO_WARNING], [
  mo_has_warning=
  MO_CFLAG([-W$1], [mo_has_warning])
  AS_IF([test -n "$mo_has_warning"], [$2="$$2 -Wno-$1"])
])

# MO_LDFLAG(FLAG, VARIABLE)
# Appends FLAG to VARIABLE when a program links with it.
AC_DEFUN([MO_LDFLAG], [
  AC_MSG_CHECKING([whether the linker accepts $1])
  mo_save_cflags="$CFLAGS"
  mo_save_ldflags="$LDFLAGS"
  CFLAGS="$CFLAGS -fPIE"
  LDFLAGS="$LDFLAGS $1"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([[]], [[]])],
    [AC_MSG_RESULT([yes])
     $2="$$2 $1"],
    [AC_MSG_RESULT([no])])
  CFLAGS="$mo_save_cflags"
  LDFLAGS="$mo_save_ldflags"
  AC_SUBST([$2])
])

# MO_NEED_FLAG(FLAG, VARIABLE, MESSAGE)
# Appends FLAG to VARIABLE; stops with MESSAGE when nothing links with it.
AC_DEFUN([MO_NEED_FLAG], [
  AC_MSG_CHECKING([whether $CC builds programs with $1])
  mo_save_cflags="$CFLAGS"
  CFLAGS="$CFLAGS $1"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([[]], [[]])],
    [AC_MSG_RESULT([yes])
     $2="$$2 $1"],
    [AC_MSG_RESULT([no])
     AC_MSG_ERROR([$3])])
  CFLAGS="$mo_save_cflags"
  AC_SUBST([$2])
])

# MO_NEED_PKG(PREFIX, MODULES, DEBIAN-PACKAGE)
# Sets PREFIX_CFLAGS and PREFIX_LIBS from pkg-config.  Headers are taken as
# system headers, so that our warnings do not judge other people's code.
AC_DEFUN([MO_NEED_PKG], [
  PKG_CHECK_MODULES([$1], [$2],
    [$1_CFLAGS=`AS_ECHO(["$$1_CFLAGS"]) | sed 's/-I */-isystem /g'`],
    [MO_MISSING="$MO_MISSING $3"
     AC_MSG_WARN([$2 not found (Debian: $3)])])
])

# MO_NEED_LIB(PREFIX, HEADER, LIBRARY, FUNCTION, DEBIAN-PACKAGE)
# For libraries that ship no .pc file: sets PREFIX_LIBS.
AC_DEFUN([MO_NEED_LIB], [
  mo_found=no
  AC_CHECK_HEADER([$2],
    [AC_CHECK_LIB([$3], [$4], [mo_found=yes])])
  AS_IF([test "$mo_found" = yes], [$1_LIBS="-l$3"],
    [MO_MISSING="$MO_MISSING $5"
     AC_MSG_WARN([$2 and lib$3 not found (Debian: $5)])])
  AC_SUBST([$1_LIBS])
])
