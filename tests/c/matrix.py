#!/usr/bin/env python3
"""Writes tests/matrix/cells.json as lines of tab-separated fields for tests/c/matrix.c: what all cells share, then each cell."""
import json
import pathlib

matrix = json.loads((pathlib.Path(__file__).parent.parent / "matrix" / "cells.json").read_text("utf-8"))


def line(*fields):
    print("\t".join(map(str, fields)))


line(*[matrix[name] for name in ("count", "again", "again_within_ms", "settled_within_ms")], *matrix["canaries"])
for cell in matrix["cells"]:
    # Without a record, -1.
    seed = [cell["seed"].get(kind, -1) for kind in ("token", "ticket")]
    times = [cell[name] for name in ("timeout_ms", "at_least_ms", "within_ms")]
    line(cell["name"], json.dumps(cell["fault"]), cell["token_api"], cell["ask"], cell["faulty"], *seed, *times,
         cell["caller"], cell["errcode"], int(cell["retryable"]), cell["fetch"], cell["tokens"], cell["tickets"])
