/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The formats, one file each; named nowhere else but in formats.c. */
#ifndef MT_REPORT_FORMATS_H
#define MT_REPORT_FORMATS_H

#include "report/report.h"

extern const struct report_format report_text, report_json, report_ktap, report_junit, report_html,
	report_perfetto, report_openmetrics;

#endif
