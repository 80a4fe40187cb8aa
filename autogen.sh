#!/bin/sh
# Makes configure from configure.ac.  Needed once after a clone, and after a
# change to configure.ac, m4/ or a makefile fragment (make does that itself).
set -e
cd "$(dirname "$0")"
for tool in autoreconf:autoconf aclocal:automake pkg-config:pkg-config; do
	if ! command -v "${tool%%:*}" >/dev/null 2>&1; then
		echo "autogen.sh: ${tool%%:*} is missing" \
		    "(Debian: apt install ${tool##*:})" >&2
		exit 1
	fi
done
mkdir -p build-aux
exec autoreconf --install --force --warnings=all,no-portability
