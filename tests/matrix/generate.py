"""Writes cells.json, the fault matrix that every binding runs: each scripted fault × what the client has × where it meets it.

    python3 tests/matrix/generate.py           write cells.json
    python3 tests/matrix/generate.py --check   exit 1 if the committed file differs

The expectations stand here, taken from README.md's table of errors and docs/reliability.md, and nowhere else: a binding
does what a cell says and compares. Standard library only, Python 3.9 or later.
"""

import argparse
import json
import pathlib
import sys

OUTPUT = pathlib.Path(__file__).with_name("cells.json")

COMMENT = [
    "Written by tests/matrix/generate.py: change that, run it, commit both.",
    "Each cell has a sandbox of its own. A first client fetches all credentials, by `token_api`, into a dir: a token and a ticket or,",
    "if that is `work`, those of an app of 企业微信 with its agent_ticket. Copies of its records are put into another dir: those that",
    "`seed` names, with so many milliseconds of life left and a known age. Then the `fault` is posted, and a client with the timeout `timeout_ms` and a listener is made on that dir.",
    "",
    "It is asked for `ask`. This takes `at_least_ms` and at most `within_ms`. `caller` is OK if it gets a value (the one that was",
    "seeded, or the one that is in the file afterwards), else the error's code; `errcode` and `retryable` are the error's.",
    "`fetch` is the outcome of the flight. If that is TIMEOUT, it is still under way: the same is asked once more, with",
    "the same outcome in the same time. If it is another failure, state() names it as the last error of `faulty` and says when the",
    "next attempt is due: then the same is asked `again` times more, with the same outcome, each within `again_within_ms`.",
    "If that is a ticket, only the first call asks for the ticket itself, and later ones for the config of a page signed with it.",
    "For an agent_ticket, every call asks for the agentConfig of a page.",
    "In the end, within `settled_within_ms`, the service was asked for exactly `tokens` and `tickets` since the client was made, and",
    "for nothing else. The file of what was asked for holds a value if `fetch` is OK, else what was seeded, if anything was.",
    "No canary is in anything that the binding shows: errors with all their properties, events, state(), and how a client prints.",
]

# Of each credential; a life is two hours. The windows are 300 s and 60 s for a token, 600 s and 60
# s for a ticket.
STALE, EXPIRING, FRESH = 100_000, 30_000, 3_600_000
STATES = {"expired": None, "stale": STALE, "expiring": EXPIRING}

# How long callers wait for an answer that does not come, and how long everything else may take: one
# wait too many takes longer.
PATIENCE, TIMEOUT = 300, 10_000
DELAY = 3_000

# "retry" in README.md's table; "later" is a yes.
RETRYABLE = {"QUOTA_EXCEEDED", "TOKEN_INVALIDATED", "UPSTREAM_BUSY", "BAD_RESPONSE", "NETWORK", "TIMEOUT"}

# The endpoint of the fault, the interface of the token, what is asked for, and in which states.
PLACES = {
    "stable_token": ("stable_token", "stable", "token", STATES),
    "token": ("token", "classic", "token", STATES),
    "getticket": ("getticket", "stable", "ticket", STATES),
    "stable_token behind a ticket": ("stable_token", "stable", "ticket", ["expired"]),
}
WORK_STATES = ["expired", "stale"]
WORK_PLACES = {
    "gettoken": ("gettoken", "work", "token", WORK_STATES),
    "get_jsapi_ticket": ("get_jsapi_ticket", "work", "ticket", WORK_STATES),
    "ticket_get": ("ticket_get", "work", "agent_ticket", WORK_STATES),
    "gettoken behind a ticket": ("gettoken", "work", "agent_ticket", ["expired"]),
}
# Of each endpoint for tickets.
TICKETS = {"getticket": "ticket", "get_jsapi_ticket": "ticket", "ticket_get": "agent_ticket"}


def faults():
    """Yields a fault, what it comes to at the token's endpoints and at the ticket's, and the requests of one flight."""
    def errcode(number):
        return {"kind": "errcode", "errcode": number, "echo": True}

    def status(number):
        return {"kind": "status", "status": number, "echo": True}

    # WeChat's refusals. 40001 means two things; what is transient is asked three times in a flight,
    # anything else once.
    for number in (-1, -1000, 45033):
        yield errcode(number), "UPSTREAM_BUSY", "UPSTREAM_BUSY", 3
    yield errcode(40001), "CREDENTIAL_REJECTED", "TOKEN_INVALIDATED", 1
    for number in (40013, 40125, 40243, 41002, 41004):
        yield errcode(number), "CREDENTIAL_REJECTED", "UPSTREAM_REJECTED", 1
    for number in (40014, 42001):
        yield errcode(number), "UPSTREAM_REJECTED", "TOKEN_INVALIDATED", 1
    for number in (40164, 60020, 61004, 89501, 89503, 89506, 89507):
        yield errcode(number), "IP_NOT_ALLOWED", "IP_NOT_ALLOWED", 1
    for number in (48001, 48004, 50002):
        yield errcode(number), "PERMISSION_DENIED", "PERMISSION_DENIED", 1
    for number in (45009, 45011):
        yield errcode(number), "QUOTA_EXCEEDED", "QUOTA_EXCEEDED", 1
    for number in (40002, 43002, 43003, 48017, 61999):
        yield errcode(number), "UPSTREAM_REJECTED", "UPSTREAM_REJECTED", 1

    # What is no answer of WeChat's.
    for number in (429, 500, 502, 503, 504):
        yield status(number), "UPSTREAM_BUSY", "UPSTREAM_BUSY", 3
    for fault in (
        status(403),
        status(404),
        {"kind": "html", "echo": True},
        {"kind": "truncated", "flavour": "close"},
        {"kind": "truncated", "flavour": "length"},
        {"kind": "huge", "bytes": 65_537},
        {"kind": "redirect", "echo": True},
        {"kind": "redirect", "status": 307, "echo": True},
        {"kind": "empty"},
        {"kind": "wrong_types"},
    ):
        yield fault, "BAD_RESPONSE", "BAD_RESPONSE", 3
    for fault in ({"kind": "reset"}, {"kind": "close_early"}):
        yield fault, "NETWORK", "NETWORK", 3
    for fault in ({"kind": "hang"}, {"kind": "drip", "ms": 1_000}):
        yield fault, "TIMEOUT", "TIMEOUT", 1

    # What is survived.
    yield {"kind": "delay", "ms": DELAY}, "OK", "OK", 1
    yield {"kind": "huge", "bytes": 65_536}, "OK", "OK", 1
    for fault in (errcode(-1), status(502), {"kind": "reset"}, {"kind": "empty"}):
        yield {**fault, "times": 1}, "OK", "OK", 2
        yield {**fault, "times": 2}, "OK", "OK", 3


def work_faults():
    """Like faults(), for 企业微信: its own refusals, and one fault of each other kind."""
    for errcode, at_token, at_ticket, requests in (
        (-1, "UPSTREAM_BUSY", "UPSTREAM_BUSY", 3),
        (45033, "UPSTREAM_BUSY", "UPSTREAM_BUSY", 3),
        (40001, "CREDENTIAL_REJECTED", "TOKEN_INVALIDATED", 1),
        (40013, "CREDENTIAL_REJECTED", "UPSTREAM_REJECTED", 1),
        (40091, "CREDENTIAL_REJECTED", "UPSTREAM_REJECTED", 1),
        (41004, "CREDENTIAL_REJECTED", "UPSTREAM_REJECTED", 1),
        (40014, "UPSTREAM_REJECTED", "TOKEN_INVALIDATED", 1),
        (42001, "UPSTREAM_REJECTED", "TOKEN_INVALIDATED", 1),
        (40056, "UPSTREAM_REJECTED", "UPSTREAM_REJECTED", 1),
        (45009, "QUOTA_EXCEEDED", "QUOTA_EXCEEDED", 1),
        (48002, "PERMISSION_DENIED", "PERMISSION_DENIED", 1),
        (60011, "PERMISSION_DENIED", "PERMISSION_DENIED", 1),
        (60020, "IP_NOT_ALLOWED", "IP_NOT_ALLOWED", 1),
    ):
        yield {"kind": "errcode", "errcode": errcode, "echo": True}, at_token, at_ticket, requests
    for fault, code, requests in (
        ({"kind": "status", "status": 502, "echo": True}, "UPSTREAM_BUSY", 3),
        ({"kind": "html", "echo": True}, "BAD_RESPONSE", 3),
        ({"kind": "reset"}, "NETWORK", 3),
        ({"kind": "hang"}, "TIMEOUT", 1),
        ({"kind": "delay", "ms": DELAY}, "OK", 1),
        ({"kind": "errcode", "errcode": -1, "echo": True, "times": 1}, "OK", 2),
    ):
        yield fault, code, code, requests


def title(fault):
    """The kind, and what is special about it: errcode -1 times 2."""
    words = [fault["kind"]]
    for name, value in fault.items():
        if name not in ("kind", "echo"):
            words += [str(value)] if name == fault["kind"] else [name, str(value)]
    return " ".join(words)


def cell(fault, code, requests, place, state):
    endpoint, api, ask, _ = {**PLACES, **WORK_PLACES}[place]
    faulty = TICKETS.get(endpoint, "token")
    left = STATES[state]
    seed = {} if left is None else {ask: left}
    if faulty != "token":
        seed["token"] = FRESH
    # A value that has not expired is served whatever happens to its refresh.
    caller = code if left is None else "OK"
    if faulty == "token":
        # Behind a ticket, a token that came in the end buys that ticket.
        tokens, tickets = requests, int(ask != "token" and code == "OK")
    elif code == "TOKEN_INVALIDATED" and api == "work":
        # The token is fetched once more and comes back the same; 企业微信 has no way to force another.
        tokens, tickets = 1, 1
    elif code == "TOKEN_INVALIDATED":
        # The token is fetched once more, comes back the same, and is forced; the new one is refused
        # as well.
        tokens, tickets = 2, 2
    else:
        tokens, tickets = 0, requests
    slow = code == "TIMEOUT"
    # No caller waits for the refresh in the stale window.
    at_least = 0 if state == "stale" else PATIENCE if slow else DELAY if fault["kind"] == "delay" else 0
    return {
        "name": f"{title(fault)} at {place}, {state}",
        "fault": {"endpoint": endpoint, **fault},
        "token_api": api,
        "ask": ask,
        "faulty": faulty,
        "seed": seed,
        "timeout_ms": PATIENCE if slow else TIMEOUT,
        "at_least_ms": at_least,
        "within_ms": 2_000 if state == "stale" else 5_000 + at_least,
        "caller": caller,
        "errcode": fault["errcode"] if caller != "OK" and fault["kind"] == "errcode" else 0,
        "retryable": caller in RETRYABLE,
        "fetch": code,
        "tokens": tokens,
        "tickets": tickets,
    }


def cells():
    for some, places in ((faults(), PLACES), (work_faults(), WORK_PLACES)):
        for fault, at_token, at_ticket, requests in some:
            for place, (endpoint, _, _, states) in places.items():
                for state in states:
                    yield cell(fault, at_ticket if endpoint in TICKETS else at_token, requests, place, state)


def render(document):
    """One cell a line, so that a diff shows which changed."""
    head, *rest = json.dumps({**document, "cells": []}, ensure_ascii=False, indent=1).rsplit("[]", 1)
    rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in document["cells"])
    return f"{head}[\n{rows}\n]{''.join(rest)}\n"


def main():
    parser = argparse.ArgumentParser(description="Writes the fault matrix.")
    parser.add_argument("--check", action="store_true", help="compare with the committed file, write nothing")
    check = parser.parse_args().check
    document = {
        "comment": COMMENT,
        "canaries": ["0123456789abcdef0123456789abcdef", "90_TOKEN", "TICKET"],
        "again": 10,
        "again_within_ms": 2_000,
        "settled_within_ms": 8_000,
        "count": 0,
        "cells": list(cells()),
    }
    document["count"] = len(document["cells"])
    names = {row["name"] for row in document["cells"]}
    if len(names) != document["count"] or document["count"] < 300:
        sys.exit("generate.py: a name occurs twice, or there are fewer than 300 cells")
    text = render(document)
    if json.loads(text) != document:
        sys.exit("generate.py: the file does not read back as it was written")
    if check:
        # Text mode, so that a checkout with CRLF line ends is not taken for another file.
        if not OUTPUT.exists() or OUTPUT.read_text(encoding="utf-8") != text:
            sys.exit(f"{OUTPUT.name} is not what this generator writes; run it without --check")
        return
    OUTPUT.write_bytes(text.encode("utf-8"))
    print(f"{OUTPUT.name}: {document['count']} cells, {len(text)} bytes")


if __name__ == "__main__":
    main()
