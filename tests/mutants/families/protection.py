# SPDX-License-Identifier: GPL-2.0-or-later
"""memory.min and memory.low."""
from edit import swap, top
from mutants import Mutant

VMSCAN, COUNTER = "mm/vmscan.c", "mm/page_counter.c"

MUTANTS = [
    Mutant("min-ignored", "memory.min does not keep reclaim away",
           "protection/min-alone reclaim/min-protects protection/shared protection/floating",
           swap(VMSCAN, "shrink_node_memcgs", "mem_cgroup_below_min(target_memcg, memcg)", "$0 && !MUT")),
    Mutant("min-only-zero", "a child's memory.min counts only where its parent has none",
           "protection/shared reclaim/min-protects protection/min-alone",
           swap(COUNTER, "effective_protection", "min(usage, setting)",
                "(MUT && parent_effective ? 0 : $0)")),
    Mutant("low-ignored", "memory.low does not keep reclaim away",
           "protection/low-alone",
           swap(VMSCAN, "shrink_node_memcgs", "mem_cgroup_below_low(target_memcg, memcg)", "$0 && !MUT")),
    Mutant("low-is-hard", "what memory.low protects is not given up in need either",
           "protection/low-alone",
           swap(VMSCAN, "do_try_to_free_pages", "if (sc->memcg_low_skipped)",
                "if (sc->memcg_low_skipped && !MUT)")),
    Mutant("low-not-shared", "children may claim more of memory.low together than their parent has",
           "protection/low-shared",
           swap(COUNTER, "page_counter_calculate_protection",
                "atomic_long_read(&parent->children_low_usage)", "(MUT ? 0 : $0)")),
    Mutant("floating-lost", "what no child claims of its parent's memory.min protects nobody",
           "protection/floating",
           top(COUNTER, "page_counter_calculate_protection", "if (MUT) recursive_protection = false;")),
    Mutant("shares-not-scaled", "children that claim more than their parent has are not cut in proportion",
           "protection/shared protection/floating",
           swap(COUNTER, "effective_protection", "protected * parent_effective / siblings_protected",
                "(MUT ? min(protected, parent_effective) : $0)")),
]
