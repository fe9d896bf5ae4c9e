#!/bin/sh
# Every C++ file of ours, one a line; with arguments, only those below these folders.
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- audit core rules detectors exporters daemon tests
find "$@" -name '*.h' -o -name '*.cpp' | LC_ALL=C sort
