#!/bin/sh
# The C and C++ suites under valgrind and under the compilers' sanitizers, and what only many rounds
# show: creating and freeing, loading and unloading.
# usage: soundness.sh [build directory]
#   (ROUNDS, 200000 by default: how often clients are made and freed)
set -u
suite=soundness
build=${1:-}
# shellcheck source=tests/c/suite.sh
. "$(dirname "$0")/suite.sh"
cpp=$root/tests/cpp
argument_tests='arguments client_arguments errors options texts'
python3 "$here/vectors.py" > "$work/vectors.bin" || exit 2
WXSIGN_LEAK_CHECK=1
export WXSIGN_LEAK_CHECK

# Each program of both suites, with the compilers' further flags; `suffix` keeps the two makes
# apart.
builds() {
    extra=$1 suffix=$2
    for test in vectors $argument_tests callbacks fork cycles; do
        # shellcheck disable=SC2086
        shared "$test$suffix" "$here/$test.c" $helpers || return 1
    done
    # shellcheck disable=SC2086
    shared "behaviours$suffix" "$here"/behaviours*.c $helpers || return 1
    # shellcheck disable=SC2086
    $cc -std=c99 -g $strict $extra -I"$root/include" -o "$work/loading$suffix" "$here/loading.c" "$here/check.c" "$here/sandbox.c" \
        -ldl -lpthread || return 1
    # shellcheck disable=SC2086
    (cd "$work" && $cc -std=c99 -g $extra -I"$root/include" -c "$here/check.c" "$here/sandbox.c") || return 1
    for test in values behaviours; do
        # shellcheck disable=SC2086
        $cxx -std=c++17 -g $strict $extra -I"$root/include" -I"$here" -o "$work/cpp_$test$suffix" "$cpp/$test.cpp" "$cpp/other_file.cpp" \
            "$work/check.o" "$work/sandbox.o" -L"$work" -Wl,-rpath,"$work" -lwxsign -lpthread || return 1
    done
}
runs() {
    "$@" > "$work/output" 2>&1
    code=$?
    grep -v '^ok' "$work/output"
    [ $code = 0 ]
}

check "the suites build" builds "" ""
rounds=${ROUNDS:-200000}
check "$rounds freed clients leave nothing behind" runs "$work/cycles" "$rounds"
check "1,000 loadings with live clients" runs "$work/loading" "$shared"

if command -v valgrind > /dev/null; then
    # Not fork: a child leaks its parent's client, as the header says, because its locks may never
    # be released.
    WXSIGN_BEHAVIOURS=$work/behaviours
    export WXSIGN_BEHAVIOURS
    check "valgrind: vectors" leak_free "$work/vectors" < "$work/vectors.bin"
    check "valgrind: 1,000 clients made and freed" leak_free "$work/cycles" 1000
    for test in $argument_tests callbacks behaviours cpp_values cpp_behaviours; do
        check "valgrind: $test" leak_free "$work/$test"
    done
else
    echo "skip valgrind: it is not installed"
fi

check "the suites build with sanitizers" builds "-fsanitize=address,undefined -fno-sanitize-recover=all" _san
WXSIGN_BEHAVIOURS=$work/behaviours_san
export WXSIGN_BEHAVIOURS
check "sanitizers: vectors" runs "$work/vectors_san" < "$work/vectors.bin"
check "sanitizers: loading" runs "$work/loading_san" "$shared"
check "sanitizers: cycles" runs "$work/cycles_san" 1000
# Without the test that forks in the midst of other threads' calls: the sanitizer's own allocator
# keeps its locks in a child.
check "sanitizers: fork" runs "$work/fork_san" an_idle_client a_closed_client a_client_in_flight \
    a_client_that_holds_the_stores_lock nonces_of_parent_and_children_differ
for test in $argument_tests callbacks behaviours cpp_values cpp_behaviours; do
    check "sanitizers: $test" runs "$work/${test}_san"
done
finish
