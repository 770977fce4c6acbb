# SPDX-License-Identifier: GPL-2.0-or-later
"""Free memory that is being reported to the host is neither free nor lost.

Two seconds after much was freed the kernel takes blocks off its free lists for a third of a second
(mm/page_reporting.c). A trial that begins shortly before reads one of its numbers in it: without
the wait more than half of them failed. Where nothing is reported it is a trial like any other.
"""
import mmap
import time

from support import PASS, LiveTest, main, memtrial

SIZE = 2 << 30
HUGE = 14  # MADV_HUGEPAGE


def give_back():
    with mmap.mmap(-1, SIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as m:
        m.madvise(HUGE)
        for i in range(0, SIZE, 4096):
            m[i] = 1


class Reporting(LiveTest):
    def test_trials_that_begin_before_a_report(self):
        for wait in (1.5, 1.6, 1.7, 1.8):
            give_back()
            time.sleep(wait)
            done = memtrial("run", "--quiet", "accounting/used-and-back")
            self.assertEqual(done.returncode, PASS, done.stdout + done.stderr)


if __name__ == "__main__":
    main()
