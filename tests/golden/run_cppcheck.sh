#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run_cppcheck.sh SOURCE_DIR BUILD_DIR: cppcheck finds nothing in what the program is made of.
# What scopes free (attribute cleanup) it takes for leaks; the sanitized tests look for those.
set -eu
mkdir -p "$2/cppcheck"
cd "$1"
exec cppcheck --quiet --error-exitcode=1 --enable=warning,portability --inline-suppr -j2 \
	--cppcheck-build-dir="$2/cppcheck" --std=c11 -D__x86_64__ --suppress=missingIncludeSystem \
	--suppress=memleak --suppress=resourceLeak \
	-D_GNU_SOURCE -DHAVE_ZLIB -Iharness -Istressors harness stressors
