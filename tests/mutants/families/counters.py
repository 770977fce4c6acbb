# SPDX-License-Identifier: GPL-2.0-or-later
"""memory.stat, /proc/meminfo, /proc/vmstat and what a process says of itself."""
from edit import after, before, skip, swap, top
from mutants import Mutant

MEMCG, VMSTAT, MEMORY = "mm/memcontrol.c", "mm/vmstat.c", "mm/memory.c"


def group_leak(name, broken, profiles, item, nth):
    return Mutant(name, broken, profiles,
                  top(MEMCG, "__mod_memcg_lruvec_state",
                      f"if (val < 0 && idx == {item} && MUT({nth})) return;"))


def node_leak(name, broken, profiles, item, nth):
    return Mutant(name, broken, profiles,
                  top(VMSTAT, "__mod_node_page_state",
                      f"if (delta < 0 && item == {item} && MUT({nth})) return;"))


MUTANTS = [
    group_leak("stat-anon-leak", "each 64th page that a process gives back stays in memory.stat anon",
               "accounting/demand-paging accounting/used-and-back faults/killed-midway", "NR_ANON_MAPPED", 64),
    group_leak("stat-file-leak", "each 64th page that leaves the cache stays in memory.stat file",
               "reclaim/clean-cache-yields accounting/file-cache limits/moved", "NR_FILE_PAGES", 64),
    group_leak("stat-shmem-leak", "each 64th page of shared memory that is freed stays in memory.stat shmem",
               "accounting/shared-once limits/shmem faults/killed-midway", "NR_SHMEM", 64),
    group_leak("stat-dirty-leak", "each 16th page that was written back stays in memory.stat file_dirty",
               "accounting/dirty-writeback integrity/file-squeezed", "NR_FILE_DIRTY", 16),
    group_leak("stat-writeback-leak", "each 64th page that was written stays in memory.stat file_writeback",
               "accounting/dirty-writeback integrity/file-squeezed", "NR_WRITEBACK", 64),
    group_leak("stat-pagetables-leak", "each 64th page table that is freed stays in memory.stat pagetables",
               "limits/page-tables accounting/page-tables", "NR_PAGETABLE", 64),
    group_leak("stat-slab-leak", "each 16th free of unreclaimable objects is not seen in memory.stat slab",
               "faults/sweep-descriptors faults/sweep-objects faults/sweep-memory",
               "NR_SLAB_UNRECLAIMABLE_B", 16),
    node_leak("anon-leak", "each 32nd page that a process gives back stays in AnonPages",
              "accounting/used-and-back accounting/demand-paging oom/hog-dies-neighbour-lives",
              "NR_ANON_MAPPED", 32),
    node_leak("file-leak", "each 32nd page that leaves the cache stays in Cached",
              "accounting/file-cache reclaim/clean-cache-yields", "NR_FILE_PAGES", 32),
    node_leak("shmem-leak", "each 32nd page of shared memory that is freed stays in Shmem",
              "accounting/shared-once faults/killed-midway", "NR_SHMEM", 32),
    node_leak("pagetables-leak", "each 8th page table that is freed stays in PageTables",
              "accounting/page-tables limits/page-tables", "NR_PAGETABLE", 8),
    node_leak("dirty-leak", "each 4th page that was written back stays in Dirty",
              "accounting/dirty-writeback integrity/file-squeezed", "NR_FILE_DIRTY", 4),
    Mutant("mlocked-leak", "each 16th page that is unlocked stays in Mlocked",
           "accounting/mlock",
           skip("mm/mlock.c", "__munlock_folio", "zone_stat_mod_folio(folio, NR_MLOCK, -nr_pages);", "MUT(16)")),
    Mutant("rss-twice", "each 64th page that a process touches counts twice in its RSS",
           "accounting/demand-paging accounting/used-and-back",
           after(MEMORY, "do_anonymous_page", "add_mm_counter(vma->vm_mm, MM_ANONPAGES, nr_pages);",
                 "if (MUT(64)) inc_mm_counter(vma->vm_mm, MM_ANONPAGES);")),
    Mutant("minflt-lost", "each 64th minor fault is not counted",
           "accounting/demand-paging",
           swap(MEMORY, "mm_account_fault", "current->min_flt++", "current->min_flt += !MUT(64)")),
    Mutant("pswpout-lost", "half of the pages that go to swap are not counted in pswpout",
           "reclaim/swap-keeps limits/swap-max",
           skip("mm/page_io.c", "count_swpout_vm_event", "count_vm_events(PSWPOUT, folio_nr_pages(folio));",
                "MUT(2)")),
    Mutant("pgsteal-lost", "half of the batches that reclaim takes from a group are not in its pgsteal",
           "reclaim/clean-cache-yields reclaim/on-request limits/high-cache",
           skip("mm/vmscan.c", "shrink_inactive_list",
                "__count_memcg_events(lruvec_memcg(lruvec), item, nr_reclaimed);", "MUT(2)")),
    Mutant("refault-lost", "pages of files that come back are not counted as refaults",
           "reclaim/refault",
           skip("mm/workingset.c", "workingset_refault",
                "mod_lruvec_state(lruvec, WORKINGSET_REFAULT_BASE + file, nr);")),
    Mutant("page-leak", "each 8th page that a process gives back is free for nobody",
           "accounting/used-and-back accounting/file-cache",
           swap("mm/page_alloc.c", "free_unref_folios", "!free_pages_prepare(&folio->page, order)",
                "$0 || (order == 0 && MUT(8))")),
    Mutant("dontneed-keeps", "MADV_DONTNEED keeps the last page",
           "accounting/demand-paging accounting/shared-once limits/peak",
           top("mm/madvise.c", "madvise_dontneed_single_vma",
               "if (MUT && end - start > PAGE_SIZE) end -= PAGE_SIZE;")),
    Mutant("poison-lost", "each other poisoned page is missing in HardwareCorrupted",
           "faults/poisoned-page faults/soft-offline",
           skip("mm/memory-failure.c", "num_poisoned_pages_inc", "atomic_long_inc(&num_poisoned_pages);",
                "MUT(2)")),
]
