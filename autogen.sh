#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes configure and Makefile.in in a checkout. Two at once wait for each other.
set -eu
cd "$(dirname "$0")"
build-aux/update-files
mkdir -p autom4te.cache
exec flock autom4te.cache/lock autoreconf --install --warnings=all,no-obsolete "$@"
