#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run_format.sh SOURCE_DIR: every source is as clang-format 14 would write it.
set -eu
cd "$1"
find harness stressors tests -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror
