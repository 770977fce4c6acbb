/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/json_fields.h"

#include <limits.h>
#include <string.h>

/* Rows are looked at as bytes: an enum is written and read through an int. */
_Static_assert(sizeof(enum verdict) == sizeof(int), "J_WORD goes through an int");
_Static_assert(sizeof(size_t) == sizeof(int64_t), "J_I64 takes a size_t");

static const char *const unit_words[] = {
	[UNIT_NONE] = "none",	[UNIT_COUNT] = "count",
	[UNIT_BYTES] = "bytes", [UNIT_PAGES] = "pages",
	[UNIT_DUR] = "ns",	[UNIT_PERCENT] = "percent/1000",
	[UNIT_BPS] = "bytes/s", [UNIT_PER_SEC] = "per-second/1000",
	[UNIT_TEXT] = "word",	[UNIT_MAX] = NULL,
};

static const char *const flag_words[] = {
	"charge", "rstat", "lru", "percpu", "pcp", "counter", "estimate", "slab-rcu", NULL,
};

static const char *const settled_words[] = {
	"stock", "rstat", "percpu", "lru", "slab", "still", "calm", NULL,
};

static const char *const constraint_words[] = {
	[C_EQUAL] = "equal",	   [C_AT_MOST] = "at-most",
	[C_AT_LEAST] = "at-least", [C_RANGE] = "range",
	[C_NOT] = "not",	   [C_WORD] = "word",
	[C_NOT_WORD] = "not-word", NULL,
};

#define AT(member)	 .offset = offsetof(struct T, member)
#define COUNT(member)	 .count = offsetof(struct T, member)
#define ANY		 .min = INT64_MIN, .max = INT64_MAX
#define FROM(n)		 .min = (n), .max = INT64_MAX
#define LIST(member, fs) AT(member), COUNT(n_##member), .of = &(fs)
#define BUF(member)	 AT(member), .size = sizeof(((struct T *)0)->member)
#define END                                                                                        \
	{                                                                                          \
		.key = NULL                                                                        \
	}
#define FIELDS(name, ...)                                                                          \
	static const struct field name##_rows[] = {__VA_ARGS__, END};                              \
	static const struct fields name = {name##_rows, sizeof(struct T), false}

#define T spec_knob
FIELDS(knob, {"name", J_TEXT, AT(name)}, {"value", J_VALUE, AT(value)},
       {"unit", J_WORD, AT(unit), .words = unit_words});
#undef T

#define T spec_group
FIELDS(group, {"path", J_TEXT, AT(path)}, {"parent", J_INT, AT(parent), FROM(-1)},
       {"knobs", J_LIST, LIST(knobs, knob)});
#undef T

#define T spec_stressor
FIELDS(stressor, {"name", J_TEXT, AT(name)}, {"kind", J_TEXT, AT(kind)}, {"text", J_TEXT, AT(text)},
       {"groups", J_INTS, AT(groups), COUNT(n_groups)}, {"workers", J_INT, AT(workers)},
       {"memory", J_I64, AT(memory)}, {"disk", J_I64, AT(disk)},
       {"has_outcome_check", J_BOOL, AT(has_outcome_check)});
#undef T

#define T spec_phase
FIELDS(phase, {"name", J_TEXT, AT(name)}, {"action", J_TEXT, AT(action_text)},
       {"since", J_INT, AT(since), FROM(SINCE_BASELINE)});
#undef T

/* The metric is found again from its name: json_check.c. Its unit says what the numbers are. */
#define T check
FIELDS(check, {"phase", J_INT, AT(phase), FROM(CHECK_TRIAL)}, {"metric", J_BUF, BUF(metric.name)},
       {"unit", J_WORD, AT(metric.unit), .words = unit_words},
       {"kind", J_WORD, AT(kind), .words = constraint_words}, {"delta", J_BOOL, AT(delta)},
       {"since", J_INT, AT(since), FROM(SINCE_BASELINE)}, {"a", J_VALUE, AT(a)},
       {"b", J_VALUE, AT(b)}, {"slack", J_I64, AT(slack)},
       {"word", J_TEXT, AT(word), .optional = true}, {"text", J_TEXT, AT(text)},
       {"line", J_INT, AT(line)}, {"col", J_INT, AT(col)});
#undef T

#define T spec
static const struct field spec_rows[] = {
	{"profile", J_TEXT, AT(profile), .optional = true},
	{"name", J_TEXT, AT(name)},
	{"summary", J_TEXT, AT(summary), .optional = true},
	{"source", J_TEXT, AT(source), .optional = true},
	{"why", J_TEXT, AT(why), .optional = true},
	{"tags", J_TEXTS, AT(tags), COUNT(n_tags)},
	{"groups", J_LIST, LIST(groups, group)},
	{"stressors", J_LIST, LIST(stressors, stressor)},
	{"phases", J_LIST, LIST(phases, phase)},
	{"checks", J_LIST, LIST(checks, check)},
	{"fuse", J_VALUE, AT(fuse)},
	{"reserve", J_I64, AT(reserve)},
	{"sample_interval_ns", J_I64, AT(sample_interval_ns)},
	END,
};
static const struct fields spec = {spec_rows, sizeof(struct spec), true};
#undef T

#define T column
FIELDS(column, {"name", J_TEXT, AT(name)}, {"unit", J_WORD, AT(unit), .words = unit_words},
       {"flags", J_FLAGS, AT(flags), .words = flag_words}, {"noise", J_I64, AT(noise)},
       {"drift", J_VALUE, AT(drift)}, {"sampled", J_BOOL, AT(sampled)});
#undef T

/* "done" stands before "values": a reading that was not made has none. */
#define T reading
FIELDS(reading, {"phase", J_INT, AT(phase), FROM(-1)}, {"label", J_LABEL, AT(phase)},
       {"done", J_BOOL, AT(done)}, {"t_ns", J_I64, AT(t_ns)},
       {"settled", J_FLAGS, AT(settled), .words = settled_words},
       {"settle_ns", J_I64, AT(settle_ns)}, {"values", J_ROW, AT(values)});
#undef T

#define T extreme
FIELDS(extreme, {"check", J_INT, AT(check)}, {"min", J_VALUE, AT(min)}, {"max", J_VALUE, AT(max)},
       {"min_ns", J_VALUE, AT(min_ns)}, {"max_ns", J_VALUE, AT(max_ns)}, {"n", J_I64, AT(n)});
#undef T

#define T event
FIELDS(event, {"kind", J_WORD, AT(kind), .words = event_words}, {"t_ns", J_I64, AT(t_ns), ANY},
       {"phase", J_INT, AT(phase), FROM(-1)}, {"bad", J_BOOL, AT(bad)}, {"text", J_BUF, BUF(text)});
#undef T

#define T log_line
FIELDS(log_line, {"t_ns", J_I64, AT(t_ns), ANY}, {"level", J_INT, AT(level), .min = 0, .max = 7},
       {"text", J_BUF, BUF(text)});
#undef T

#define T until_result
FIELDS(until, {"phase", J_INT, AT(phase)}, {"text", J_TEXT, AT(text)}, {"met", J_BOOL, AT(met)},
       {"took_ns", J_I64, AT(took_ns)}, {"within_ns", J_I64, AT(within_ns)},
       {"seen", J_BUF, BUF(seen), .added = true});
#undef T

#define T worker_result
FIELDS(worker, {"stressor", J_INT, AT(stressor)}, {"index", J_INT, AT(index)},
       {"group", J_INT, AT(group), FROM(-1)}, {"pid", J_INT, AT(pid), FROM(-1)},
       {"outcome", J_WORD, AT(outcome), .words = outcome_words},
       {"wait_status", J_INT, AT(wait_status), FROM(-1)},
       {"exited_ns", J_I64, AT(exited_ns), FROM(-1)}, {"error_code", J_INT, AT(error_code), ANY},
       {"error_text", J_BUF, BUF(error_text)}, {"corrupt", J_I64, AT(corrupt)},
       {"corrupt_addr", J_U64, AT(corrupt_addr)}, {"corrupt_want", J_U64, AT(corrupt_want)},
       {"corrupt_got", J_U64, AT(corrupt_got)}, {"corrupt_offset", J_I64, AT(corrupt_offset), ANY});
#undef T

#define T budget_term
FIELDS(term, {"what", J_BUF, BUF(what)}, {"size", J_I64, AT(size)});
#undef T

#define T check_verdict
FIELDS(verdict, {"verdict", J_WORD, AT(verdict), .words = verdict_words},
       {"check", J_INT, AT(check), FROM(-1)}, {"name", J_BUF, BUF(name)},
       {"phase", J_INT, AT(phase), FROM(CHECK_TRIAL)}, {"base", J_VALUE, AT(base)},
       {"value", J_VALUE, AT(value)}, {"others", J_VALUE, AT(others)},
       {"gone", J_I64, AT(gone), ANY, .added = true},
       {"lists", J_I64, AT(lists), ANY, .added = true}, {"compared", J_VALUE, AT(compared)},
       {"low", J_VALUE, AT(low)}, {"high", J_VALUE, AT(high)}, {"tolerance", J_I64, AT(tolerance)},
       {"terms", J_TERMS, AT(terms), COUNT(n_terms), .size = BUDGET_TERMS, .of = &term},
       {"word", J_TEXT, AT(word), .optional = true}, {"expected", J_BUF, BUF(expected)},
       {"why", J_BUF, BUF(why)});
#undef T

#define T oom_record
FIELDS(oom, {"event", J_INT, AT(event)}, {"constraint", J_BUF, BUF(constraint)},
       {"oom_memcg", J_BUF, BUF(oom_memcg)}, {"task_memcg", J_BUF, BUF(task_memcg)},
       {"task", J_BUF, BUF(task)}, {"pid", J_INT, AT(pid), FROM(-1)}, {"uid", J_INT, AT(uid), ANY},
       {"total_vm", J_I64, AT(total_vm), FROM(-1)}, {"anon_rss", J_I64, AT(anon_rss), FROM(-1)},
       {"file_rss", J_I64, AT(file_rss), FROM(-1)}, {"shmem_rss", J_I64, AT(shmem_rss), FROM(-1)},
       {"pgtables", J_I64, AT(pgtables), FROM(-1)},
       {"oom_score_adj", J_INT, AT(oom_score_adj), ANY}, {"memcg", J_BOOL, AT(memcg)},
       {"group_kill", J_BOOL, AT(group_kill)}, {"reaped", J_BOOL, AT(reaped)},
       {"reaped_anon_rss", J_I64, AT(reaped_anon_rss), FROM(-1)},
       {"reaped_file_rss", J_I64, AT(reaped_file_rss), FROM(-1)},
       {"reaped_shmem_rss", J_I64, AT(reaped_shmem_rss), FROM(-1)},
       {"invoker", J_BUF, BUF(invoker)}, {"order", J_INT, AT(order), FROM(-1)},
       {"invoked_ts_us", J_I64, AT(invoked_ts_us), FROM(-1)},
       {"killed_ts_us", J_I64, AT(killed_ts_us), FROM(-1)},
       {"reaped_ts_us", J_I64, AT(reaped_ts_us), FROM(-1)});
#undef T

/* The order is that of loading too: columns come before the readings and samples that they
 * describe. */
#define T record
static const struct field record_rows[] = {
	{"id", J_BUF, BUF(id)},
	{"verdict", J_WORD, AT(verdict), .words = verdict_words},
	{"verdict_why", J_BUF, BUF(verdict_why)},
	{"fate", J_WORD, AT(fate), .words = verdict_words},
	{"reason", J_BUF, BUF(reason)},
	{"interrupted", J_BOOL, AT(interrupted)},
	{"started_unix_ns", J_I64, AT(started_unix_ns)},
	{"duration_ns", J_I64, AT(duration_ns)},
	{"control_ns", J_I64, AT(control_ns)},
	{"seed", J_U64, AT(seed), .decimal = true},
	{"page_size", J_I64, AT(page_size)},
	{"cpus", J_INT, AT(cpus)},
	{"percpu_threshold", J_I64, AT(percpu_threshold)},
	{"cgroup_version", J_INT, AT(cgroup_version), .min = 0, .max = 2},
	{"facts", J_FACTS, AT(facts), COUNT(n_facts)},
	{"spec", J_OBJECT, AT(spec), .of = &spec},
	{"verdicts", J_LIST, LIST(verdicts, verdict)},
	{"untils", J_LIST, LIST(untils, until)},
	{"workers", J_LIST, LIST(workers, worker)},
	{"ooms", J_LIST, LIST(ooms, oom)},
	{"events", J_LIST, LIST(events, event)},
	{"events_dropped", J_I64, AT(events_dropped)},
	{"log", J_LIST, LIST(log, log_line), .added = true},
	{"log_dropped", J_I64, AT(log_dropped), .added = true},
	{"extremes", J_LIST, LIST(extremes, extreme)},
	{"words", J_TEXTS, AT(words), COUNT(n_words)},
	{"columns", J_LIST, LIST(columns, column)},
	{"readings", J_LIST, LIST(readings, reading)},
	{"samples_taken", J_I64, AT(n_samples_taken)},
	{"samples", J_SAMPLES, AT(samples)},
	END,
};
const struct fields record_fields = {record_rows, sizeof(struct record), true};
#undef T

/* "schema" and "version" stand before these, and "trials" behind: they are the loader's own. */
#define T run
static const struct field run_rows[] = {
	{"tool", J_BUF, BUF(tool)},
	{"command", J_TEXT, AT(command), .optional = true},
	END,
};
const struct fields run_fields = {run_rows, sizeof(struct run), true};
#undef T

size_t field_count(const struct field *f, const void *base)
{
	const char *at = (const char *)base + f->count;
	size_t n = 0;
	int few;

	if (f->type == J_TERMS) {
		memcpy(&few, at, sizeof(few));
		return few < 0 ? 0 : (size_t)few;
	}
	memcpy(&n, at, sizeof(n));
	return n;
}
