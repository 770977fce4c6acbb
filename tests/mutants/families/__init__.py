# SPDX-License-Identifier: GPL-2.0-or-later
"""One file a family, each with a list MUTANTS."""
