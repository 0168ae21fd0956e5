#!/usr/bin/env python3
"""Writes tests/vectors/signature.json as length-prefixed fields for tests/c/vectors.c."""
import json
import pathlib
import struct
import sys

vectors = json.loads((pathlib.Path(__file__).parent.parent / "vectors" / "signature.json").read_text("utf-8"))
for kind in ("vectors", "wrong"):
    for row in vectors[kind]:
        fields = [row[name] for name in ("name", "ticket", "nonceStr", "timestamp", "url", "signature")]
        for field in [*fields, kind]:
            data = str(field).encode("utf-8")
            sys.stdout.buffer.write(struct.pack("<I", len(data)) + data)
