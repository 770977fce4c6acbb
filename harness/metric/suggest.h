/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "Did you mean" over every metric there is, group paths and stressor names included. Only for
 * metric/. */
#ifndef MT_METRIC_SUGGEST_H
#define MT_METRIC_SUGGEST_H

#include "metric/metric.h"

/* The nearest whole name into ret (METRIC_NAME_MAX bytes), "" when nothing is near. */
void metric_suggest(const char *want, const struct metric_names *names, char *ret);

#endif
