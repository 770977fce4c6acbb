/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of compare/. */
#ifndef MT_COMPARE_INSIDE_H
#define MT_COMPARE_INSIDE_H

#include "compare/compare.h"

/* Fill the series from the runs of all sides. */
void compare_collect(struct comparison *c, const char *pattern);
/* Fill the findings from the series. */
void compare_find(struct comparison *c);
/* Fill the changes of verdicts of checks from the runs. */
void compare_verdicts(struct comparison *c);

#endif
