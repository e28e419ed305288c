"""python_test: a unittest file as a Bazel test, one reported case a test method.

Debian's Bazel cannot run py_test (it calls `python`, which Debian does not have), hence a shell test around python3.
"""

def python_test(name, src, data = [], sanitize = False, tags = [], **kwargs):
    """A test of one file of unittest cases. Modules are imported by their path from the workspace's root.

    Args:
      name: of the test.
      src: the file with the cases.
      data: what it reads, runs and imports.
      sanitize: whether it runs C++ programs, so that the runs with sanitizers include it.
      tags: as for sh_test.
      **kwargs: as for sh_test.
    """
    native.sh_test(
        name = name,
        srcs = ["//tools/testing:python_test.sh"],
        args = ["$(location %s)" % src],
        data = [src, "//tools/testing:unittest_xml.py"] + data,
        tags = tags + ([] if sanitize else ["no_sanitizer"]),
        **kwargs
    )
