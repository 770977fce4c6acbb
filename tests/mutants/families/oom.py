# SPDX-License-Identifier: GPL-2.0-or-later
"""Whom the OOM killer takes, and what it says."""
from edit import after, skip, swap, top
from mutants import Mutant

OOM, MEMCG = "mm/oom_kill.c", "mm/memcontrol.c"

MUTANTS = [
    Mutant("oom-smallest", "the smallest process is killed, not the biggest",
           "oom/biggest limits/nested machine/oom-biggest",
           swap(OOM, "oom_evaluate_task", "points < oc->chosen_points",
                "(MUT && oc->chosen ? points > oc->chosen_points : $0)")),
    Mutant("oom-adj-ignored", "oom_score_adj does not count, but for -1000",
           "oom/score-adj machine/oom-score-adj",
           skip(OOM, "oom_badness", "points += adj;")),
    Mutant("oom-exempt-killed", "oom_score_adj -1000 does not exempt from being killed",
           "oom/exempt machine/oom-score-adj limits/swap-max",
           after(OOM, "oom_badness", "adj = (long)p->signal->oom_score_adj;",
                 "if (MUT && adj == OOM_SCORE_ADJ_MIN) adj = 0;")),
    Mutant("oom-outside", "a full group has the biggest process of the whole machine killed",
           "oom/bigger-neighbour",
           swap(OOM, "select_bad_process", "is_memcg_oom(oc)", "$0 && !MUT")),
    Mutant("oom-frozen-spared", "a frozen process is not chosen",
           "oom/frozen",
           top(OOM, "oom_badness", "if (MUT && p->frozen) return LONG_MIN;")),
    Mutant("oom-group-ignored", "memory.oom.group has no effect",
           "oom/group-kill",
           top(MEMCG, "mem_cgroup_get_oom_group", "if (MUT) return NULL;")),
    Mutant("oom-group-half", "a group kill leaves each other process alive",
           "oom/group-kill",
           top(OOM, "oom_kill_memcg_member", "if (MUT(2)) return 0;")),
    Mutant("oom-group-takes-exempt", "a group kill takes processes with oom_score_adj -1000 too",
           "oom/group-kill-exempt",
           swap(OOM, "oom_kill_memcg_member", "task->signal->oom_score_adj != OOM_SCORE_ADJ_MIN",
                "($0 || MUT)")),
    Mutant("oom-constraint-wrong", "the log says of a group's limit that there was no constraint",
           "oom/hog-dies-neighbour-lives limits/page-tables limits/kernel-memory",
           swap(OOM, "constrained_alloc", "return CONSTRAINT_MEMCG", "return MUT ? CONSTRAINT_NONE : CONSTRAINT_MEMCG")),
    Mutant("oom-line-lost", "a kill leaves no line in the log",
           "oom/hog-dies-neighbour-lives limits/nested oom/group-kill",
           skip(OOM, "__oom_kill_process", "pr_err(")),
]
