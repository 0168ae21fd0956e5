#!/bin/sh
# What docs/abi.md promises: today's header and library serve programs that were written with the
# last release's header.
# usage: abi.sh [build directory]
set -u
suite=abi
build=${1:-}
# shellcheck source=tests/c/suite.sh
. "$(dirname "$0")/suite.sh"
last=$here/abi/wxsign-1.h

# keeps HEADER: whether that header keeps what the last release's had.
keeps() {
    mkdir -p "$work/today" && cp "$1" "$work/today/wxsign.h" && python3 "$here/abi.py" "$last" > "$work/abi.c" && \
        $cc -std=c11 -Wall -Wextra -Werror -I"$work/today" -c "$work/abi.c" -o "$work/abi.o"
}
# Each of these changes must be noticed.
notices() { # sed script
    sed "$1" "$root/include/wxsign.h" > "$work/changed.h"
    ! cmp -s "$work/changed.h" "$root/include/wxsign.h" && ! keeps "$work/changed.h"
}
ignores() {
    sed 's/^void wxsign_abi_1(void);/&\nvoid wxsign_new_one(int number);/; s/WXSIGN_STATUS_INTERNAL = 19,/&\nWXSIGN_STATUS_NEW = 20,/
        s/char signature\[WXSIGN_SIGNATURE_SIZE\];/&\nint added;/; s/WXSIGN_VERSION "[^"]*"/WXSIGN_VERSION "99.0.0"/' \
        "$root/include/wxsign.h" > "$work/changed.h"
    ! cmp -s "$work/changed.h" "$root/include/wxsign.h" && keeps "$work/changed.h"
}
old_program() { # name: built with the old header, run with today's library
    mkdir -p "$work/old" && cp "$last" "$work/old/wxsign.h"
    # shellcheck disable=SC2086
    $cc -std=c99 $strict -I"$work/old" -I"$here" -o "$work/$1_old" "$here/$1.c" $helpers -L"$work" -Wl,-rpath,"$work" \
        -lwxsign -lpthread && "$work/$1_old"
}

check "today's header keeps what the last release's had" keeps "$root/include/wxsign.h"
check "additions are no change" ignores
check "a function that went away is noticed" notices '/^uint32_t wxsign_abi_version/d'
check "a macro that went away is noticed" notices '/define WXSIGN_CONFIG_INIT/d'
check "another parameter is noticed" notices '/^wxsign_status wxsign_client_config(/,/;/s/uint32_t timeout_ms/uint64_t timeout_ms/'
check "another result is noticed" notices 's/^uint32_t wxsign_abi_version/uint64_t wxsign_abi_version/'
check "another value of a code is noticed" notices 's/WXSIGN_STATUS_CLOSED = 16/WXSIGN_STATUS_CLOSED = 26/'
check "another constant is noticed" notices 's/define WXSIGN_NONCE_SIZE 33/define WXSIGN_NONCE_SIZE 34/'
check "another order of fields is noticed" notices 's/^    uint64_t timestamp;$/    char early; uint64_t timestamp;/'
check "another callback is noticed" notices 's/^typedef void (\*wxsign_event_listener)(void \*context, /&int number, /'
for test in cycles callbacks; do
    check "the last $test runs with the new library" old_program $test
done
finish
