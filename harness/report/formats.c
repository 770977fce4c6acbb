/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/formats.h"

#include "base/words.h"

const struct report_format *const report_formats[] = {
	/* clang-format off */
	&report_text,
	&report_json,
	&report_ktap,
	&report_junit,
	&report_html,
	&report_perfetto,
	&report_openmetrics,
	NULL,
	/* clang-format on */
};

const struct report_format *report_find(const char *name)
{
	for (size_t i = 0; report_formats[i]; i++)
		if (str_eq(report_formats[i]->name, name))
			return report_formats[i];
	return NULL;
}
