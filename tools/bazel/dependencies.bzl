"""All external repositories of idlewarden. WORKSPACE calls the two functions below."""

load("//tools/bazel:system_library.bzl", "build_file", "builtin_repository", "stub_repository", "system_library")

_RULES_CC = """
cc_binary = native.cc_binary
cc_import = native.cc_import
cc_library = native.cc_library
cc_proto_library = native.cc_proto_library
cc_test = native.cc_test
cc_toolchain = native.cc_toolchain
cc_toolchain_suite = native.cc_toolchain_suite
objc_import = native.objc_import
objc_library = native.objc_library
"""

def bazel_builtins():
    """What Bazel itself asks for, without a network."""
    builtin_repository(name = "rules_java", path = "rules/java", debian_package = "bazel-rules-java")
    builtin_repository(name = "rules_proto", path = "rules/proto", debian_package = "bazel-rules-proto")
    builtin_repository(name = "platforms", path = "platforms", debian_package = "bazel-platforms")
    builtin_repository(name = "bazel_skylib", path = "tools/skylib", debian_package = "bazel-skylib")

    # Debian's rules_cc does not load with Debian's Bazel; the native rules are the same.
    stub_repository(name = "rules_cc", files = {"BUILD": "", "cc/BUILD": "", "cc/defs.bzl": _RULES_CC})
    stub_repository(name = "remote_coverage_tools", files = {
        "BUILD": "\n".join([
            "filegroup(name = \"%s\", visibility = [\"//visibility:public\"])" % name
            for name in ["coverage_report_generator", "lcov_merger"]
        ]),
    })

# Abseil's libraries use each other inline: all are offered, the linker keeps what is needed.
_ABSL_LIBS = [
    "bad_any_cast_impl", "bad_optional_access", "bad_variant_access", "base", "city", "civil_time", "cord",
    "cord_internal", "cordz_functions", "cordz_handle", "cordz_info", "debugging_internal", "demangle_internal",
    "examine_stack", "exponential_biased", "failure_signal_handler", "graphcycles_internal", "hash",
    "hashtablez_sampler", "int128", "low_level_hash", "malloc_internal", "random_distributions",
    "random_internal_platform", "random_internal_pool_urbg", "random_internal_randen",
    "random_internal_randen_hwaes", "random_internal_randen_hwaes_impl", "random_internal_randen_slow",
    "random_internal_seed_material", "random_seed_gen_exception", "random_seed_sequences", "raw_hash_set",
    "raw_logging_internal", "spinlock_wait", "stacktrace", "status", "statusor", "str_format_internal", "strerror",
    "strings", "strings_internal", "symbolize", "synchronization", "throw_delegate", "time", "time_zone",
]

_ABSL_TARGETS = {
    "absl/algorithm": ["algorithm", "container"],
    "absl/base": ["base", "config", "core_headers", "endian"],
    "absl/cleanup": ["cleanup"],
    "absl/container": ["btree", "fixed_array", "flat_hash_map", "flat_hash_set", "inlined_vector", "node_hash_map"],
    "absl/debugging": ["failure_signal_handler", "symbolize"],
    "absl/functional": ["any_invocable", "bind_front", "function_ref"],
    "absl/hash": ["hash"],
    "absl/memory": ["memory"],
    "absl/numeric": ["bits", "int128"],
    "absl/random": ["random", "distributions", "bit_gen_ref"],
    "absl/status": ["status", "statusor"],
    "absl/strings": ["cord", "str_format", "strings"],
    "absl/synchronization": ["synchronization"],
    "absl/time": ["time"],
    "absl/types": ["any", "optional", "span", "variant"],
    "absl/utility": ["utility"],
}

def _absl_packages():
    packages = {
        "": build_file({"absl": {"linkopts": ["-Wl,--push-state,--as-needed"] +
                                             ["-labsl_" + lib for lib in _ABSL_LIBS] + ["-Wl,--pop-state"]}}),
    }
    for package, names in _ABSL_TARGETS.items():
        packages[package] = build_file({name: {"deps": ["//:absl"]} for name in names})
    return packages

_TOOL = """
genrule(
    name = "{name}",
    outs = ["bin/{name}"],
    cmd = "ln -s $$(command -v {binary}) $@",
    executable = True,
)
"""

def system_libraries():
    """The libraries, by the labels of their own Bazel builds. `urls`: see --config=source in .bazelrc."""
    system_library(
        name = "com_google_absl",
        debian_package = "libabsl-dev",
        pc = ["absl_strings"],
        packages = _absl_packages(),
        urls = ["https://github.com/abseil/abseil-cpp/archive/refs/tags/20220623.1.tar.gz"],
        strip_prefix = "abseil-cpp-20220623.1",
    )
    system_library(
        name = "com_google_protobuf",
        debian_package = "libprotobuf-dev protobuf-compiler",
        pc = ["protobuf"],
        packages = {"": build_file({
            "protobuf": {"linkopts": ["-lprotobuf"]},
        }, extra = _TOOL.format(name = "protoc", binary = "protoc"))},
        urls = ["https://github.com/protocolbuffers/protobuf/archive/refs/tags/v21.12.tar.gz"],
        strip_prefix = "protobuf-21.12",
    )
    system_library(
        name = "com_github_grpc_grpc",
        debian_package = "libgrpc++-dev protobuf-compiler-grpc",
        pc = ["grpc++"],
        packages = {"": build_file({
            "grpc++": {
                "linkopts": ["-lgrpc++", "-lgrpc", "-lgpr"],
                "deps": ["@com_google_absl//:absl", "@com_google_protobuf//:protobuf"],
            },
            # Registers itself by a static initialiser: must not be dropped by --as-needed.
            "grpc++_reflection": {
                "linkopts": ["-Wl,--push-state,--no-as-needed", "-lgrpc++_reflection", "-Wl,--pop-state"],
                "deps": [":grpc++"],
            },
        }, extra = _TOOL.format(name = "grpc_cpp_plugin", binary = "grpc_cpp_plugin"))},
        urls = ["https://github.com/grpc/grpc/archive/refs/tags/v1.51.1.tar.gz"],
        strip_prefix = "grpc-1.51.1",
    )
    system_library(
        name = "yaml_cpp",
        debian_package = "libyaml-cpp-dev",
        pc = ["yaml-cpp"],
        packages = {"": build_file({"yaml-cpp": {"linkopts": ["-lyaml-cpp"]}})},
        urls = ["https://github.com/jbeder/yaml-cpp/archive/refs/tags/yaml-cpp-0.7.0.tar.gz"],
        strip_prefix = "yaml-cpp-yaml-cpp-0.7.0",
    )
    system_library(
        name = "prometheus_cpp",
        debian_package = "prometheus-cpp-dev",
        pc = ["prometheus-cpp-core", "prometheus-cpp-pull"],
        packages = {
            "core": build_file({"core": {"linkopts": ["-lprometheus-cpp-core"]}}),
            "pull": build_file({"pull": {
                "linkopts": ["-lprometheus-cpp-pull", "-lcivetweb-cpp", "-lcivetweb"],
                "deps": ["//core"],
            }}),
        },
        urls = ["https://github.com/jupp0r/prometheus-cpp/archive/refs/tags/v1.0.1.tar.gz"],
        strip_prefix = "prometheus-cpp-1.0.1",
    )
    system_library(
        name = "com_google_googletest",
        debian_package = "libgtest-dev libgmock-dev",
        pc = ["gtest", "gmock"],
        packages = {"": build_file({
            "gtest": {"linkopts": ["-lgmock", "-lgtest", "-lpthread"]},
            "gtest_main": {"linkopts": ["-lgmock_main", "-lgmock", "-lgtest", "-lpthread"]},
        })},
        urls = ["https://github.com/google/googletest/archive/refs/tags/release-1.12.1.tar.gz"],
        strip_prefix = "googletest-release-1.12.1",
    )
    system_library(
        name = "com_google_benchmark",
        debian_package = "libbenchmark-dev",
        pc = ["benchmark"],
        packages = {"": build_file({
            "benchmark": {"linkopts": ["-lbenchmark", "-lpthread"]},
            "benchmark_main": {"linkopts": ["-lbenchmark_main", "-lbenchmark", "-lpthread"]},
        })},
        urls = ["https://github.com/google/benchmark/archive/refs/tags/v1.7.1.tar.gz"],
        strip_prefix = "benchmark-1.7.1",
    )
    system_library(
        name = "sqlite3",
        debian_package = "libsqlite3-dev",
        pc = ["sqlite3"],
        packages = {"": build_file({"sqlite3": {"linkopts": ["-lsqlite3"]}})},
    )
    system_library(
        name = "curl",
        debian_package = "libcurl4-openssl-dev",
        pc = ["libcurl"],
        packages = {"": build_file({"curl": {"linkopts": ["-lcurl"]}})},
    )
    system_library(
        name = "openssl",
        debian_package = "libssl-dev",
        pc = ["libcrypto"],
        packages = {"": build_file({"crypto": {"linkopts": ["-lcrypto"]}})},
    )
    system_library(
        name = "icu",
        debian_package = "libicu-dev",
        pc = ["icu-uc"],
        packages = {"": build_file({"uc": {"linkopts": ["-licuuc", "-licudata"]}})},
    )
    system_library(
        name = "simdjson",
        debian_package = "libsimdjson-dev",
        pc = ["simdjson"],
        packages = {"": build_file({"simdjson": {"linkopts": ["-lsimdjson"]}})},
    )
    # Debian's package has no .pc file, so its version is not among the inputs; it has not changed in years.
    system_library(
        name = "csv",
        debian_package = "libcsv-dev",
        pc = [],
        packages = {"": build_file({"csv": {"linkopts": ["-lcsv"]}})},
    )
    system_library(
        name = "cares",
        debian_package = "libc-ares-dev",
        pc = ["libcares"],
        packages = {"": build_file({"cares": {"linkopts": ["-lcares"]}})},
    )
    system_library(
        name = "rapidjson",
        debian_package = "rapidjson-dev",
        pc = ["RapidJSON"],
        packages = {"": build_file({"rapidjson": {}})},
    )
    system_library(
        name = "tinyxml2",
        debian_package = "libtinyxml2-dev",
        pc = ["tinyxml2"],
        packages = {"": build_file({"tinyxml2": {"linkopts": ["-ltinyxml2"]}})},
    )
    system_library(
        name = "spdlog",
        debian_package = "libspdlog-dev",
        pc = ["spdlog"],
        packages = {"": build_file({"spdlog": {
            "linkopts": ["-lspdlog", "-lfmt"],
            "defines": ["SPDLOG_COMPILED_LIB", "SPDLOG_SHARED_LIB", "SPDLOG_FMT_EXTERNAL"],
        }})},
    )
    system_library(
        name = "cli11",
        debian_package = "libcli11-dev",
        pc = ["CLI11"],
        packages = {"": build_file({"cli11": {}})},
    )

    # Only agent/smb_worker links Samba (GPL-3.0-or-later).
    system_library(
        name = "samba",
        debian_package = "samba-dev libtevent-dev libtalloc-dev",
        pc = ["dcerpc", "samba-credentials", "samba-hostconfig", "tevent", "talloc"],
        packages = {"": build_file({"dcerpc": {"linkopts": [
            "-ldcerpc",
            "-ldcerpc-binding",
            "-lsamba-credentials",
            "-lsamba-hostconfig",
            "-lsamba-errors",
            "-ltevent-util",
            "-ltevent",
            "-ltalloc",
        ]}})},
    )
