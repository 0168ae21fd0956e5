# What the shell suites of the C and C++ bindings share; sourced by them, after `suite=NAME` and
# with `build` set or not.
# shellcheck shell=sh disable=SC2034
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
tests=$root/tests/c
build=$(cd "${build:-$root/build}" && pwd) || exit 2
lib=$build/lib
WXSIGN_SANDBOX=$build/bin/wxsign-sandbox
export WXSIGN_SANDBOX
for needed in "$lib/libwxsign.a" "$lib/native-static-libs" "$WXSIGN_SANDBOX"; do
    [ -e "$needed" ] || { echo "$suite: $needed is missing: make build"; exit 2; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
TMPDIR=$work
export TMPDIR

system=$(cat "$lib/native-static-libs")
case $(uname -s) in
Darwin) shared=$lib/libwxsign.dylib soname=libwxsign.1.dylib ;;
*) shared=$lib/libwxsign.so soname=libwxsign.so.1 ;;
esac
# A program finds the library by the name that is written in it.
cp "$shared" "$work/"
ln -s "${shared##*/}" "$work/$soname"
strict='-Wall -Wextra -Wpedantic -Werror'
cc=${CC:-cc} cxx=${CXX:-c++}
passed=0 failed=0

# check NAME COMMAND…: one test, whose output is shown if it fails.
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
    metrics=$(sed -n 's/^PASSED \([0-9]*\) FAILED \([0-9]*\)$/\1 \2/p' "$work/out")
    # No metrics: it crashed.
    [ -n "$metrics" ] || { echo "FAIL $name ended with code $code"; metrics='0 1'; }
    passed=$((passed + ${metrics% *})) failed=$((failed + ${metrics#* }))
}
static() { # out source…
    out=$1
    shift
    # shellcheck disable=SC2086
    $cc -std=c99 -g $strict $extra -I"$root/include" -I"$tests" -o "$work/$out" "$@" "$lib/libwxsign.a" $system
}
shared() {
    out=$1
    shift
    # shellcheck disable=SC2086
    $cc -std=c99 -g $strict $extra -I"$root/include" -I"$tests" -o "$work/$out" "$@" \
        -L"$work" -Wl,-rpath,"$work" -lwxsign -lpthread
}
# Further flags of static and shared, for a suite that wants them.
extra=
helpers="$tests/check.c $tests/sandbox.c $tests/fixture.c"

leak_free() {
    valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite,indirect --error-exitcode=9 \
        --num-callers=30 "$@"
}
# A sandbox for programs that do not start their own: its address is in WX_BASE_URL, and it is ended
# by unleash.
leash() {
    mkfifo "$work/leash"
    "$WXSIGN_SANDBOX" --exit-with-parent < "$work/leash" > "$work/sandbox" &
    exec 9> "$work/leash"
    while ! grep -qs listening "$work/sandbox"; do sleep 0.05; done
    WX_APP_ID=wx5823bf96d3bd56c7 WX_APP_SECRET=0123456789abcdef0123456789abcdef XDG_STATE_HOME=$work/state
    WX_BASE_URL=$(sed -n 's/.*listening on //p' "$work/sandbox")
    export WX_APP_ID WX_APP_SECRET WX_BASE_URL XDG_STATE_HOME
}
unleash() {
    exec 9>&-
    wait
}
finish() {
    echo "$suite: $passed passed, $failed failed"
    [ "$failed" = 0 ]
}
