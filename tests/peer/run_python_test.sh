#!/bin/sh
# Bazel's py_test wants a program named `python`, which Debian 12 does not have.
exec python3 "$@"
