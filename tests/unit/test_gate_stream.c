/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest says, its console, and the verdict that follows from the way it ended. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "gate/console.h"
#include "gate/stream.h"
#include "gate/verdict.h"

static const char talk[] = "hello 1 6.12.0\nplan 2\ntrial 0 limits/peak\nat 0 fill: settling\n"
			   "result 0 7\n{\"a\":1}\nend 0\nexit 0\n";

static const struct {
	enum stream_word word;
	int64_t number;
	const char *text;
} expected[] = {
	{STREAM_HELLO, 1, "6.12.0"},
	{STREAM_PLAN, 2, ""},
	{STREAM_TRIAL, 0, "limits/peak"},
	{STREAM_AT, 0, "fill: settling"},
	{STREAM_RESULT, 0, "{\"a\":1}"},
	{STREAM_END, 0, ""},
	{STREAM_EXIT, 0, ""},
};

/* However it is cut on its way. */
Test(gate_stream, lines_and_results_come_whole)
{
	for (size_t lot = 1; lot < sizeof(talk); lot++) {
		struct stream_reader r = {0};
		struct stream_line l;
		struct err err = {0};
		size_t n = 0;

		for (size_t at = 0; at < sizeof(talk) - 1; at += lot) {
			cr_assert_eq(stream_feed(&r, talk + at, MIN(lot, sizeof(talk) - 1 - at),
						 &err),
				     0);
			while (stream_next(&r, &l, &err) == 1) {
				cr_assert_lt(n, ARRAY_SIZE(expected));
				cr_expect_eq(l.word, expected[n].word);
				cr_expect_eq(l.number, expected[n].number);
				cr_expect_str_eq(l.text, expected[n].text);
				cr_expect_eq(l.len, strlen(expected[n].text));
				n++;
			}
			cr_assert_eq(err.code, 0, "lots of %zu: %s", lot, err.text);
		}
		cr_expect_eq(n, ARRAY_SIZE(expected), "lots of %zu", lot);
		cr_expect_eq(stream_missing(&r), 0);
		stream_reader_free(&r);
	}
}

Test(gate_stream, half_a_result_is_known_as_such)
{
	static const char half[] = "result 3 100\n{\"trials\": [";
	struct stream_reader r = {0};
	struct stream_line l;
	struct err err = {0};

	cr_assert_eq(stream_feed(&r, half, sizeof(half) - 1, &err), 0);
	cr_expect_eq(stream_next(&r, &l, &err), 0);
	cr_expect_gt(stream_missing(&r), 80);
	cr_expect_lt(stream_missing(&r), 101);
	stream_reader_free(&r);
}

Test(gate_stream, what_is_no_line_is_refused)
{
	static const char *const bad[] = {
		"hallo 1 x\n", "plan\n",	   "plan x\n",	      "trial 0\n",
		"plan -1\n",   "result 0 x\n",	   "result 0 0\n",    "result 0 99999999999999\n",
		"end 0x\n",    "result 0 1\nab\n", "\033[31mhello\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct stream_reader r = {0};
		struct stream_line l;
		struct err err = {0};

		cr_assert_eq(stream_feed(&r, bad[i], strlen(bad[i]), &err), 0);
		cr_expect_lt(stream_next(&r, &l, &err), 0, "%s", bad[i]);
		cr_expect_neq(err.code, 0);
		/* And nothing that follows is believed. */
		cr_expect_eq(stream_feed(&r, "exit 0\n", 7, &err), 0);
		cr_expect_eq(stream_next(&r, &l, &err), 0);
		stream_reader_free(&r);
	}
}

Test(gate_stream, what_is_said_is_understood)
{
	struct stream s = {.fd = memfd_create("stream", MFD_CLOEXEC)}, nobody = {.fd = -1};
	struct stream_reader r = {0};
	struct stream_line l;
	struct err err = {0};
	char text[4096];
	ssize_t n;

	stream_say(&s, STREAM_NOTE, "no %s:\nreason", "swap");
	stream_at(&s, 4, "fill", "settling");
	stream_at(&s, 4, "fill", "settling"); /* the same again: not within a second */
	stream_at(&s, 4, "fill", "waiting");
	stream_say(&nobody, STREAM_NOTE, "nothing happens");
	n = pread(s.fd, text, sizeof(text), 0);
	cr_assert_gt(n, 0);
	stream_feed(&r, text, (size_t)n, &err);
	cr_assert_eq(stream_next(&r, &l, &err), 1);
	cr_expect_eq(l.word, STREAM_NOTE);
	cr_expect_str_eq(l.text, "no swap: reason");
	cr_assert_eq(stream_next(&r, &l, &err), 1);
	cr_expect_eq(l.number, 4);
	cr_expect_str_eq(l.text, "fill: settling");
	cr_assert_eq(stream_next(&r, &l, &err), 1);
	cr_expect_str_eq(l.text, "fill: waiting");
	cr_expect_eq(stream_next(&r, &l, &err), 0);
	stream_reader_free(&r);
	close(s.fd);
}

/* --- console --------------------------------------------------------------------------------- */

static void feed(struct console *c, const char *text)
{
	console_feed(c, text, strlen(text));
}

Test(gate_console, a_panic_is_found_in_pieces)
{
	struct console c;
	char buf[400];

	cr_assert_eq(console_open(&c, -1), 0);
	feed(&c, "[    1.000000] fine\r\n[    2.000000][    T1] Kernel pa");
	cr_expect(!c.panicked);
	feed(&c, "nic - not syncing: Attempted to kill init!\r\n[    3.0] ---\r\n");
	cr_expect(c.panicked);
	cr_expect_str_eq(c.panic, "Kernel panic - not syncing: Attempted to kill init!");
	console_excerpt(&c, 1, buf, sizeof(buf));
	cr_expect_str_eq(buf, "[    2.000000][    T1] Kernel panic - not syncing: Attempted to "
			      "kill init!");
	console_close(&c);
}

/* What 6.12 wrote, and the same as if the int3 were there. */
Test(gate_console, an_int3_that_is_not_in_memory_is_the_emulators)
{
	static const struct {
		const char *text;
		bool stale;
	} cases[] = {
		{"[    3.3] Oops: int3: 0000 [#1] PREEMPT SMP NOPTI\n"
		 "[    3.4] RIP: 0010:sched_clock_idle_wakeup_event+0x5/0x40\n"
		 "[    3.5] Code: 90 90 f3 0f 1e fa 66 <90> c3 cc cc\n",
		 true},
		{"[    3.3][    T0] int3: 0000 [#1] SMP\n[    3.5][    T0] Code: fa 66 <90> c3\n",
		 true},
		{"[    3.3] Oops: int3: 0000 [#1] PREEMPT SMP NOPTI\n"
		 "[    3.5] Code: 90 90 f3 0f 1e fa cc <90> c3 cc cc\n",
		 false},
		{"[    3.3] Oops: int3: 0000 [#1] SMP\n[    3.5] Code: Unable to access opcode "
		 "bytes\n",
		 false},
		{"[    3.3] Oops: 0000 [#1] SMP\n[    3.5] Code: fa 66 <90> c3\n", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct console c;

		cr_assert_eq(console_open(&c, -1), 0);
		feed(&c, cases[i].text);
		cr_expect_eq(c.stale, cases[i].stale, "%s", cases[i].text);
		feed(&c, "[    3.6] Kernel panic - not syncing: Fatal exception\n");
		console_restart(&c);
		cr_expect(!c.stale && !c.panicked && !c.bad_line[0]);
		feed(&c, "[    0.0] Linux version 6\n");
		cr_expect(c.kernel && !c.panicked);
		console_close(&c);
	}
}

Test(gate_console, the_excerpt_begins_at_the_first_bad_line_of_the_trial)
{
	struct console c;
	char buf[400];

	cr_assert_eq(console_open(&c, -1), 0);
	feed(&c, "[    1.0] WARNING: CPU: 0 PID: 1 at mm/old.c:1 old+0x1/0x2\n");
	console_mark(&c);
	feed(&c, "[    2.0] one\n[    3.0] two\n[    4.0] three\n");
	cr_expect_str_eq(console_excerpt(&c, 2, buf, sizeof(buf)),
			 "[    3.0] two\n[    4.0] three");
	feed(&c, "[    5.0] BUG: kernel NULL pointer dereference, address: 0\n[    6.0] after\n");
	cr_expect_str_eq(console_excerpt(&c, 9, buf, sizeof(buf)),
			 "[    5.0] BUG: kernel NULL pointer dereference, address: 0\n"
			 "[    6.0] after");
	console_close(&c);
}

Test(gate_console, a_flood_keeps_its_end)
{
	struct console c;
	char line[128], buf[400];

	cr_assert_eq(console_open(&c, -1), 0);
	for (int i = 0; i < 20000; i++) {
		snprintf(line, sizeof(line), "[%12d] a line of a kernel that will not be silent\n",
			 i);
		feed(&c, line);
	}
	cr_expect_leq(c.len, 2 * CONSOLE_KEEP);
	cr_expect_str_eq(console_excerpt(&c, 1, buf, sizeof(buf)),
			 "[       19999] a line of a kernel that will not be silent");
	console_close(&c);
}

/* --- verdicts -------------------------------------------------------------------------------- */

static const struct watch_config limits = {.silence = {120 * NSEC_PER_SEC},
					   .total = {600 * NSEC_PER_SEC}};

static enum verdict judged(const struct guest *g, char why[512])
{
	struct console c = {.panic = "Kernel panic - not syncing: x"};
	struct guest_verdict v;

	guest_judge(g, &c, &limits, &v);
	strcpy(why, v.why);
	return v.verdict;
}

Test(gate_verdict, only_what_happens_on_trial_fails_the_kernel)
{
	static const enum guest_end kernels[] = {GUEST_PANICKED, GUEST_RESET, GUEST_SILENT};
	char why[512];

	for (size_t i = 0; i < ARRAY_SIZE(kernels); i++) {
		struct guest g = {.end = kernels[i], .planned = -1, .trial = -1};

		cr_expect_eq(judged(&g, why), V_BROKEN, "%s", why);
		cr_expect(strstr(why, "while it booted"), "%s", why);
		g.hello = true;
		cr_expect_eq(judged(&g, why), V_BROKEN, "%s", why);
		g.planned = 3;
		g.trial = 1;
		g.done = 1;
		strcpy(g.name, "limits/peak");
		cr_expect_eq(judged(&g, why), V_FAIL, "%s", why);
		cr_expect(strstr(why, "while limits/peak ran"), "%s", why);
		g.trial = -1;
		cr_expect_eq(judged(&g, why), V_FAIL, "%s", why);
		cr_expect(strstr(why, "after 1 of 3 trials"), "%s", why);
	}
}

/* An int3 that is not in memory: an emulated CPU runs it by mistake, a real one where the kernel
 * did. */
Test(gate_verdict, the_emulators_mistake_is_broken)
{
	struct console c = {.stale = true, .panic = "Kernel panic - not syncing: x"};
	struct guest g = {
		.end = GUEST_PANICKED, .hello = true, .planned = 3, .trial = 1, .emulated = true};
	struct guest_verdict v;

	guest_judge(&g, &c, &limits, &v);
	cr_expect_eq(v.verdict, V_BROKEN, "%s", v.why);
	cr_expect(strstr(v.why, "int3 that is not in memory"), "%s", v.why);
	g.emulated = false;
	guest_judge(&g, &c, &limits, &v);
	cr_expect_eq(v.verdict, V_FAIL, "%s", v.why);
}

Test(gate_verdict, an_end_that_is_not_the_kernels_is_broken)
{
	char why[512];

	for (int end = 0; end < GUEST_END_COUNT; end++) {
		struct guest g = {.end = (enum guest_end)end,
				  .hello = true,
				  .planned = 1,
				  .trial = 0};

		if (end == GUEST_FINISHED || end == GUEST_PANICKED || end == GUEST_RESET ||
		    end == GUEST_SILENT || end == GUEST_LACKS)
			continue;
		cr_expect_eq(judged(&g, why), V_BROKEN, "%s", guest_end_text(g.end));
		cr_expect_gt(strlen(why), 10);
	}
}

Test(gate_verdict, a_config_that_lacks_a_line_is_the_kernels_fault)
{
	struct guest g = {.end = GUEST_LACKS,
			  .hello = true,
			  .planned = -1,
			  .trial = -1,
			  .said = "it lacks CONFIG_FAILSLAB=y"};
	char why[512];

	cr_expect_eq(judged(&g, why), V_FAIL);
	cr_expect_str_eq(why, "it lacks CONFIG_FAILSLAB=y");
}

Test(gate_verdict, a_finished_suite_must_be_complete)
{
	struct guest g = {.end = GUEST_FINISHED,
			  .hello = true,
			  .ended = true,
			  .exited = true,
			  .planned = 2,
			  .done = 2,
			  .trial = -1};
	char why[512];

	cr_expect_eq(judged(&g, why), V_PASS);
	cr_expect_str_eq(why, "");
	g.done = 1;
	cr_expect_eq(judged(&g, why), V_BROKEN);
	cr_expect(strstr(why, "only 1 of 2"));
	g.ended = false;
	g.status = 2;
	cr_expect_eq(judged(&g, why), V_BROKEN);
	cr_expect(strstr(why, "code 2"));
	g.status = 128 + 11;
	cr_expect_eq(judged(&g, why), V_BROKEN);
	cr_expect(strstr(why, "signal 11"));
}

Test(gate_verdict, the_record_of_a_crash_can_be_saved)
{
	struct record r;
	struct record *trials[] = {&r};
	struct run run = {.trials = trials, .n_trials = 1, .command = "memtrial gate"}, again = {0};
	struct err err = {0};
	char *text = NULL;
	size_t len = 0;
	FILE *out;

	guest_record(&r, "limits/peak", "profiles/limits/peak.yaml", V_FAIL, "the kernel panicked",
		     "[ 1.0] one\n[ 2.0] two");
	cr_expect_eq(r.n_events, 2);
	cr_expect_str_eq(r.events[1].text, "[ 2.0] two");
	cr_expect_eq(run_verdict(&run), V_FAIL);
	out = open_memstream(&text, &len);
	cr_assert_eq(run_write(&run, out, &err), 0, "%s", err.text);
	fclose(out);
	cr_assert_eq(run_load_text(&again, text, len, &err), 0, "%s", err.text);
	cr_expect_eq(again.trials[0]->verdict, V_FAIL);
	cr_expect_str_eq(again.trials[0]->verdict_why, "the kernel panicked");
	run_free(&again);
	record_free(&r);
	free(text);
}
