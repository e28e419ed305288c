"""What the documents show is true: policies compile, links lead somewhere, commands and options exist."""

import os
import re
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.realpath("WORKSPACE"))
IDLEWARDEN = os.path.abspath("tools/idlewarden")


def documents():
    yield "README.md"
    yield "ARCHITECTURE.md"
    for name in sorted(os.listdir(os.path.join(ROOT, "docs"))):
        if name.endswith(".md"):
            yield "docs/" + name


def text_of(document):
    with open(os.path.join(ROOT, document), encoding="utf-8") as file:
        return file.read()


def policies(document):
    """The YAML blocks that are whole policies."""
    for block in re.findall(r"^```yaml\n(.*?)^```", text_of(document), re.DOTALL | re.MULTILINE):
        if re.match(r"(#.*\n)*version: 1\n", block) and "\nrules:" in block:
            yield block


class Documents(unittest.TestCase):

    def test_policies_compile_without_a_warning(self):
        seen = 0
        for document in documents():
            for policy in policies(document):
                seen += 1
                with self.subTest(document=document), tempfile.TemporaryDirectory() as folder:
                    path = os.path.join(folder, "policy.yaml")
                    with open(path, "w", encoding="utf-8") as file:
                        file.write(policy)
                    done = subprocess.run([IDLEWARDEN, "check", "--strict", path], capture_output=True, text=True)
                    self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertGreaterEqual(seen, 2)

    def test_links_lead_somewhere(self):
        seen = 0
        for document in documents():
            for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text_of(document)):
                if "://" in target:
                    continue
                seen += 1
                path = os.path.join(ROOT, os.path.dirname(document), target)
                self.assertTrue(os.path.exists(path), f"{document}: {target}")
        self.assertGreaterEqual(seen, 5)

    def test_commands_exist(self):
        usage = subprocess.run([IDLEWARDEN, "--help"], capture_output=True, text=True).stdout
        commands = set(re.findall(r"^  (\w+) {3,}", usage.split("Subcommands:")[1], re.MULTILINE))
        self.assertIn("preview", commands)
        seen = 0
        for document in documents():
            text = text_of(document)
            shown = re.findall(r"`idlewarden ([a-z]+)", text)
            for block in re.findall(r"^```.*?^```", text, re.MULTILINE | re.DOTALL):
                shown += re.findall(r"^(?:\$ )?idlewarden ([a-z]+)", block, re.MULTILINE)
            for name in shown:
                seen += 1
                self.assertIn(name, commands, f"{document}: idlewarden {name}")
        self.assertGreaterEqual(seen, 5)

    def test_tools_that_the_readme_names_are_there(self):
        for tool in re.findall(r"tools/[a-z-]+\b(?!/)", text_of("README.md")):
            self.assertTrue(os.path.exists(os.path.join(ROOT, tool)), tool)


if __name__ == "__main__":
    unittest.main()
