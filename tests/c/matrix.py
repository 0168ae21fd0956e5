#!/usr/bin/env python3
"""Writes cells of tests/matrix/cells.json as tab-separated lines for tests/c/matrix.c: what all cells share, then each cell.

C runs one cell for each fault, so about a tenth of the matrix; Rust, Node and Go run all of it. The n-th fault is taken at
its n-th place, so that every endpoint and state is covered as well.
"""
import json
import pathlib

matrix = json.loads((pathlib.Path(__file__).parent.parent / "matrix" / "cells.json").read_text("utf-8"))


def line(*fields):
    print("\t".join(map(str, fields)))


faults = {}
for cell in matrix["cells"]:
    fault = json.dumps([cell["token_api"] == "work", {**cell["fault"], "endpoint": None}])
    faults.setdefault(fault, []).append(cell)
cells = [group[number % len(group)] for number, group in enumerate(faults.values())]

line(len(cells), *[matrix[name] for name in ("again", "again_within_ms", "settled_within_ms")], *matrix["canaries"])
for cell in cells:
    # -1 means that there is no record.
    seed = [cell["seed"].get(kind, -1) for kind in ("token", "ticket", "agent_ticket")]
    times = [cell[name] for name in ("timeout_ms", "at_least_ms", "within_ms")]
    line(cell["name"], json.dumps(cell["fault"]), cell["token_api"], cell["ask"], cell["faulty"], *seed, *times,
         cell["caller"], cell["errcode"], int(cell["retryable"]), cell["fetch"], cell["tokens"], cell["tickets"])
