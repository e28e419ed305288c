"""cc_fuzz_test: a libFuzzer target whose corpus ordinary tests replay."""

def cc_fuzz_test(name, srcs, corpus_dir, deps = [], size = "small"):
    """Two targets from one file that defines LLVMFuzzerTestOneInput.

    `NAME` is a test that feeds every file of the corpus once, under any compiler and sanitizer.
    `NAME_fuzzer` is the fuzzer: bazel run --config=fuzz //…:NAME_fuzzer -- CORPUS_DIR -max_total_time=600
    All of them: bazel build --config=fuzz //tools/bazel:fuzzers, whose list names each.

    Args:
      name: of the replay test.
      srcs: the target's sources.
      corpus_dir: folder, below this package, of the seed and crash inputs.
      deps: as for cc_test.
      size: as for cc_test.
    """
    native.cc_test(
        name = name,
        size = size,
        srcs = srcs,
        args = [native.package_name() + "/" + corpus_dir],
        data = native.glob([corpus_dir + "/**"]),
        deps = deps + ["//tools/bazel:fuzz_replay_main"],
    )
    native.cc_binary(
        name = name + "_fuzzer",
        testonly = True,
        srcs = srcs,
        tags = ["manual"],
        visibility = ["//tools/bazel:__pkg__"],
        deps = deps,
    )
