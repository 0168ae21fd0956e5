#!/usr/bin/env python3
"""Cells of the fault matrix, asked of the C functions through ctypes. tests/matrix/cells.json says what a cell means.

C runs one cell for each fault, so about a tenth of the matrix; Rust, Node and Go run all of it. The n-th fault is taken at
its n-th place, so that every endpoint and state is covered as well.

usage: matrix.py LIBRARY    (WXSIGN_SANDBOX is the program of the stand-in)
"""

import concurrent.futures
import ctypes
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

MATRIX = json.loads((pathlib.Path(__file__).parent.parent / "matrix" / "cells.json").read_text("utf-8"))
SECRET = "0123456789abcdef0123456789abcdef"
PAGE = "https://example.com/a?b=c"
# Cells at once. They wait for most of their time.
WORKERS = 32
IN_STATE = {"token": "token", "ticket": "ticket", "agent_ticket": "agentTicket"}
EVENT_TEXTS = ("name", "credential", "source", "reason")
ERROR_TEXTS = ("name", "message", "rid", "ip", "hint", "hint_zh")

c = ctypes.CDLL(sys.argv[1])
Pointer = ctypes.c_void_p
for name in ("options_new", "error_cause", "event_error"):
    getattr(c, "wxsign_" + name).restype = Pointer
c.wxsign_error_errcode.restype = ctypes.c_int64
c.wxsign_error_retryable.restype = ctypes.c_bool
for name in ("status_name", *(f"error_{text}" for text in ERROR_TEXTS), *(f"event_{text}" for text in EVENT_TEXTS)):
    getattr(c, "wxsign_" + name).restype = ctypes.c_char_p


class Config(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_size_t), ("timestamp", ctypes.c_uint64), ("nonce", ctypes.c_char * 33),
                ("signature", ctypes.c_char * 41)]


def text(value: str) -> tuple[bytes, ctypes.c_size_t]:
    return value.encode(), ctypes.c_size_t(len(value.encode()))


def done(status: int) -> None:
    assert status == 0, c.wxsign_status_name(status)


def taken(string: Pointer) -> str:
    """A string of wxsign's, which is freed."""
    value = ctypes.string_at(string.value).decode()
    c.wxsign_string_free(string)
    return value


@ctypes.CFUNCTYPE(None, Pointer, Pointer)
def on_event(context, event):
    """May be called a last time after the client is gone: its context is a number of a cell."""
    event = Pointer(event)
    said = [getattr(c, f"wxsign_event_{name}")(event) for name in EVENT_TEXTS]
    heard.append((context or 0, [*said, *texts_of(Pointer(c.wxsign_event_error(event)))]))


heard: list[tuple[int, list]] = []


def texts_of(error: Pointer) -> list:
    said = []
    while error:
        said += [getattr(c, f"wxsign_error_{name}")(error) for name in ERROR_TEXTS]
        error = Pointer(c.wxsign_error_cause(error))
    return said


class Run:
    """A cell that is being run."""

    def __init__(self, number: int, cell: dict, home: pathlib.Path) -> None:
        self.number, self.cell, self.wrong, self.said = number, cell, [], []
        self.born, self.dir = home / "born", home / "dir"
        self.dir.mkdir(mode=0o700)
        command = [os.environ["WXSIGN_SANDBOX"], "--exit-with-parent"]
        self.sandbox = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.url = self.sandbox.stdout.readline().decode().split()[-1]
        try:
            self.run()
        finally:
            self.sandbox.kill()
            self.sandbox.wait()

    def check(self, holds: bool, what: str) -> None:
        if not holds:
            self.wrong.append(what)

    def control(self, path: str, body: dict | None = None) -> dict:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(f"{self.url}/_sandbox/{path}", data, timeout=20) as answer:
            return json.loads(answer.read())

    def client(self, dir: pathlib.Path, is_asked: bool) -> Pointer:
        cell, options, client = self.cell, Pointer(c.wxsign_options_new()), Pointer()
        secret = SECRET
        if cell["token_api"] == "work":
            secret += "-agent10002"
            done(c.wxsign_options_set_corp(options, *text("ww5823bf96d3bd56c7"), *text("1000002"), None))
        else:
            done(c.wxsign_options_set_app_id(options, *text("wx5823bf96d3bd56c7"), None))
            done(c.wxsign_options_set_token_api(options, int(cell["token_api"] == "classic"), None))
        done(c.wxsign_options_set_app_secret(options, *text(secret), None))
        done(c.wxsign_options_add_base_url(options, *text(self.url), None))
        done(c.wxsign_options_set_store_dir(options, *text(str(dir)), None))
        if is_asked:
            done(c.wxsign_options_set_timeout_ms(options, cell["timeout_ms"], None))
            done(c.wxsign_options_set_event_listener(options, on_event, Pointer(self.number), None, None))
        done(c.wxsign_client_new(options, ctypes.byref(client), None))
        c.wxsign_options_free(options)
        return client

    def call(self, client: Pointer, ask: str, again: bool) -> tuple[int, object, Pointer]:
        """The status, a test of the value that the outcome may come from, and the error."""
        config, value, error = Config(ctypes.sizeof(Config)), Pointer(), Pointer()
        if ask == "agent_ticket":
            status = c.wxsign_client_agent_config(client, *text(PAGE), 0, ctypes.byref(config), ctypes.byref(error))
        elif ask == "ticket" and again:
            status = c.wxsign_client_config(client, *text(PAGE), 0, ctypes.byref(config), ctypes.byref(error))
        else:
            get = c.wxsign_client_ticket if ask == "ticket" else c.wxsign_client_access_token
            status = get(client, 0, ctypes.byref(value), None, ctypes.byref(error))
        got = taken(value) if value else None

        def comes_from(other: str | None) -> bool:
            if other is None or got is not None:
                return got == other
            signature = ctypes.create_string_buffer(41)
            nonce, stamp = text(config.nonce.decode()), ctypes.c_uint64(config.timestamp)
            done(c.wxsign_sign(*text(other), *nonce, stamp, *text(PAGE), signature, None))
            return signature.value == config.signature

        return status, comes_from, error

    def seed(self) -> None:
        """Puts copies of a first client's records into the directory, as old as the cell wants them."""
        first = self.client(self.born, False)
        kinds = ["token", "ticket"] + ["agent_ticket"] * (self.cell["token_api"] == "work")
        for kind in kinds[1:]:
            done(self.call(first, kind, False)[0])
        c.wxsign_client_free(first)
        for kind in kinds:
            [path] = self.born.glob(f"*.{kind}.json")
            record = json.loads(path.read_text())
            if kind == self.cell["ask"]:
                self.value, self.file = record["value"], self.dir / path.name
            left = self.cell["seed"].get(kind)
            if left is not None:
                seen = int(time.time() * 1000) + left - record["life"]
                record |= {"fetched_at": seen, "first_seen": seen, "expires_at": seen + record["life"]}
                record |= {"age_known": True, "next_check": 0}
                # Copied for the file's mode.
                shutil.copy(path, self.dir)
                (self.dir / path.name).write_text(json.dumps(record))

    def in_file(self) -> str | None:
        return json.loads(self.file.read_text())["value"] if self.file.exists() else None

    def ask(self, again: bool) -> float:
        """Asks, checks what the caller gets, and gives how many milliseconds that took."""
        cell, began = self.cell, time.monotonic()
        status, comes_from, error = self.call(self.asked, cell["ask"], again)
        took = (time.monotonic() - began) * 1000
        name = c.wxsign_status_name(status).decode()
        self.check(name == cell["caller"], f"got {name}")
        self.check(status != 0 or comes_from(self.value) or comes_from(self.in_file()), "got another value")
        why = c.wxsign_error_code(error), c.wxsign_error_errcode(error), c.wxsign_error_retryable(error)
        self.check(why == (status, cell["errcode"], cell["retryable"]), f"code, errcode, retryable: {why}")
        self.said += texts_of(error)
        c.wxsign_error_free(error)
        return took

    def state(self) -> dict:
        json_text = Pointer()
        done(c.wxsign_client_state(self.asked, ctypes.byref(json_text), None, None))
        state = taken(json_text)
        self.said.append(state.encode())
        return json.loads(state)[IN_STATE[self.cell["faulty"]]]

    def requests(self) -> list[int]:
        counts = self.control("counts")
        tokens = sum(counts[name] for name in ("token", "stable_token", "gettoken"))
        return [tokens, sum(counts[name] for name in ("getticket", "get_jsapi_ticket", "ticket_get")), counts["other"]]

    def settle(self, is_so) -> bool:
        end = time.monotonic() + MATRIX["settled_within_ms"] / 1000
        while not is_so() and time.monotonic() < end:
            time.sleep(0.02)
        return is_so()

    def run(self) -> None:
        cell, fetch = self.cell, self.cell["fetch"]
        self.seed()
        self.control("fault", cell["fault"])
        before = self.requests()
        self.asked = self.client(self.dir, True)
        for again in [False, True] if fetch == "TIMEOUT" else [False]:
            took = self.ask(again)
            self.check(cell["at_least_ms"] - 1 <= took <= cell["within_ms"], f"took {took} ms")
        if fetch not in ("OK", "TIMEOUT"):
            self.settle(lambda: self.state()["retryAtMs"] is not None)
            for _ in range(MATRIX["again"]):
                took = self.ask(True)
                self.check(took <= MATRIX["again_within_ms"], f"waited {took} ms at the cooldown")
            state = self.state()
            self.check(state["lastError"] == fetch and state["retryAtMs"] > 0, f"state() says {state}")
        want = [before[0] + cell["tokens"], before[1] + cell["tickets"], before[2]]
        self.check(self.settle(lambda: self.requests() == want), f"{self.requests()} requests, not {want}")
        if fetch == "OK":
            self.check(self.settle(lambda: self.in_file() is not None), "the file was lost")
        else:
            kept = self.value if cell["ask"] in cell["seed"] else None
            self.check(self.in_file() == kept, "the file was lost or made up")
        self.state()
        c.wxsign_client_free(self.asked)


def chosen() -> list[dict]:
    faults: dict[str, list[dict]] = {}
    for cell in MATRIX["cells"]:
        fault = json.dumps([cell["token_api"] == "work", {**cell["fault"], "endpoint": None}])
        faults.setdefault(fault, []).append(cell)
    return [group[number % len(group)] for number, group in enumerate(faults.values())]


def run(number: int, cell: dict) -> list[str]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        ran = Run(number, cell, pathlib.Path(home))
    said = ran.said + [words for of, texts in heard for words in texts if of == number]
    shown = [canary for canary in MATRIX["canaries"] if any(canary.encode() in words for words in said if words)]
    return [f"{cell['name']}: {what}" for what in ran.wrong + [f"{canary} is shown" for canary in shown]]


def main() -> None:
    cells = chosen()
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        wrong = [what for found in pool.map(run, range(len(cells)), cells) for what in found]
    print("\n".join([*wrong, f"{len(cells)} cells"]))
    sys.exit(bool(wrong) or len(cells) < 70)


main()
