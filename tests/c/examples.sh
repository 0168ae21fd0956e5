#!/bin/sh
# The examples that people copy, each built by the line in its first comment, or by go build, and
# run against the sandbox.
# usage: examples.sh [build directory]
set -u
suite=examples
build=${1:-}
# shellcheck source=tests/c/suite.sh
. "$(dirname "$0")/suite.sh"
WX_ALLOWED_HOST=example.com
export WX_ALLOWED_HOST

# The line in an example's first comment, run from the top of the checkout as it stands there.
builds() { # file how out
    line=$(sed -n "s#^ *[/*]* *$2: *##p" "$root/bindings/c/examples/$1")
    [ -n "$line" ] || { echo "$1 has no line for $2"; return 1; }
    line=$(echo "$line" | sed "s#\$PWD/build/lib#$work#; s#build/lib#$lib#g; s#-o [a-z]*#-o $work/$3#; s#^\([a-z+]*\) #\1 $strict #")
    (cd "$root" && eval "$line")
}
prints() { # pattern program argument…
    pattern=$1
    shift
    "$@" > "$work/said" || return 1
    cat "$work/said"
    grep -Eq "$pattern" "$work/said"
}
# An example that cannot sign prints the reason on stderr, nothing on stdout, and fails.
fails_clearly() { # program argument…
    ! "$@" > "$work/said" 2> "$work/reason" && [ ! -s "$work/said" ] && cat "$work/reason" && grep -q CREDENTIAL_REJECTED "$work/reason"
}
go_server() {
    (cd "$root/bindings/go" && go build -o "$work/server_go" ./examples/server)
}

leash
for how in static shared; do
    check "sign.c builds ($how)" builds sign.c $how sign_$how
    check "sign.c signs ($how)" prints '^0f9de62fce790f9a083d5c99e95740ceb90c27ed$' "$work/sign_$how"
    check "config.c builds ($how)" builds config.c $how config_$how
    check "config.c signs ($how)" prints '"signature": "[0-9a-f]{40}"' "$work/config_$how" https://example.com/
    check "config.c that cannot sign prints no signature ($how)" fails_clearly \
        env WX_APP_SECRET=00000000000000000000000000000000 "$work/config_$how" https://example.com/
    check "wecom.c builds ($how)" builds wecom.c $how wecom_$how
    check "wecom.c signs ($how)" prints '"corpid": "ww5823bf96d3bd56c7", "agentid": "1000002", .*"signature": "[0-9a-f]{40}"' \
        env WX_CORP_ID=ww5823bf96d3bd56c7 WX_AGENT_ID=1000002 WX_APP_SECRET="$WX_APP_SECRET-agent10002" \
        "$work/wecom_$how" https://example.com/
    for server in server.c server.cpp; do
        check "$server builds ($how)" builds $server $how "${server}_$how"
        check "$server serves pages ($how)" python3 "$here/serves.py" "$work/${server}_$how"
    done
done
if command -v go > /dev/null; then
    check "the Go server builds" go_server
    check "the Go server serves pages" python3 "$here/serves.py" "$work/server_go"
else
    echo "skip Go: it is not installed"
fi
unleash
finish
