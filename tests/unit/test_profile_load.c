/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "profile/nodes.h"
#include "profile/profile.h"

/* The model of the design, as printed there. */
static const char model[] =
	"summary: a hog that outgrows memory.max is OOM-killed, its neighbour is untouched\n"
	"source: Documentation/admin-guide/cgroup-v2.rst, memory.max\n"
	"tags: [limits, oom, ci]\n"
	"params: { limit: 256M }\n"
	"\n"
	"groups:\n"
	"  hog:       { memory.max: $limit, memory.swap.max: 0 }\n"
	"  neighbour: { memory.max: $limit }\n"
	"\n"
	"stressors:\n"
	"  eater: { use: anon, in: hog,       size: 2 x $limit }\n"
	"  quiet: { use: anon, in: neighbour, size: 64M }\n"
	"\n"
	"always:                                      # checked at every sample\n"
	"  hog/memory.current: at most $limit\n"
	"\n"
	"phases:\n"
	"  - phase: settle\n"
	"    start: quiet\n"
	"    expect:\n"
	"      meminfo.AnonPages:        +64M         # a sign: change since the baseline\n"
	"      neighbour/memory.current: 64M ± 1M     # no sign: absolute\n"
	"  - phase: overrun\n"
	"    start: eater\n"
	"    until: eater exits within 10s\n"
	"    expect:\n"
	"      eater.outcome:                oom-killed   # SIGKILL + oom_kill delta + log\n"
	"      hog/memory.events.oom_kill:   1\n"
	"      hog/memory.peak:              $limit ± 0\n"
	"      oom.victim:                   eater\n"
	"      oom.constraint:               CONSTRAINT_MEMCG\n"
	"      quiet.outcome:                running\n"
	"  - phase: release\n"
	"    stop: all\n"
	"    expect:\n"
	"      meminfo.AnonPages: +0\n"
	"      meminfo.Slab:      +0 ± 2M\n";

struct loaded {
	struct profile p;
	struct diags d;
	int r;
};

static struct loaded load(const char *text, const struct profile_override *set, size_t n_set)
{
	struct loaded l = {0};

	l.r = profile_parse(&l.p, "test.yaml", text, strlen(text), set, n_set, &l.d);
	return l;
}

static void loaded_free(struct loaded *l)
{
	profile_free(&l->p);
	diags_free(&l->d);
}

static int64_t number(const struct profile *p, const struct expr *e)
{
	struct expr_env env = {.params = p->params, .n_params = p->n_params};
	struct err err = {0};
	int64_t v = -1;

	cr_assert(e);
	cr_expect_eq(expr_eval(e, UNIT_NONE, &env, &v, &err), 0, "%s", err.text);
	return v;
}

static void expect_text(struct text t, const char *s, int line, int col)
{
	cr_expect_str_eq(t.s, s);
	cr_expect_eq(t.pos.line, line, "%s: line %d", s, t.pos.line);
	cr_expect_eq(t.pos.col, col, "%s: column %d", s, t.pos.col);
}

Test(model, head)
{
	struct loaded l = load(model, NULL, 0);
	const struct profile *p = &l.p;

	cr_assert_eq(l.r, 0, "%s", l.d.n ? l.d.list[0].text : "");
	expect_text(p->summary,
		    "a hog that outgrows memory.max is OOM-killed, its neighbour is untouched", 1,
		    10);
	expect_text(p->source, "Documentation/admin-guide/cgroup-v2.rst, memory.max", 2, 9);
	cr_expect_null(p->why.s);
	cr_assert_eq(p->n_tags, 3);
	expect_text(p->tags[2], "ci", 3, 21);
	cr_expect_eq(p->needs, 0);
	cr_assert_eq(p->n_params, 1);
	cr_expect_str_eq(p->params[0].name, "limit");
	cr_expect_str_eq(p->params[0].text, "256M");
	cr_expect_eq(number(p, p->params[0].value), 256 * MIB);
	loaded_free(&l);
}

Test(model, groups_and_stressors)
{
	struct loaded l = load(model, NULL, 0);
	const struct profile *p = &l.p;
	const struct profile_stressor *eater = &p->stressors[0];

	cr_assert_eq(p->n_groups, 2);
	expect_text(p->groups[0].path, "hog", 7, 3);
	cr_assert_eq(p->groups[0].n_knobs, 2);
	expect_text(p->groups[0].knobs[0].name, "memory.max", 7, 16);
	expect_text(p->groups[0].knobs[0].text, "$limit", 7, 28);
	cr_expect_eq(number(p, p->groups[0].knobs[0].value), 256 * MIB);
	cr_expect_eq(number(p, p->groups[0].knobs[1].value), 0);
	cr_assert_eq(p->n_stressors, 2);
	expect_text(eater->name, "eater", 11, 3);
	expect_text(eater->use, "anon", 11, 17);
	cr_expect_eq(eater->kind, stressor_find("anon"));
	cr_assert_eq(eater->n_groups, 1);
	cr_expect_eq(eater->groups[0], 0);
	cr_expect_eq(p->stressors[1].groups[0], 1);
	cr_assert_eq(eater->n_options, 1);
	expect_text(eater->options[0].name, "size", 11, 38);
	cr_expect_eq(eater->options[0].opt, opt_find(eater->kind->options, "size"));
	cr_expect_eq(number(p, eater->options[0].value), 512 * MIB);
	loaded_free(&l);
}

Test(model, phases)
{
	struct loaded l = load(model, NULL, 0);
	const struct profile *p = &l.p;
	const struct profile_action *until;

	cr_assert_eq(p->n_always, 1);
	expect_text(p->always[0].name, "hog/memory.current", 15, 3);
	cr_expect_eq(p->always[0].is.kind, C_AT_MOST);
	cr_expect_eq(p->always[0].metric.object, 0);
	cr_assert_eq(p->n_phases, 3);
	expect_text(p->phases[1].name, "overrun", 23, 12);
	cr_expect_eq(p->phases[1].since_index, -1);
	cr_expect_null(p->phases[1].repeat);
	cr_assert_eq(p->phases[1].n_actions, 2);
	cr_expect_eq(p->phases[1].actions[0].kind, ACT_START);
	cr_expect_str_eq(p->phases[1].actions[0].text.s, "start eater");
	cr_expect_eq(p->phases[1].actions[0].stressors[0], 0);
	until = &p->phases[1].actions[1];
	cr_expect_eq(until->kind, ACT_UNTIL);
	cr_expect_eq(until->until, UNTIL_EXITS);
	cr_assert_eq(until->n_stressors, 1);
	cr_expect_eq(until->stressors[0], 0);
	cr_expect_eq(number(p, until->duration), 10 * NSEC_PER_SEC);
	cr_expect_str_eq(until->text.s, "until eater exits within 10s");
	cr_assert_eq(p->phases[1].n_expects, 6);
	cr_expect_str_eq(p->phases[1].expects[0].is.word, "oom-killed");
	cr_expect_eq(p->phases[1].expects[0].metric.origin, MO_WORKER);
	expect_text(p->phases[1].expects[2].is.text, "$limit ± 0", 29, 37);
	cr_assert_eq(p->phases[2].actions[0].kind, ACT_STOP);
	cr_expect_eq(p->phases[2].actions[0].n_stressors, 2, "all: also what has exited");
	cr_expect(p->phases[2].expects[0].is.delta);
	loaded_free(&l);
}

/* Everything that the model does not show. */
static const char wide[] = "summary: everything else\n"
			   "source: none\n"
			   "why: it would say so here\n"
			   "tags: one\n"
			   "needs: [swap, cgroup-v2]\n"
			   "params:\n"
			   "  a: 25% of MemTotal\n"
			   "  b: $a / 4K\n"
			   "groups:\n"
			   "  top/mid/leaf: { memory.max: max }\n"
			   "  top: { memory.high: 1G }\n"
			   "  two: ~\n"
			   "  three:\n"
			   "stressors:\n"
			   "  spin: { use: null, in: [two, three], end: never, workers: cpus, "
			   "policy: bind, cpus: '0-1,3' }\n"
			   "  eater: { use: anon, in: top/mid/leaf, size: $a, verify: yes }\n"
			   "phases:\n"
			   "  - phase: go\n"
			   "    start: all\n"
			   "    until: eater holds within 5s\n"
			   "    set:\n"
			   "      top/mid/leaf/memory.max: 32M\n"
			   "      top/mid/leaf/memory.reclaim: 4M\n"
			   "      eater.target: 8M\n"
			   "      sysctl.vm.swappiness: 10\n"
			   "    wait: 100ms\n"
			   "    expect: { meminfo.AnonPages: at least +4M }\n"
			   "  - phase: again\n"
			   "    repeat: 3\n"
			   "    stop: spin\n"
			   "    start: spin\n"
			   "    until:\n"
			   "      - top/memory.current at most 8M ± 1M within 2s\n"
			   "      - eater.passes at least +1 within 3s\n"
			   "  - phase: end\n"
			   "    since: go\n"
			   "    kill: [eater, spin]\n"
			   "    until: all exits within 1min\n"
			   "    expect: { meminfo.AnonPages: -4M .. +0 }\n";

Test(wide, groups_have_parents_before_children)
{
	struct loaded l = load(wide, NULL, 0);
	const struct profile *p = &l.p;

	cr_assert_eq(l.r, 0, "%s", l.d.n ? l.d.list[0].text : "");
	cr_assert_eq(p->n_groups, 5);
	cr_expect_str_eq(p->groups[0].path.s, "top");
	cr_expect_eq(p->groups[0].n_knobs, 1);
	cr_expect_eq(p->groups[0].path.pos.line, 11);
	cr_expect_str_eq(p->groups[1].path.s, "top/mid");
	cr_expect_eq(p->groups[1].n_knobs, 0);
	cr_expect_str_eq(p->groups[2].path.s, "top/mid/leaf");
	cr_expect_null(p->groups[2].knobs[0].value, "max");
	cr_expect_str_eq(p->groups[3].path.s, "two");
	cr_expect_eq(p->needs, (needs_t)(NEED_SWAP | NEED_CGROUP_V2));
	cr_expect_str_eq(p->why.s, "it would say so here");
	cr_expect_eq(p->stressors[0].n_groups, 2);
	cr_expect_eq(p->stressors[0].groups[1], 4);
	loaded_free(&l);
}

Test(wide, options)
{
	struct loaded l = load(wide, NULL, 0);
	const struct profile_stressor *spin = &l.p.stressors[0];

	cr_assert_eq(spin->n_options, 4);
	cr_expect_eq(spin->options[0].opt, opt_find(spin->kind->options, "end"));
	cr_expect_null(spin->options[0].value);
	cr_expect_str_eq(spin->options[0].text.s, "never");
	cr_expect_eq(spin->options[1].opt, opt_find(stressor_common_options, "workers"));
	cr_expect_not(spin->options[1].value->constant);
	cr_expect_str_eq(spin->options[3].text.s, "0-1,3");
	loaded_free(&l);
}

Test(wide, actions)
{
	struct loaded l = load(wide, NULL, 0);
	const struct profile_phase *go = &l.p.phases[0], *again = &l.p.phases[1];
	const struct profile_action *a = go->actions;

	cr_assert_eq(go->n_actions, 7);
	cr_expect_eq(a[0].n_stressors, 2);
	cr_expect_eq(a[1].until, UNTIL_HOLDS);
	cr_expect_eq(a[2].kind, ACT_SET);
	cr_expect_eq(a[2].set.group, 2);
	cr_expect_eq(a[2].set.stressor, -1);
	expect_text(a[2].set.knob, "memory.max", 22, 20);
	cr_expect_str_eq(a[2].text.s, "set top/mid/leaf/memory.max to 32M");
	cr_expect_str_eq(a[3].set.knob.s, "memory.reclaim");
	cr_expect_eq(a[4].set.stressor, 1);
	cr_expect_str_eq(a[4].set.opt->name, "target");
	cr_expect_eq(number(&l.p, a[4].set.value), 8 * MIB);
	cr_expect_str_eq(a[5].set.knob.s, "vm.swappiness");
	cr_expect_eq(a[6].kind, ACT_WAIT);
	cr_expect_eq(number(&l.p, a[6].duration), 100 * NSEC_PER_MSEC);
	cr_expect_eq(number(&l.p, again->repeat), 3);
	cr_expect_eq(again->actions[2].until, UNTIL_METRIC);
	cr_expect_eq(again->actions[2].when.is.kind, C_AT_MOST);
	cr_expect_str_eq(again->actions[2].when.metric.name, "top/memory.current");
	cr_expect(again->actions[3].when.is.delta);
	cr_expect_eq(number(&l.p, again->actions[3].duration), 3 * NSEC_PER_SEC);
	cr_expect_eq(l.p.phases[2].since_index, 0);
	cr_expect_eq(l.p.phases[2].actions[1].n_stressors, 2);
	loaded_free(&l);
}

/* --set ----------------------------------------------------------------------------------------*/

Test(set, the_last_one_holds)
{
	const struct profile_override set[] = {{"limit", "1G"}, {"limit", "2 x 64M"}};
	struct loaded l = load(model, set, 2);

	cr_assert_eq(l.r, 0);
	cr_expect_eq(number(&l.p, l.p.params[0].value), 128 * MIB);
	cr_expect_eq(number(&l.p, l.p.stressors[0].options[0].value), 256 * MIB);
	loaded_free(&l);
}

static const struct {
	struct profile_override set;
	const char *message;
} bad_sets[] = {
	{{"limti", "1G"}, "--set limti=1G: the profile has no param \"limti\""},
	{{"limit", "1Q"}, "--set limit=1Q: \"Q\" is no unit"},
	{{"limit", "3s"}, "--set limit=3s: this is a duration; wanted is a size"},
	{{"limit", ""}, "--set limit=: a quantity is missing here"},
};

Test(set, mistakes_have_no_line)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_sets); i++) {
		struct loaded l = load(model, &bad_sets[i].set, 1);

		cr_expect_eq(l.r, -EINVAL);
		cr_assert_eq(l.d.n, 1, "%s", bad_sets[i].message);
		cr_expect_eq(l.d.list[0].pos.line, 0);
		cr_expect_str_eq(l.d.list[0].text, bad_sets[i].message);
		loaded_free(&l);
	}
}

/* Files ----------------------------------------------------------------------------------------*/

Test(file, too_large)
{
	_cleanup_free_ char *text = malloc(NODES_SIZE_MAX + 2);
	struct loaded l;

	cr_assert(text);
	memset(text, '#', NODES_SIZE_MAX + 1);
	text[NODES_SIZE_MAX + 1] = '\0';
	l = load(text, NULL, 0);
	cr_expect_eq(l.r, -EINVAL);
	cr_assert_eq(l.d.n, 1);
	cr_expect_str_eq(l.d.list[0].text, "the file is larger than 262144 bytes");
	cr_expect_eq(l.d.list[0].pos.line, 0);
	loaded_free(&l);
	text[NODES_SIZE_MAX] = '\0';
	l = load(text, NULL, 0);
	cr_assert_eq(l.d.n, 1);
	cr_expect(strstr(l.d.list[0].text, "not nothing"), "a comment that just fits");
	loaded_free(&l);
}

Test(file, cannot_be_read)
{
	struct err err = {0};
	struct diags d = {0};
	struct profile p;

	cr_expect_eq(profile_load(&p, "/nonexistent/x.yaml", NULL, 0, &d, &err), -ENOENT);
	cr_expect(strstr(err.text, "cannot read the profile /nonexistent/x.yaml: No such file"),
		  "%s", err.text);
	cr_expect_eq(d.n, 0);
	err_clear(&err);
	cr_expect_eq(profile_load(&p, "/", NULL, 0, &d, &err), -EISDIR, "%s", err.text);
	profile_free(&p);
	diags_free(&d);
}

Test(file, is_read)
{
	char path[] = "/tmp/memtrial-profile-XXXXXX";
	_cleanup_close_ int fd = mkstemp(path);
	struct err err = {0};
	struct diags d = {0};
	struct profile p;

	cr_assert(fd >= 0);
	cr_assert_eq(write_all(fd, model, strlen(model)), 0);
	cr_expect_eq(profile_load(&p, path, NULL, 0, &d, &err), 0, "%s", err.text);
	cr_expect_str_eq(p.path, path);
	cr_expect_eq(p.n_phases, 3);
	profile_free(&p);
	diags_free(&d);
	cr_assert_eq(ftruncate(fd, 10), 0);
	cr_expect_eq(profile_load(&p, path, NULL, 0, &d, &err), -EINVAL);
	cr_expect(d.n > 0);
	profile_free(&p);
	diags_free(&d);
	unlink(path);
}

/* Diagnostics ----------------------------------------------------------------------------------*/

static char *print(struct diags *d, bool colour)
{
	char *out = NULL;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	cr_assert(f);
	diags_print(d, f, colour);
	fclose(f);
	return out;
}

Test(diag, sorted_and_said_once)
{
	static const char source[] = "one\r\ntwo \xc2\xb1 three";
	struct diags d = {.path = "p.yaml", .source = source, .source_len = sizeof(source) - 1};
	_cleanup_free_ char *out = NULL;

	diag_add(&d, (struct pos){2, 7, 5}, diag_did_you_mean(&d, "tree"), "second");
	diag_add(&d, (struct pos){1, 1, 3}, NULL, "first");
	diag_add(&d, (struct pos){1, 1, 3}, NULL, "first");
	diag_add(&d, (struct pos){0}, NULL, "zeroth");
	out = print(&d, false);
	cr_expect_str_eq(out, "p.yaml: error: zeroth\n"
			      "p.yaml:1:1: error: first\n"
			      "    1 | one\n"
			      "      | ^~~\n"
			      "p.yaml:2:7: error: second\n"
			      "    2 | two \xc2\xb1 three\n"
			      "      |       ^~~~~\n"
			      "      = did you mean \"tree\"?\n"
			      "3 errors in p.yaml\n");
	diags_free(&d);
}

Test(diag, colour_and_control_characters)
{
	static const char source[] = "a\033[31m";
	struct diags d = {.path = "p", .source = source, .source_len = sizeof(source) - 1};
	_cleanup_free_ char *out = NULL, *plain = NULL;

	diag_add(&d, (struct pos){1, 2, 1}, NULL, "escape \033[0m");
	out = print(&d, true);
	cr_expect(strstr(out, "\033[1;31merror:\033[0m escape ?[0m"), "%s", out);
	plain = print(&d, false);
	cr_expect_null(strchr(plain, '\033'));
	cr_expect(strstr(plain, "a?[31m"));
	diags_free(&d);
}

Test(diag, nothing_to_say)
{
	struct diags d = {.path = "p"};
	_cleanup_free_ char *out = print(&d, false);

	cr_expect_str_eq(out, "");
}

Test(diag, cap)
{
	struct diags d = {.path = "p"};
	_cleanup_free_ char *out = NULL;

	for (int i = 0; i < DIAG_MAX + 7; i++)
		diag_add(&d, (struct pos){.line = i + 1, .col = 1}, NULL, "wrong");
	cr_expect_eq(d.n, DIAG_MAX);
	cr_expect_eq(d.dropped, 7);
	out = print(&d, false);
	cr_expect(strstr(out, "more than 100 errors in p, these were found first\n"));
	diags_free(&d);
}

/* A part of a text has a place of its own only when the file has the text letter by letter. */
Test(pos, part)
{
	const char *s = "4M ± 1M";
	struct pos exact = {.line = 3, .col = 10, .len = 7},
		   whole = {.line = 3, .col = 9, .len = 12};
	struct pos p = pos_part(exact, s, s + 6, s + 8);

	cr_expect_eq(p.col, 15);
	cr_expect_eq(p.len, 2);
	p = pos_part(whole, s, s + 6, s + 8);
	cr_expect_eq(p.col, 9);
	cr_expect_eq(p.len, 12);
}
