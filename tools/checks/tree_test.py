"""What holds for the whole source tree: includes, visibility, formatting, shell scripts.

Runs outside the sandbox on the workspace that the WORKSPACE file of its runfiles links to.
"""

import os
import re
import shutil
import subprocess
import unittest

ROOT = os.path.dirname(os.path.realpath("WORKSPACE"))
SKIPPED = (".git", ".out", ".cache")


def tree_files(*suffixes):
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in SKIPPED and not name.startswith("bazel-")]
        for name in names:
            if name.endswith(suffixes):
                yield os.path.join(folder, name)


def shell_scripts():
    for path in tree_files(""):
        with open(path, "rb") as file:
            if re.match(rb"#!\s*/(usr/)?bin/(env )?(ba|da)?sh\b", file.readline(80)):
                yield path


class Tree(unittest.TestCase):

    def test_includes_follow_the_table(self):
        done = subprocess.run([os.path.join(ROOT, "tools/check-includes"), ROOT], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_nothing_of_agent_and_policy_is_public(self):
        public = []
        for path in tree_files("BUILD.bazel"):
            with open(path, encoding="utf-8") as file:
                inside = os.path.relpath(path, ROOT).startswith(("agent/", "policy/"))
                if inside and "//visibility:public" in file.read():
                    public.append(os.path.relpath(path, ROOT))
        self.assertEqual(public, [], "visibility is private by default; name the folders that need a target")

    def test_every_test_is_in_a_target(self):
        # One that is in none never runs, and nobody notices.
        forgotten = []
        for path in tree_files("_test.cc", "_test.py"):
            build = os.path.join(os.path.dirname(path), "BUILD.bazel")
            name = os.path.basename(path)
            text = ""
            if os.path.exists(build):
                with open(build, encoding="utf-8") as file:
                    text = file.read()
            if f'"{name}"' not in text and f'"{os.path.splitext(name)[0]}"' not in text:
                forgotten.append(os.path.relpath(path, ROOT))
        self.assertEqual(forgotten, [], "name them in their folder's BUILD.bazel")

    @unittest.skipUnless(shutil.which("clang-format"), "clang-format is not installed")
    def test_sources_are_formatted(self):
        files = list(tree_files(".h", ".cc"))
        self.assertTrue(files)
        done = subprocess.run(["clang-format", "--dry-run", "-Werror", "--ferror-limit=1"] + files, cwd=ROOT,
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr + "\nRun: clang-format -i on these files")

    @unittest.skipUnless(shutil.which("shellcheck"), "shellcheck is not installed")
    def test_shell_scripts_are_clean(self):
        scripts = list(shell_scripts())
        self.assertTrue(scripts)
        done = subprocess.run(["shellcheck"] + scripts, cwd=ROOT, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
