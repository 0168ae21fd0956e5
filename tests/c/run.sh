#!/bin/sh
# The tests of the C binding: builds the programs in this directory against build/lib, runs them
# against the sandbox, and ends with one line: "C: N passed, N failed".
# usage: run.sh [build directory]   (made by `make build`; build/ by default)
set -u
suite=C
build=${1:-}
# shellcheck source=tests/c/suite.sh
. "$(dirname "$0")/suite.sh"

include_as() { # compiler standard language
    # shellcheck disable=SC2086
    $1 -std="$2" $strict -I"$root/include" -x "$3" "$here/include_a.c" "$here/include_b.c" -x none \
        -o "$work/include" -L"$work" -Wl,-rpath,"$work" -lwxsign && "$work/include"
}
# The program on top of the header, which is the first that anybody copies. Built only: it would ask
# WeChat.
header_example() {
    sed -n '/^ \*     #include <stdio.h>/,/^ \*     }/s/^ \*     //p' "$root/include/wxsign.h" > "$work/header_example.c"
    shared header_example "$work/header_example.c"
}
# Every name in tests/behaviours.json has a test of that name.
covered() {
    "$work/behaviours" --list | sort > "$work/have"
    python3 -c 'import json, sys; print("\n".join(sorted(json.load(open(sys.argv[1]))["behaviours"])))' \
        "$root/tests/behaviours.json" > "$work/want"
    diff "$work/want" "$work/have"
}
# Every function of the header is called in the suites that call with wrong arguments.
tried() {
    grep -vE '^( \*|/\*|#|typedef)' "$root/include/wxsign.h" | grep -o 'wxsign_[a-z0-9_]*(' | tr -d '(' | sort -u > "$work/declared"
    # SETTER(x) stands for wxsign_options_x; FILLS(x, …) and TAKES(x, …) for wxsign_client_x.
    sed 's/^SETTER(\(.*\))/wxsign_options_\1/;s/^FILLS(\([a-z_]*\),.*/wxsign_client_\1/;s/^TAKES(\([a-z_]*\),.*/wxsign_client_\1/' "$here/arguments.c" "$here/client_arguments.c" "$here/errors.c" \
        "$here/options.c" "$here/texts.c" "$here/callbacks.c" \
        | grep -o 'wxsign_[a-z0-9_]*' | sort -u | comm -23 "$work/declared" - > "$work/untried"
    cat "$work/untried"
    [ ! -s "$work/untried" ]
}

for compiler in "$cc" gcc clang tcc; do
    for standard in c99 c11 c2x; do
        command -v "$compiler" > /dev/null || { echo "skip $compiler: it is not installed"; break; }
        # tcc knows no later standard.
        [ "$compiler-$standard" = tcc-c2x ] || check "the header is clean $standard with $compiler" include_as "$compiler" $standard c
    done
done
check "the header is clean C++11" include_as "$cxx" c++11 c++
check "the header is clean C++17" include_as "$cxx" c++17 c++
check "exported symbols are the header's" sh "$here/symbols.sh" "$lib" "$root/include/wxsign.h"

python3 "$here/vectors.py" > "$work/vectors.bin" || exit 2
check "vectors build (static)" static vectors_static "$here/vectors.c" "$here/check.c"
check "vectors build (shared)" shared vectors_shared "$here/vectors.c" "$here/check.c"
# shellcheck disable=SC2086
check "behaviours build (static)" static behaviours "$here"/behaviours*.c $helpers
for test in arguments client_arguments errors options texts callbacks fork robust; do
    # shellcheck disable=SC2086
    check "$test build (shared)" shared "$test" "$here/$test.c" $helpers
done
# A program without any shared library, if the C library and the compiler's have a static form.
all_static() {
    # shellcheck disable=SC2046,SC2086
    $cc -std=c99 -g $strict -static -I"$root/include" -I"$tests" -o "$work/$1" "$2" $helpers "$lib/libwxsign.a" \
        $(echo " $system " | sed 's/ -lgcc_s / -lgcc_eh /')
}
if echo 'int main(void) { return 0; }' | $cc -static -x c - -o "$work/empty" 2>/dev/null; then
    check "nodev builds (all static)" all_static nodev "$here/nodev.c"
fi
WXSIGN_BEHAVIOURS=$work/behaviours
export WXSIGN_BEHAVIOURS
program vectors_static < "$work/vectors.bin"
program vectors_shared < "$work/vectors.bin"
program arguments
program client_arguments
program errors
program options
program texts
program callbacks
program fork
program robust
if [ -x "$work/nodev" ]; then
    program nodev
else
    echo "SKIPPED nodev: the C library has no static form here"
fi
program behaviours
check "the chosen cells of the fault matrix hold" python3 "$here/matrix.py" "$shared"
for how in ctypes cffi; do
    if [ $how = ctypes ] || python3 -c 'import cffi' 2> /dev/null; then
        check "a program without a compiler signs with $how" python3 "$here/foreign.py" "$shared" "$root/include/wxsign.h" $how
    else
        echo "skip cffi: it is not installed"
    fi
done
if command -v luajit > /dev/null; then
    check "a program without a compiler signs with LuaJIT" luajit "$here/foreign.lua" "$shared" "$root/include/wxsign.h"
else
    echo "skip LuaJIT: it is not installed"
fi
if php -m 2> /dev/null | grep -qx FFI; then
    check "a program without a compiler signs with PHP" php -d ffi.enable=1 "$here/foreign.php" "$shared" "$root/include/wxsign.h"
else
    echo "skip PHP: it is not installed, or without FFI"
fi
check "every behaviour has a test" covered
check "every function is tried with wrong arguments" tried

check "the header's example builds" header_example
finish
