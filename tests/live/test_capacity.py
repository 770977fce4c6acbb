# SPDX-License-Identifier: GPL-2.0-or-later
"""`memtrial capacity limit`: known needs are found, ends of the range told, interruptions undone."""
import json
import os
import signal
import tempfile

from support import FAIL, PASS, SKIP, USAGE, LiveTest, main, memtrial

MIB = 1 << 20
# What is known to be needed. Beside it the group has some 0.4 to 0.6 MiB (1.2 to 1.9 % of it): the
# pages and kernel stacks of worker and command, page tables (a page for each 2 MiB), for a file the
# nodes of its cache (576 bytes for each 64 pages) and the rings of io_uring. Charge stocks are not
# among it: a charge that fails drains them and tries again without (try_charge_memcg()).
HOT = 32 * MIB
RANGE = ["--range", "8M..256M"]
DD = ["dd", "if=/dev/zero", "of=/dev/null", "count=1"]
LONG = [*DD[:-1], "count=60"]  # copies are there at the same time


class Capacity(LiveTest):
    def search(self, *args, code=PASS, question="limit"):
        done = memtrial("capacity", question, "--format", "json", *args, timeout=600)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def check_found(self, found):
        answer = found["answer"]
        self.assertEqual(answer["where"], "within", found)
        self.assertLess(abs(answer["best"] / HOT - 1), 0.03, answer)
        self.assertLessEqual(found["n_probes"], 2 * found["bisection"])
        self.assertLessEqual(answer["low"], answer["best"])
        self.assertLessEqual(answer["best"], answer["high"])

    def test_command(self):
        for i in range(5):
            with self.subTest(run=i):
                found = self.search(*RANGE, "--repeat", "1", "--", *DD, f"bs={HOT}")
                self.check_found(found)
                # Its need varies by 1 % from run to run, and by more on a busy machine: as narrow as
                # asked for is not always in reach, and then all probes were made.
                self.assertTrue(found["answer"]["done"] or found["n_probes"] == 2 * found["bisection"], found)
                self.assertGreaterEqual(found["answer"]["sure"], 0.98, found)
                # The only thing that can go wrong is an OOM kill.
                self.assertEqual(found["cliff"], found["answer"])
                for p in found["probes"]:
                    self.assertIn(p["outcome"], ("finished", "oom-killed"))

    def test_as_narrow_as_asked_for(self):
        found = self.search(*RANGE, "--repeat", "1", "--resolution", "10%", "--", *DD, f"bs={HOT}")
        self.assertTrue(found["answer"]["done"], found)
        self.assertLessEqual(found["answer"]["high"] / found["answer"]["low"], 1.101, found)

    def test_hot_file(self):
        for i in range(5):
            with self.subTest(run=i):
                found = self.search(*RANGE, "--repeat", "1", "--slo", "refault.rate <= 100/s",
                                    "--set", f"hot={HOT}B", "--profile", "capacity/hot-file")
                self.check_found(found)
                # Less is slower, but kills nobody.
                self.assertEqual(found["cliff"]["where"], "below")

    def test_ends_of_the_range(self):
        found = self.search("--range", "8M..24M", "--repeat", "1", "--resolution", "5%", "--",
                            *DD, f"bs={HOT}", code=FAIL)
        self.assertEqual((found["answer"]["where"], found["answer"]["high"]), ("above", 24 * MIB))
        found = self.search("--range", "48M..256M", "--repeat", "1", "--resolution", "5%", "--",
                            *DD, f"bs={HOT}")
        self.assertEqual((found["answer"]["where"], found["answer"]["low"]), ("below", 48 * MIB))

    def test_neighbours(self):
        """Each takes 32 MiB and, as above, 0.4 to 0.6: seven fit in 256, with 224 and some, eight do not."""
        found = self.search("--within", "256M", "--range", "1..20", "--repeat", "1",
                            "--", *LONG, f"bs={HOT}",
                            question="neighbours")
        answer = found["answer"]
        self.assertEqual((answer["where"], answer["low"], answer["high"]), ("within", 7, 8), found)
        found = self.search("--within", "256M", "--range", "1..4", "--repeat", "1",
                            "--", *LONG, f"bs={HOT}",
                            question="neighbours")
        self.assertEqual(found["answer"]["where"], "above", found)
        found = self.search("--within", "64M", "--range", "2..8", "--repeat", "1",
                            "--", *LONG, f"bs={HOT}",
                            question="neighbours", code=FAIL)
        self.assertEqual(found["answer"]["where"], "below", found)

    def test_hog(self):
        """What 128 MiB leave beside the command's 32.4 to 32.6, and 0.2 to 0.6 that the hog's process takes."""
        found = self.search("--within", "128M", "--range", "64M..128M", "--slo", "runtime <= 60s", "--repeat",
                            "1", "--", *DD, f"bs={HOT}", question="protect")
        answer = found["answer"]
        self.assertEqual(answer["where"], "within", found)
        self.assertLess(abs(answer["best"] / (95.2 * MIB) - 1), 0.01, answer)

    def test_number_in_the_output(self):
        # What it prints is wrong below an edge that has nothing to do with memory in use.
        script = ("m=$(cat /sys/fs/cgroup/memory$(sed -n 's/.*:memory://p' /proc/self/cgroup)"
                  "/memory.limit_in_bytes 2>/dev/null ||"
                  " cat /sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)/memory.max);"
                  f"case $m in max) m={1 << 40};; esac;"
                  f"if [ $m -ge {HOT} ]; then echo p99: 12.5 ms; else echo p99: 31 ms; fi")
        args = [*RANGE, "--repeat", "1", "--metric", "p99: ([0-9.]+ ms)", "--"]
        found = self.search("--slo", "p99 <= 20ms", *args, "sh", "-c", script)
        self.check_found(found)
        self.assertEqual({p["numbers"][0] for p in found["probes"]}, {12.5e6, 31e6})
        # Without a match an objective would be met by silence.
        done = memtrial("capacity", "limit", "--slo", "p98 <= 20ms", *args, "true")
        self.assertEqual(done.returncode, USAGE)
        self.assert_one_line(done.stderr, "nothing that --metric matches")

    def test_mistakes_that_only_a_run_shows(self):
        done = memtrial("capacity", "limit", *RANGE, "--", "sh", "-c", "exit 3")
        self.assertEqual(done.returncode, USAGE)
        self.assert_one_line(done.stderr, "exited with 3")
        done = memtrial("capacity", "limit", "--range", "4M..8M", "--", *DD, "bs=1G")
        self.assertEqual(done.returncode, FAIL)
        self.assert_one_line(done.stderr, "OOM-killed with 256M already")
        done = memtrial("capacity", "limit", *RANGE, "--", "true", as_nobody=True)
        self.assertEqual(done.returncode, SKIP)
        self.assert_one_line(done.stderr, "no right to make groups")

    def test_interrupted_and_resumed(self):
        with tempfile.TemporaryDirectory() as d:
            state = os.path.join(d, "state")
            args = ["capacity", "limit", *RANGE, "--repeat", "2", "--state", state, "--", *DD,
                    f"bs={HOT}"]
            run = self.start(*args)
            self.assertTrue(run.wait_talk(r"\[5/"), run.talk)
            os.kill(run.pid, signal.SIGINT)
            code, out = run.wait()
            self.assertEqual(code, 128 + signal.SIGINT, out)
            self.assertEqual(run.left(), [])
            self.assertIn("probes (a bisection", out)
            self.assertIn("the same command goes on", run.talk)
            with open(state) as f:
                kept = json.load(f)
            self.assertEqual((len(kept["references"]), len(kept["probes"])), (3, 2))
            done = memtrial(*args, timeout=300)
            self.assertEqual(done.returncode, PASS, done.stderr)
            self.assertIn(f"5 runs are in {state} already", done.stderr)
            self.assertRegex(done.stderr, r"\[6/")
            self.assertNotIn("[5/", done.stderr)
            self.assertRegex(done.stdout, r"needs 32\.\dM ±|needs 32\.\d\dM ±")
            # Of another search it is worth nothing.
            done = memtrial(*args[:-1], "bs=1M")
            self.assertEqual(done.returncode, USAGE)
            self.assert_one_line(done.stderr, "is of another search")
            with open(state, "r+") as f:
                f.truncate(100)
            done = memtrial(*args)
            self.assertEqual(done.returncode, USAGE)
            self.assert_one_line(done.stderr, "--state: ")


if __name__ == "__main__":
    main()
