#!/bin/sh
# Runs one file of unittest cases from the workspace's root (see python_test.bzl).
exec python3 -B tools/testing/unittest_xml.py "$@"
