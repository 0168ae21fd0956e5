#!/usr/bin/env python3
"""Starts an example server and asks it as pages do; the sandbox at WX_BASE_URL says whether what it signed is right.

usage: serves.py PROGRAM
"""

import concurrent.futures
import json
import os
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request


def ask(address: str, body: dict | None = None) -> tuple[int, dict, str]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.loads(answer.read()), answer.headers.get("Cache-Control", "")
    except urllib.error.HTTPError as error:
        text = error.read()
        return error.code, json.loads(text) if text.startswith(b"{") else {}, error.headers.get("Cache-Control", "")


def check(base: str) -> None:
    def config(url: str) -> tuple[int, dict, str]:
        return ask(f"{base}/wx/config?url={urllib.parse.quote(url, safe='')}")

    page = "https://example.com/a?b=c%20d&e=%E4%B8%AD%E6%96%87+%2B"
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(config, [page] * 40))
    for status, signed, cache in answers:
        assert (status, cache) == (200, "no-store"), (status, signed, cache)
        verdict = ask(os.environ["WX_BASE_URL"] + "/verify", {**signed, "url": page})[1]
        assert verdict["ok"], verdict
    assert len({signed["nonceStr"] for _, signed, _ in answers}) == len(answers)
    status, refusal, _ = config("https://example.org/")
    assert status == 403 and refusal["code"] == "HOST_NOT_ALLOWED", (status, refusal)
    for wrong in ("", "ftp://example.com/", "https://example.com/\0evil", "\udcff".encode("utf-8", "surrogateescape")):
        status, refusal, _ = config(wrong)
        assert status == 400 and refusal["code"] in ("INVALID_URL", "INVALID_ARGUMENT"), (wrong, status, refusal)
    assert ask(f"{base}/elsewhere")[0] == 404


def main() -> None:
    with subprocess.Popen([sys.argv[1]], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            line = server.stdout.readline()
            check(line.removeprefix("listening on ").strip())
        finally:
            server.terminate()


main()
