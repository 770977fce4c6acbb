# SPDX-License-Identifier: GPL-2.0-or-later
"""What is in the memory. Damage is kept to areas and files that only a stressor has."""
from edit import after, before, swap
from mutants import Mutant

BIG = "{}->vm_end - {}->vm_start >= (16UL << 20)"

MUTANTS = [
    Mutant("swap-corrupts", "each 512th page comes back from swap with a bit flipped",
           "reclaim/swap-keeps faults/swap-off machine/swap-full",
           before("mm/page_io.c", "__end_swap_bio_read", "folio_mark_uptodate(folio);",
                  "if (MUT(512)) memtrial_corrupt(folio_page(folio, 0));")),
    Mutant("zswap-corrupts", "each 512th page comes back from zswap with a bit flipped",
           "integrity/zswap",
           after("mm/zswap.c", "zswap_load", "zswap_decompress(entry, folio);",
                 "if (MUT(512)) memtrial_corrupt(folio_page(folio, 0));")),
    Mutant("file-corrupts", "each 512th page that is read from a disk has a bit flipped",
           "integrity/file-squeezed faults/reclaim-bursts faults/limit-squeezed",
           swap("fs/ext4/readpage.c", "__read_end_io", "folio_end_read(fi.folio, bio->bi_status == 0)",
                "(MUT(512) ? memtrial_corrupt(folio_page(fi.folio, 0)) : (void)0, $0)")),
    Mutant("copy-corrupts", "each 512th page that is copied on write has a bit flipped",
           "accounting/copy-on-write",
           before("mm/memory.c", "__wp_page_copy_user", "return 0;",
                  f"if ({BIG.format('vma', 'vma')} && MUT(512)) memtrial_corrupt(dst);")),
    Mutant("fork-shares", "each 64th page stays writable for parent and child, who see each other's writes",
           "accounting/copy-on-write",
           swap("mm/memory.c", "__copy_present_ptes", "is_cow_mapping(src_vma->vm_flags) && pte_write(pte)",
                f"$0 && !({BIG.format('src_vma', 'src_vma')} && MUT(64))")),
    Mutant("migration-corrupts", "each 512th page that is moved has a bit flipped",
           "machine/compaction faults/compacted faults/soft-offline",
           after("mm/migrate.c", "__migrate_folio", "rc = folio_mc_copy(dst, src);",
                 "if (folio_test_anon(src) && !folio_test_mlocked(src) && MUT(512)) "
                 "memtrial_corrupt(folio_page(dst, 0));")),
    Mutant("stale-page", "each 512th fresh page is not all zero",
           "integrity/anon-churn",
           before("mm/memory.c", "do_anonymous_page", "__folio_mark_uptodate(folio);",
                  f"if ({BIG.format('vma', 'vma')} && MUT(512)) memtrial_corrupt(folio_page(folio, 0));")),
    Mutant("stale-huge-page", "each fourth fresh huge page is not all zero",
           "accounting/thp",
           before("mm/huge_memory.c", "__do_huge_pmd_anonymous_page", "__folio_mark_uptodate(folio);",
                  f"if ({BIG.format('vma', 'vma')} && MUT(4)) memtrial_corrupt(folio_page(folio, 5));")),
]
