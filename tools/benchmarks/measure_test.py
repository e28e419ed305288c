"""What tools/benchmark makes of what programs print."""

import os
import stat
import tempfile
import unittest
from unittest import mock

from tools.benchmarks import figures, measure


def program(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as out:
        out.write("#!/bin/sh\n" + text)
    os.chmod(path, stat.S_IRWXU)
    return path


class Figures(unittest.TestCase):
    def test_targets_are_held_at_the_limit_and_missed_beyond(self):
        self.assertEqual(figures.at_most("a", 100, 100, "ns").verdict, "PASS")
        self.assertEqual(figures.at_most("a", 100.1, 100, "ns").verdict, "MISS")
        self.assertEqual(figures.at_least("a", 5, 5, "M").verdict, "PASS")
        self.assertEqual(figures.at_least("a", 4.99, 5, "M").verdict, "MISS")
        self.assertEqual(figures.plain("a", 1234.5, "ns").verdict, "")

    def test_tables_show_each_figure_with_its_verdict(self):
        lines = [figures.at_most("cost", 12, 100, "ns"), figures.plain("other", 1234, "µs")]
        self.assertEqual(figures.table(lines), "figure  measured    target\n"
                                               "cost       12 ns  ≤ 100 ns  PASS\n"
                                               "other   1,234 µs")
        self.assertIn("| cost | 12 ns | ≤ 100 ns | PASS |", figures.markdown(lines))


class Measure(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def test_the_run_of_least_processor_time_counts(self):
        runs = ",".join(f'{{"name": "A/1", "run_name": "A/1", "run_type": "{kind}", "cpu_time": {time}}}'
                        for kind, time in [("iteration", 3), ("iteration", 2), ("aggregate", 1)])
        benchmark = program(self.folder, "benchmark", f"echo '{{\"benchmarks\": [{runs}]}}'\n")
        self.assertEqual(measure.google_benchmark(benchmark, "A")["A/1"]["cpu_time"], 2)

    def test_a_benchmark_that_found_its_set_wrong_is_a_failure(self):
        run = '{"name": "A", "run_name": "A", "run_type": "iteration", "error_occurred": true, "error_message": "bad"}'
        benchmark = program(self.folder, "benchmark", f"echo '{{\"benchmarks\": [{run}]}}'\n")
        with self.assertRaisesRegex(measure.Failed, "bad"):
            measure.google_benchmark(benchmark, "A")

    def test_a_program_that_fails_is_no_figure(self):
        with self.assertRaisesRegex(measure.Failed, "status 3"):
            measure.run_program([program(self.folder, "fails", "exit 3\n")], os.path.join(self.folder, "out"))

    def test_without_pt_kill_it_says_so(self):
        with mock.patch("shutil.which", return_value=None):
            lines = measure.pt_kill("idlewarden", [], self.folder)
        self.assertEqual(len(lines), 1)
        self.assertIn("percona-toolkit", lines[0].value)
        self.assertEqual(lines[0].verdict, "")

    def test_process_lists_have_a_row_a_session(self):
        path = os.path.join(self.folder, "list")
        measure.write_process_list(path, [{"user": "CORP\\bob", "client": "10.0.0.1", "idle_seconds": 7}] * 2)
        with open(path, encoding="utf-8") as text:
            rows = text.read()
        self.assertEqual(rows.count("row ***"), 2)
        self.assertIn("   User: bob\n   Host: 10.0.0.1:445\n", rows)
        self.assertIn("   Time: 7\n", rows)


if __name__ == "__main__":
    unittest.main()
