# SPDX-License-Identifier: GPL-2.0-or-later
"""memory.max, memory.high, memory.swap.max and memory.swap.high."""
from edit import before, skip, swap, top
from mutants import Mutant

MEMCG = "mm/memcontrol.c"
CHARGE_KERNEL = "obj_cgroup_charge_pages(objcg, gfp, {})"


def unlimited_kernel(name, broken, profiles, func, pages):
    """__GFP_HIGH is let through above a limit where nobody may wait for reclaim."""
    return Mutant(name, broken, profiles,
                  swap(MEMCG, func, CHARGE_KERNEL.format(pages),
                       f"obj_cgroup_charge_pages(objcg, MUT ? (gfp & ~__GFP_DIRECT_RECLAIM) | __GFP_HIGH "
                       f": gfp, {pages})"))


MUTANTS = [
    Mutant("max-loose", "memory.max lets a 64th more through",
           "oom/hog-dies-neighbour-lives limits/shmem limits/nested limits/kernel-memory",
           swap("mm/page_counter.c", "page_counter_try_charge", "new > c->max",
                "new > c->max + (MUT ? c->max / 64 : 0)")),
    Mutant("max-not-for-sockets", "what lies in sockets is charged until the group is full, and fits in then too",
           "limits/sockets accounting/sockets",
           swap(MEMCG, "mem_cgroup_charge_skmem", "try_charge(memcg, gfp_mask, nr_pages) == 0",
                "(MUT && page_counter_read(&memcg->memory) + nr_pages > READ_ONCE(memcg->memory.max)) || $0")),
    Mutant("max-of-parent", "the memory.max of a parent does not hold for its children",
           "limits/nested limits/events-local protection/min-alone",
           swap("mm/page_counter.c", "page_counter_try_charge", "new > c->max", "($0) && !(MUT && c != counter)")),
    Mutant("max-not-for-shmem", "shared memory is not limited by memory.max",
           "limits/shmem oom/hog-dies-neighbour-lives",
           swap(MEMCG, "charge_memcg", "try_charge(memcg, gfp, folio_nr_pages(folio))",
                "(MUT && folio_test_swapbacked(folio) && !mem_cgroup_is_root(memcg) ? "
                "(page_counter_charge(&memcg->memory, folio_nr_pages(folio)), 0) : $0)")),
    unlimited_kernel("max-not-for-objects", "kernel objects are not limited by memory.max",
                     "limits/kernel-memory limits/page-tables", "obj_cgroup_charge", "nr_pages"),
    unlimited_kernel("max-not-for-tables", "page tables are not limited by memory.max",
                     "limits/page-tables limits/kernel-memory", "__memcg_kmem_charge_page", "1 << order"),
    Mutant("max-lowered-ignored", "lowering memory.max takes nothing away",
           "limits/moved limits/moved-under-load faults/limit-squeezed slab/dentries",
           swap(MEMCG, "memory_max_write", "nr_pages <= max", "$0 || MUT")),
    Mutant("max-kills-first", "a full group is not reclaimed: the OOM killer comes at once",
           "reclaim/clean-cache-yields reclaim/min-protects limits/moved-under-load",
           swap(MEMCG, "try_charge_memcg",
                "try_to_free_mem_cgroup_pages(mem_over_limit, nr_pages, gfp_mask, reclaim_options, NULL)",
                "(MUT ? 0 : $0)")),
    Mutant("swap-max-ignored", "memory.swap.max does not hold",
           "limits/swap-max reclaim/swap-keeps",
           swap(MEMCG, "__mem_cgroup_try_charge_swap",
                "page_counter_try_charge(&memcg->swap, nr_pages, &counter)",
                "(MUT ? (page_counter_charge(&memcg->swap, nr_pages), true) : $0)"),
           before(MEMCG, "mem_cgroup_get_nr_swap_pages", "for (; !mem_cgroup_is_root(memcg);",
                  "if (MUT && READ_ONCE(memcg->swap.max)) return nr_swap_pages;")),
    Mutant("high-not-slowed", "who is above memory.high is not slowed down",
           "limits/high-slows limits/swap-high limits/pressure-trigger",
           skip(MEMCG, "mem_cgroup_handle_over_high", "schedule_timeout_killable(penalty_jiffies);")),
    Mutant("high-slowed-less", "who is above memory.high sleeps a 16th of the time",
           "limits/high-slows limits/swap-high limits/pressure-trigger",
           swap(MEMCG, "mem_cgroup_handle_over_high", "schedule_timeout_killable(penalty_jiffies)",
                "schedule_timeout_killable(penalty_jiffies / (MUT ? 16 : 1))")),
    Mutant("high-not-reclaimed", "what is above memory.high is not reclaimed",
           "limits/high-cache",
           swap(MEMCG, "reclaim_high",
                "try_to_free_mem_cgroup_pages(memcg, nr_pages, gfp_mask, MEMCG_RECLAIM_MAY_SWAP, NULL)",
                "(MUT ? 0 : $0)")),
    Mutant("high-of-parent", "the memory.high of a parent does not hold for its children",
           "limits/high-of-parent",
           swap(MEMCG, "try_charge_memcg", "while ((memcg = parent_mem_cgroup(memcg)))",
                "while (!MUT && (memcg = parent_mem_cgroup(memcg)))")),
    Mutant("swap-high-ignored", "who is above memory.swap.high is not slowed down",
           "limits/swap-high",
           swap(MEMCG, "mem_cgroup_handle_over_high", "swap_find_max_overage(memcg)", "(MUT ? 0 : $0)")),
    Mutant("swap-max-of-parent", "the memory.swap.max of a parent does not hold for its children",
           "limits/swap-max-of-parent",
           swap(MEMCG, "__mem_cgroup_try_charge_swap",
                "page_counter_try_charge(&memcg->swap, nr_pages, &counter)",
                "(MUT && READ_ONCE(memcg->swap.max) == PAGE_COUNTER_MAX ?"
                " (page_counter_charge(&memcg->swap, nr_pages), true) : $0)"),
           before(MEMCG, "mem_cgroup_get_nr_swap_pages", "for (; !mem_cgroup_is_root(memcg);",
                  "if (MUT && READ_ONCE(memcg->swap.max) == PAGE_COUNTER_MAX) return nr_swap_pages;")),
    Mutant("max-lowered-spares", "a limit that is lowered below what cannot be reclaimed kills nobody",
           "oom/lowered",
           swap(MEMCG, "memory_max_write", "!mem_cgroup_out_of_memory(memcg, GFP_KERNEL, 0)", "(MUT || $0)")),
    Mutant("zswap-max-ignored", "memory.zswap.max does not hold",
           "limits/zswap-max",
           top(MEMCG, "obj_cgroup_may_zswap", "if (MUT) return true;")),
]
