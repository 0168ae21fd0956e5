#!/usr/bin/env python3
"""Writes tests/vectors/signature.json as length-prefixed fields for tests/c/vectors.c.

A card has its values in the ticket's field, each with a line end behind it.
"""
import json
import pathlib
import struct
import sys

vectors = json.loads((pathlib.Path(__file__).parent.parent / "vectors" / "signature.json").read_text("utf-8"))


def write(*fields):
    for field in fields:
        data = str(field).encode("utf-8")
        sys.stdout.buffer.write(struct.pack("<I", len(data)) + data)


for kind in ("vectors", "wrong"):
    for row in vectors[kind]:
        write(*(row[name] for name in ("name", "ticket", "nonceStr", "timestamp", "url", "signature")), kind)
for card in vectors["cards"]:
    values = "".join(value + "\n" for value in card["values"])
    write(card["name"], values, "", 0, "", card["signature"], "cards")
