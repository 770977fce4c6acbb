/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Judging: a record with its spec gives verdicts. Pure: no file, no clock, no machine; the same
 * record always gives the same verdicts. Knows plan/spec.h, metric/ and record/.
 */
#ifndef MT_JUDGE_JUDGE_H
#define MT_JUDGE_JUDGE_H

#include "record/record.h"

/*
 * Fill record->verdicts, ->verdict and ->verdict_why. Beside the checks of the spec it judges what
 * every trial must show: a clean kernel log, no corruption, no unexpected end of a worker, no OOM
 * kill that no check speaks of, the fuse intact, a machine that did not change, every `until` met.
 */
void judge_record(struct record *record);

#endif
