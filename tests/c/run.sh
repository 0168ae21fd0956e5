#!/bin/sh
# The tests of the C door: builds the programs in this folder against build/lib, runs them against the sandbox, and ends
# with one line: "C: N passed, N failed".
# usage: run.sh [build folder]   (made by `make build`; build/ by default)
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$(cd "${1:-$root/build}" && pwd) || exit 2
lib=$build/lib
WXSIGN_SANDBOX=$build/bin/wxsign-sandbox
export WXSIGN_SANDBOX
for needed in "$lib/libwxsign.a" "$WXSIGN_SANDBOX"; do
    [ -e "$needed" ] || { echo "C: $needed is missing: make build"; exit 2; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
TMPDIR=$work
export TMPDIR

case $(uname -s) in
Darwin) shared=$lib/libwxsign.dylib system='-framework Security -framework CoreFoundation -liconv -lSystem' ;;
*) shared=$lib/libwxsign.so system='-lpthread -ldl -lm -lgcc_s -lutil -lrt -lc' ;;
esac
# A program finds the library by the name that is written in it.
cp "$shared" "$work/"
[ "$(uname -s)" = Darwin ] || ln -s libwxsign.so "$work/libwxsign.so.1"
strict='-Wall -Wextra -Wpedantic -Werror'
cc=${CC:-cc} cxx=${CXX:-c++}
passed=0 failed=0

# check NAME COMMAND…: one test, whose output is shown where it fails.
check() {
    promise=$1
    shift
    if "$@" > "$work/out" 2>&1; then
        passed=$((passed + 1))
        echo "ok   $promise"
    else
        failed=$((failed + 1))
        echo "FAIL $promise"
        sed 's/^/     /' "$work/out"
    fi
}

# program NAME [ARGUMENT…]: a program of many tests, each counted.
program() {
    name=$1
    shift
    echo "-- $name"
    "$work/$name" "$@" > "$work/out" 2>&1
    code=$?
    grep -v '^PASSED' "$work/out"
    tally=$(sed -n 's/^PASSED \([0-9]*\) FAILED \([0-9]*\)$/\1 \2/p' "$work/out")
    # No tally: it crashed.
    [ -n "$tally" ] || { echo "FAIL $name ended with code $code"; tally='0 1'; }
    passed=$((passed + ${tally% *})) failed=$((failed + ${tally#* }))
}

static() { # out source…
    out=$1
    shift
    # shellcheck disable=SC2086
    $cc -std=c99 -g $strict -I"$root/include" -I"$here" -o "$work/$out" "$@" "$lib/libwxsign.a" $system
}
shared() {
    out=$1
    shift
    # shellcheck disable=SC2086
    $cc -std=c99 -g $strict -I"$root/include" -I"$here" -o "$work/$out" "$@" -L"$work" -Wl,-rpath,"$work" -lwxsign -lpthread
}
include_as() { # compiler standard language
    # shellcheck disable=SC2086
    $1 -std="$2" $strict -I"$root/include" -x "$3" "$here/include_a.c" "$here/include_b.c" -x none \
        -o "$work/include" -L"$work" -Wl,-rpath,"$work" -lwxsign && "$work/include"
}
# The program on top of the header, which is the first that anybody copies. Built only: it would ask WeChat.
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
# The line that an example's first comment tells, run from the top of the checkout as it stands there.
example() { # name how expected-output-pattern argument…
    source=bindings/c/examples/$1.c pattern=$3 how=$2
    line=$(sed -n "s/^ \* *$how: *//p" "$root/$source")
    [ -n "$line" ] || { echo "$source tells no line for $how"; return 1; }
    name=$1
    shift 3
    (cd "$root" && eval "$(echo "$line" | sed "s#\$PWD/build/lib#$work#; s#build/lib#$lib#g; s#-o [a-z]*#-o $work/$name#")") || return 1
    "$work/$name" "$@" > "$work/example"
    code=$?
    cat "$work/example"
    [ $code = 0 ] && grep -Eq "$pattern" "$work/example"
}
leak_free() {
    valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite,indirect --error-exitcode=9 \
        --num-callers=30 "$@"
}

check "the header is clean C99" include_as "$cc" c99 c
check "the header is clean C++11" include_as "$cxx" c++11 c++
check "the header is clean C++17" include_as "$cxx" c++17 c++
check "exported symbols are the header's" sh "$here/symbols.sh" "$lib" "$root/include/wxsign.h"

helpers="$here/check.c $here/sandbox.c $here/fixture.c"
python3 "$here/vectors.py" > "$work/vectors.bin" || exit 2
check "vectors build (static)" static vectors_static "$here/vectors.c" "$here/check.c"
check "vectors build (shared)" shared vectors_shared "$here/vectors.c" "$here/check.c"
# shellcheck disable=SC2086
check "behaviours build (static)" static behaviours "$here"/behaviours*.c $helpers
for test in arguments callbacks fork; do
    # shellcheck disable=SC2086
    check "$test build (shared)" shared "$test" "$here/$test.c" $helpers
done
WXSIGN_BEHAVIOURS=$work/behaviours
export WXSIGN_BEHAVIOURS
program vectors_static < "$work/vectors.bin"
program vectors_shared < "$work/vectors.bin"
program arguments
program callbacks
program fork
program behaviours
check "every behaviour has a test" covered

check "the header's example builds" header_example
official='^0f9de62fce790f9a083d5c99e95740ceb90c27ed$'
check "sign.c builds and runs (static)" example sign static "$official"
check "sign.c builds and runs (shared)" example sign shared "$official"
# A sandbox for config.c, ended by the end of its stdin.
mkfifo "$work/leash"
"$WXSIGN_SANDBOX" --exit-with-parent < "$work/leash" > "$work/sandbox" &
exec 9> "$work/leash"
while ! grep -q listening "$work/sandbox"; do sleep 0.05; done
WX_APP_ID=wx5823bf96d3bd56c7 WX_APP_SECRET=0123456789abcdef0123456789abcdef XDG_STATE_HOME=$work/state
WX_BASE_URL=$(sed -n 's/.*listening on //p' "$work/sandbox")
export WX_APP_ID WX_APP_SECRET WX_BASE_URL XDG_STATE_HOME
check "config.c builds and runs (static)" example config static '"signature": "[0-9a-f]{40}"' https://example.com/
check "config.c builds and runs (shared)" example config shared '"signature": "[0-9a-f]{40}"' https://example.com/
exec 9>&-
wait

if command -v valgrind > /dev/null; then
    check "valgrind: vectors" leak_free "$work/vectors_static" < "$work/vectors.bin"
    check "valgrind: arguments" leak_free "$work/arguments"
    check "valgrind: callbacks" leak_free "$work/callbacks" closing_calls_back_before_it_returns \
        a_context_is_freed_once_when_options_and_clients_are_gone \
        failures_are_told_by_the_callback_and_wrong_arguments_by_the_status
    check "valgrind: behaviours" leak_free "$work/behaviours" config_verifies wrong_secret not_ready own_token \
        own_token_function state events errors_tell
else
    echo "skip valgrind: it is not installed"
fi

echo "C: $passed passed, $failed failed"
[ "$failed" = 0 ]
