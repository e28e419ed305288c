"""The include check finds what it is for: each rule is broken once, in a text that it has to refuse."""

import os
import tempfile
import unittest

from tools.checks import include_rules


def breaches(path, *lines):
    return [breach.text for breach in include_rules.check_file(path, "\n".join(lines) + "\n")]


class FolderRules(unittest.TestCase):

    def test_policy_may_not_include_the_agent(self):
        self.assertEqual(len(breaches("policy/model/x.h", '#include "agent/clock/clock.h"')), 1)

    def test_policy_stages_look_back_only(self):
        self.assertEqual(breaches("policy/planner/x.cc", '#include "policy/compiler/compile.h"'), [])
        self.assertEqual(len(breaches("policy/compiler/x.cc", '#include "policy/planner/planner.h"')), 1)

    def test_the_loop_does_not_know_the_control_plane(self):
        self.assertEqual(len(breaches("agent/loop/x.cc", '#include "agent/control/service.h"')), 1)

    def test_the_worker_knows_nothing_of_agent_and_policy(self):
        self.assertEqual(len(breaches("agent/smb_worker/x.cc", '#include "policy/model/session.h"')), 1)
        self.assertEqual(len(breaches("agent/smb_worker/x.cc", '#include "agent/clock/clock.h"')), 1)

    def test_nobody_includes_main_or_tools(self):
        self.assertEqual(len(breaches("agent/loop/x.cc", '#include "agent/main.h"')), 1)
        self.assertEqual(len(breaches("agent/loop/x.cc", '#include "tools/cli/table.h"')), 1)

    def test_a_new_folder_has_to_be_thought_about(self):
        self.assertEqual(len(breaches("agent/fleet/x.cc", '#include "agent/clock/clock.h"')), 1)
        self.assertEqual(len(breaches("policy/extra/x.cc", '#include "policy/model/session.h"')), 1)

    def test_the_own_folder_is_allowed(self):
        self.assertEqual(breaches("agent/loop/x.cc", '#include "agent/loop/x.h"'), [])

    def test_the_table_has_no_cycle(self):
        self.assertEqual(include_rules.check_cycles(include_rules.FOLDERS), [])
        self.assertEqual(len(include_rules.check_cycles({"a": ["b"], "b": ["a"]})), 2)


class LibraryRules(unittest.TestCase):

    def test_each_library_is_refused_where_it_does_not_belong(self):
        for header in ("yaml-cpp/yaml.h", "prometheus/counter.h", "CivetServer.h", "talloc.h", "tevent.h",
                       "grpcpp/grpcpp.h", "google/protobuf/message.h", "sqlite3.h", "spdlog/spdlog.h",
                       "unicode/uchar.h", "simdjson.h", "CLI/CLI.hpp", "gtest/gtest.h", "benchmark/benchmark.h"):
            with self.subTest(header=header):
                self.assertEqual(len(breaches("agent/loop/x.cc", f"#include <{header}>")), 1)

    def test_each_library_is_allowed_at_home(self):
        for path, header in (("policy/reader/x.cc", "yaml-cpp/yaml.h"), ("agent/settings/x.cc", "yaml-cpp/yaml.h"),
                             ("agent/metrics/x.cc", "prometheus/counter.h"), ("agent/smb_worker/tevent_loop.cc", "talloc.h"),
                             ("agent/control/x.cc", "grpcpp/grpcpp.h"), ("agent/loop/x_test.cc", "gtest/gtest.h")):
            with self.subTest(path=path):
                self.assertEqual(breaches(path, f'#include "{header}"'), [])

    def test_policy_opens_no_files_and_starts_no_threads(self):
        for header in ("fstream", "filesystem", "thread", "mutex", "chrono", "unistd.h", "sys/stat.h"):
            with self.subTest(header=header):
                self.assertEqual(len(breaches("policy/reader/x.cc", f"#include <{header}>")), 1)

    def test_samba_stays_in_one_pair(self):
        self.assertEqual(include_rules.check_samba_pair(["agent/smb_worker/a.cc", "agent/smb_worker/a.h"]), [])
        self.assertEqual(len(include_rules.check_samba_pair(["agent/smb_worker/a.cc", "agent/smb_worker/b.cc"])), 1)


class CallRules(unittest.TestCase):

    def test_the_real_clock_is_read_in_one_place(self):
        for code in ("auto t = absl::Now();", "std::chrono::steady_clock::now();", "time(nullptr);",
                     "clock_gettime(CLOCK_MONOTONIC, &ts);"):
            with self.subTest(code=code):
                self.assertEqual(len(breaches("agent/loop/x.cc", code)), 1)
                self.assertEqual(breaches("agent/clock/real_clock.cc", code), [])

    def test_nobody_sleeps(self):
        for code in ("absl::SleepFor(d);", "std::this_thread::sleep_for(d);", "sleep(1);", "usleep(10);"):
            with self.subTest(code=code):
                self.assertEqual(len(breaches("agent/loop/x_test.cc", code)), 1)

    def test_comments_and_strings_do_not_count(self):
        self.assertEqual(breaches("agent/loop/x.cc", "// absl::Now() is not used", 'Say("absl::Now()");',
                                  "/* sleep(1);", "*/ int64_t n = 10'000;"), [])
        self.assertEqual(breaches("agent/loop/x.cc", '// #include "agent/control/service.h"'), [])

    def test_code_between_digit_separators_counts(self):
        self.assertEqual(len(breaches("agent/loop/x.cc", "f(10'000, absl::Now(), 20'000);")), 1)

    def test_the_line_is_named(self):
        breach, = include_rules.check_file("agent/loop/x.cc", "int a;\n/* two\nlines */\nsleep(1);\n")
        self.assertEqual(breach.line, 4)


class Tree(unittest.TestCase):

    def test_a_tree_is_walked(self):
        with tempfile.TemporaryDirectory() as root:
            os.makedirs(os.path.join(root, "policy/model"))
            os.makedirs(os.path.join(root, "bazel-out"))
            with open(os.path.join(root, "policy/model/x.h"), "w", encoding="utf-8") as out:
                out.write('#include "agent/clock/clock.h"\n')
            with open(os.path.join(root, "bazel-out/y.h"), "w", encoding="utf-8") as out:
                out.write('#include "agent/clock/clock.h"\n')
            files, found = include_rules.check_tree(root)
        self.assertEqual(files, 1)
        self.assertEqual([breach.file for breach in found], ["policy/model/x.h"])


if __name__ == "__main__":
    unittest.main()
