/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole run as it is saved: record/schema.json. */
#include "report/formats.h"

static int json_end(const struct run *run, FILE *out, const struct report_options *o,
		    struct err *err)
{
	(void)o;
	return run_write(run, out, err);
}

const struct report_format report_json = {
	.name = "json",
	.help = "everything that was measured, as record/schema.json says",
	.end = json_end,
};
