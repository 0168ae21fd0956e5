#!/bin/sh
# The tests of the C++ binding: wxsign.hpp is clean in each standard and with each compiler that is
# here, and its programs run against the sandbox; ends with "cpp: N passed, N failed".
# usage: run.sh [build directory]
set -u
suite=cpp
build=${1:-}
# shellcheck source=tests/c/suite.sh
. "$(dirname "$0")/../c/suite.sh"

builds() { # out compiler flags… -- source…
    out=$1
    shift
    # shellcheck disable=SC2086
    "$@" $strict $extra -I"$root/include" -I"$tests" -I"$here" -g -o "$work/$out" -L"$work" -Wl,-rpath,"$work" -lwxsign -lpthread
}
helpers() {
    # shellcheck disable=SC2086
    (cd "$work" && $cc -std=c99 $strict $extra -g -I"$root/include" -c "$tests/check.c" "$tests/sandbox.c")
}
clean() { # compiler flags…
    # shellcheck disable=SC2086
    "$@" $strict -Wshadow -Wconversion -I"$root/include" -c -o "$work/clean.obj" "$here/other_file.cpp"
}
# The program on top of the header. Built only: it would ask WeChat.
header_example() {
    sed -n '/^ \*     #include <iostream>/,/^ \*     }$/s/^ \*     //p' "$root/include/wxsign.hpp" > "$work/header_example.cpp"
    builds header_example "$cxx" -std=c++17 "$work/header_example.cpp"
}

check "the C helpers build" helpers
for compiler in "$cxx" clang++; do
    command -v "$compiler" > /dev/null || { echo "skip $compiler: it is not installed"; continue; }
    for standard in c++17 c++20; do
        check "wxsign.hpp is clean $standard with $compiler" clean "$compiler" -std=$standard
    done
    check "wxsign.hpp needs no exceptions with $compiler" clean "$compiler" -std=c++17 -fno-exceptions -fno-rtti
done
check "the header's example builds" header_example
refused() {
    ! "$cxx" -std=c++14 -I"$root/include" -c -o "$work/old.obj" "$here/other_file.cpp" 2> "$work/old" && \
        grep -q '#error wxsign.hpp needs C++17' "$work/old" && [ "$(grep -c 'error:' "$work/old")" -le 4 ]
}
check "C++14 is refused in one sentence" refused
for standard in c++17 c++20; do
    check "values builds ($standard)" builds values "$cxx" -std=$standard "$here/values.cpp" "$here/other_file.cpp" "$work"/*.o
    program values
done
check "behaviours builds" builds behaviours "$cxx" -std=c++17 "$here/behaviours.cpp" "$work/check.o" "$work/sandbox.o"
program behaviours
finish
