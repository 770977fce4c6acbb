/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reading as one line: for logs and narrow terminals, and for programs. */
#include <stdarg.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/term.h"
#include "live/watch_view.h"

struct line {
	char text[LIVE_LINE_BYTES];
	size_t len;
};

static void add(struct line *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct line *l, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(l->text + l->len, sizeof(l->text) - l->len, fmt, ap);
	va_end(ap);
	l->len = MIN(l->len + (size_t)MAX(n, 0), sizeof(l->text) - 1);
}

/* The columns of sizes: as wide as they get, so that lines stand below one another. */
static const struct {
	enum watch_number n;
	const char *name;
} sizes[] = {
	{WN_ANON, "anon"},     {WN_FILE, "file"}, {WN_SHMEM, "shmem"},
	{WN_KERNEL, "kernel"}, {WN_SLAB, "slab"}, {WN_SWAP, "swap"},
};

static const struct {
	enum watch_number n;
	const char *name;
	bool pages;
} per_second[] = {
	{WN_SCAN, "scan", true},
	{WN_STEAL, "steal", true},
	{WN_REFAULT_ANON, "refault-anon", true},
	{WN_REFAULT_FILE, "refault-file", true},
	{WN_MAJFLT, "majflt", false},
};

static void add_usage(struct line *l, const int64_t *v)
{
	char a[QUANTITY_MAX], b[QUANTITY_MAX];

	add(l, "  current %5s", live_size(a, v[WN_CURRENT]));
	if (v[WN_MAX] != VALUE_ABSENT && v[WN_MAX] != VALUE_MAX && v[WN_MAX] > 0)
		add(l, " of %s %3.0f%%", live_size(b, v[WN_MAX]),
		    100.0 * (double)v[WN_CURRENT] / (double)v[WN_MAX]);
}

/* Of counters from the second reading on. */
static void add_rates(struct line *l, const struct watch_view *wv)
{
	const double *r = wv->rates.per_s;
	char a[QUANTITY_MAX];

	if (r[WN_SOME] >= 0)
		add(l, "  some %3.0f%%  full %3.0f%%", r[WN_SOME] / 1e7, MAX(r[WN_FULL], 0) / 1e7);
	for (size_t i = 0; i < ARRAY_SIZE(per_second); i++) {
		double v = r[per_second[i].n];

		if (v < 0)
			continue;
		if (per_second[i].pages)
			live_size(a, (int64_t)(v * (double)wv->w->page_size));
		else
			live_count(a, v);
		add(l, "  %s %5s/s", per_second[i].name, a);
	}
}

void watch_line(char *buf, size_t size, const struct watch_view *wv, unsigned columns)
{
	const int64_t *v = wv->rd->values;
	struct line l = {.len = 0};
	char a[QUANTITY_MAX], t[32];

	add(&l, "%7s", live_time(t, nsec(wv->t_ns)));
	add_usage(&l, v);
	for (size_t i = WN_EVENT_FIRST; i <= WN_EVENT_LAST; i++)
		if (wv->rose[i] && columns)
			add(&l, "  %s +%lld", strrchr(watch_names[i], '.') + 1,
			    (long long)wv->rose[i]);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		if (v[sizes[i].n] != VALUE_ABSENT)
			add(&l, "  %s %5s", sizes[i].name, live_size(a, v[sizes[i].n]));
	add_rates(&l, wv);
	for (size_t i = WN_EVENT_FIRST; i <= WN_EVENT_LAST; i++)
		if (wv->rose[i] && !columns)
			add(&l, "  %s +%lld", strrchr(watch_names[i], '.') + 1,
			    (long long)wv->rose[i]);
	text_copy(buf, size, l.text, columns ? columns - 1 : SIZE_MAX);
}

void watch_json(FILE *out, const struct watch_view *wv)
{
	fprintf(out, "{\"t\":%.3f", (double)wv->t_ns / NSEC_PER_SEC);
	for (size_t i = 0; i < WN_COUNT; i++) {
		int64_t v = wv->rd->values[i];

		if (v == VALUE_MAX)
			fprintf(out, ",\"%s\":null", watch_names[i]);
		else if (v != VALUE_ABSENT)
			fprintf(out, ",\"%s\":%lld", watch_names[i], (long long)v);
	}
	fputs("}\n", out);
}
