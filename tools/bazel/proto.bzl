"""cc_grpc_library: C++ messages and services of one .proto, by the system's protoc."""

def cc_grpc_library(name, src, deps = [], visibility = None):
    """A cc_library of the messages and the gRPC services of one .proto file.

    Args:
      name: of the library.
      src: the .proto file, in this package; imports are written from the workspace's root.
      deps: cc_grpc_library targets of imported files.
      visibility: as usual.
    """
    path = native.package_name() + "/" + src[:-len(".proto")]
    outs = [src[:-len(".proto")] + ext for ext in [".pb.h", ".pb.cc", ".grpc.pb.h", ".grpc.pb.cc"]]
    native.genrule(
        name = name + "_generate",
        srcs = [src],
        outs = outs,
        tools = [
            "@com_github_grpc_grpc//:grpc_cpp_plugin",
            "@com_google_protobuf//:protoc",
        ],
        cmd = " ".join([
            "$(location @com_google_protobuf//:protoc)",
            "--plugin=protoc-gen-grpc=$(location @com_github_grpc_grpc//:grpc_cpp_plugin)",
            # protoc looks for its own .proto files beside itself; a copy of it from a disk cache finds none there.
            "-I. -I/usr/include --cpp_out=$(GENDIR) --grpc_out=$(GENDIR)",
            path + ".proto",
        ]),
    )
    native.cc_library(
        name = name,
        srcs = [out for out in outs if out.endswith(".cc")],
        hdrs = [out for out in outs if out.endswith(".h")],
        deps = deps + [
            "@com_github_grpc_grpc//:grpc++",
            "@com_google_protobuf//:protobuf",
        ],
        visibility = visibility,
    )
