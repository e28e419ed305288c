"""External repositories made of a Debian machine's own libraries.

`system_library` writes a repository whose labels are the usual ones of the library's own Bazel build
(`@com_google_absl//absl/strings`), but whose targets only name what the system's linker is to link.
With `--config=source` it downloads the given source archive instead, so that no BUILD file changes.

Headers of /usr/include are outside Bazel's dependency tracking. The versions of the packages therefore go
into a generated header that each target lists: an upgraded package rebuilds what uses it.
"""

_PC_DIRS = [
    "/usr/lib/x86_64-linux-gnu/pkgconfig",
    "/usr/lib/aarch64-linux-gnu/pkgconfig",
    "/usr/lib/pkgconfig",
    "/usr/share/pkgconfig",
]

def _pc_version(ctx, pc):
    # Reading the Version line is done by hand: pkg-config walks Abseil's Requires graph for seconds.
    for folder in _PC_DIRS:
        path = ctx.path("%s/%s.pc" % (folder, pc))
        if path.exists:
            for line in ctx.read(path).split("\n"):
                if line.startswith("Version:"):
                    return line[len("Version:"):].strip()
    return None

def _from_source(ctx):
    if not ctx.attr.urls:
        fail("@%s has no source archive in WORKSPACE: build without --config=source" % ctx.name)
    ctx.download_and_extract(
        url = ctx.attr.urls,
        sha256 = ctx.attr.sha256,
        stripPrefix = ctx.attr.strip_prefix,
    )

def _impl(ctx):
    if ctx.os.environ.get("IDLEWARDEN_DEPS", "system") == "source":
        _from_source(ctx)
        return
    versions = {pc: _pc_version(ctx, pc) for pc in ctx.attr.pc}
    missing = [pc for pc, version in versions.items() if version == None]
    if missing:
        fail("@%s: no %s on this machine. Install it with: apt-get install %s (tools/install-packages does)" %
             (ctx.name, ", ".join(missing), ctx.attr.debian_package))
    ctx.file(
        "package_versions.h",
        "// Generated: changes when a package does.\n" +
        "\n".join(["// %s %s" % item for item in versions.items()]) + "\n",
    )
    ctx.file("WORKSPACE", "workspace(name = \"%s\")\n" % ctx.name)
    for package, content in ctx.attr.packages.items():
        ctx.file((package + "/" if package else "") + "BUILD.bazel", content)
    if "" not in ctx.attr.packages:
        ctx.file("BUILD.bazel", "exports_files([\"package_versions.h\"])\n")

system_library = repository_rule(
    implementation = _impl,
    attrs = {
        "debian_package": attr.string(mandatory = True),
        "packages": attr.string_dict(mandatory = True, doc = "package path -> BUILD file"),
        "pc": attr.string_list(mandatory = True, doc = ".pc files whose versions are recorded"),
        "sha256": attr.string(),
        "strip_prefix": attr.string(),
        "urls": attr.string_list(),
    },
    environ = ["IDLEWARDEN_DEPS"],
    local = True,
)

def build_file(targets, extra = ""):
    """The BUILD file of one package.

    Args:
      targets: {target name: {"linkopts": [...], "deps": [...], "defines": [...]}}, each key optional.
      extra: literal text to append.
    """
    lines = ["package(default_visibility = [\"//visibility:public\"])", "exports_files(glob([\"*.h\"]))"]
    for name, spec in targets.items():
        lines.append("cc_library(name = %r, hdrs = [\"//:package_versions.h\"], linkopts = %r, deps = %r, defines = %r)" % (
            name,
            spec.get("linkopts", []),
            spec.get("deps", []),
            spec.get("defines", []),
        ))
    return "\n".join(lines) + "\n" + extra

def _builtin_impl(ctx):
    source = ctx.path("/usr/share/bazel/" + ctx.attr.path)
    if not ctx.attr.path or not source.exists:
        fail("@%s: no /usr/share/bazel/%s. Install it with: apt-get install %s (tools/install-packages does)" %
             (ctx.name, ctx.attr.path, ctx.attr.debian_package))
    for entry in source.readdir():
        ctx.symlink(entry, entry.basename)

builtin_repository = repository_rule(
    doc = "A repository that Bazel itself wants, from Debian's copy of it.",
    implementation = _builtin_impl,
    attrs = {
        "debian_package": attr.string(mandatory = True),
        "path": attr.string(mandatory = True),
    },
    local = True,
)

def _stub_impl(ctx):
    ctx.file("WORKSPACE", "workspace(name = \"%s\")\n" % ctx.name)
    for path, content in ctx.attr.files.items():
        ctx.file(path, content)

stub_repository = repository_rule(
    doc = "A repository of literal files, for what Bazel wants and Debian's package does not bring.",
    implementation = _stub_impl,
    attrs = {"files": attr.string_dict()},
)
