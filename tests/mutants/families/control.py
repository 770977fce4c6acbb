# SPDX-License-Identifier: GPL-2.0-or-later
"""cgroup.freeze, cgroup.kill and cgroup.procs."""
from edit import skip, swap, top
from mutants import Mutant

FREEZER, CGROUP = "kernel/cgroup/freezer.c", "kernel/cgroup/cgroup.c"

MUTANTS = [
    Mutant("freeze-runs-on", "a group says it is frozen, and its processes run on",
           "limits/freeze faults/frozen-under-load",
           top(FREEZER, "cgroup_freeze_task", "if (MUT && freeze) return;"),
           swap(FREEZER, "cgroup_update_frozen", "cgrp->freezer.nr_frozen_tasks == __cgroup_task_count(cgrp)",
                "($0 || MUT)")),
    Mutant("freeze-never-there", "a group whose processes are all frozen does not say so",
           "limits/freeze faults/frozen-under-load",
           swap(FREEZER, "cgroup_update_frozen", "cgrp->freezer.nr_frozen_tasks == __cgroup_task_count(cgrp)",
                "$0 && !MUT")),
    Mutant("kill-shallow", "cgroup.kill spares the groups below",
           "limits/kill",
           skip(CGROUP, "cgroup_kill", "__cgroup_kill(dsct);", "MUT && dsct != cgrp")),
    Mutant("kill-misses", "cgroup.kill misses each 4th process",
           "limits/kill",
           skip(CGROUP, "__cgroup_kill", "send_sig(SIGKILL, task, 0);", "MUT(4)")),
    Mutant("move-ignored", "a process that somebody else moves to a group stays where it is",
           "control/moved",
           swap(CGROUP, "__cgroup_procs_write", "cgroup_attach_task(dst_cgrp, task, threadgroup)",
                "(MUT && task != current ? 0 : $0)")),
]
