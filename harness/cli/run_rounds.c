/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/run_rounds.h"

#include <errno.h>

#include "base/cleanup.h"

int rounds_take(struct rounds *r, const struct cli *cli, struct err *err)
{
	int64_t during = 0;
	int ret;

	*r = (struct rounds){.most = 1, .end_ns = INT64_MAX, .soak.begin_ns = mono_now().ns};
	r->many = cli->rounds || cli->during || (cli->chosen && cli->chosen->loop);
	r->soak.alone = cli->whole_machine;
	if (r->many)
		r->most = INT64_MAX;
	if (cli->rounds &&
	    (ret = cli_quantity("rounds", cli->rounds, UNIT_COUNT, &r->most, err)) < 0)
		return ret;
	if (cli->during && (ret = cli_quantity("for", cli->during, UNIT_DUR, &during, err)) < 0)
		return ret;
	if (cli->rounds && (r->most < 1 || r->most > ROUNDS_MAX))
		return err_set_class(err, ERR_USAGE, -ERANGE, "--rounds: %s is out of range",
				     cli->rounds);
	if (cli->during)
		r->end_ns = r->soak.begin_ns + during;
	return 0;
}

size_t rounds_trials(const struct rounds *r, size_t a_round)
{
	if (!r->many)
		return a_round;
	return r->most == INT64_MAX ? 0 : (size_t)r->most * a_round + 1;
}

bool rounds_more(const struct rounds *r)
{
	return r->done < r->most && (!r->done || mono_now().ns < r->end_ns);
}

bool rounds_count(struct rounds *r, const struct record *rec)
{
	r->verdicts[rec->verdict]++;
	if (!r->done)
		return true;
	if (rec->verdict == V_PASS || rec->verdict == V_SKIP || r->kept == ROUNDS_KEPT_MAX)
		return false;
	r->kept++;
	return true;
}

int rounds_end(struct rounds *r, const struct cli *cli, struct err *err)
{
	char took[QUANTITY_MAX];

	r->done++;
	if (!r->many)
		return 0;
	if (!cli->quiet)
		fprintf(stderr,
			"memtrial: round %lld after %s: %zu passed, %zu skipped, %zu FAIL, %zu "
			"BROKEN so far\n",
			(long long)r->done,
			quantity_format(took, mono_now().ns - r->soak.begin_ns, UNIT_DUR),
			r->verdicts[V_PASS], r->verdicts[V_SKIP], r->verdicts[V_FAIL],
			r->verdicts[V_BROKEN]);
	return soak_read(&r->soak, &cli->roots, err);
}
