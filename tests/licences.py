#!/usr/bin/env python3
"""Checks offline that every crate has a licence that deny.toml allows, and comes from crates.io.

An expression with OR needs one licence that is allowed, one with AND all of them.
"""

import json
import pathlib
import re
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index"


def is_allowed(expression: str, allowed: set[str]) -> bool:
    # "/" is the old spelling of OR. AND binds closer than OR.
    expression = expression.replace("/", " OR ")
    while inner := re.search(r"\(([^()]*)\)", expression):
        verdict = "yes" if is_allowed(inner.group(1), allowed) else "no"
        expression = expression.replace(inner.group(0), verdict)
    names = allowed | {"yes"}
    return any(all(part.strip() in names for part in one.split(" AND ")) for one in expression.split(" OR "))


def main() -> None:
    allowed = set(tomllib.loads((ROOT / "deny.toml").read_text("utf-8"))["licenses"]["allow"])
    command = ["cargo", "metadata", "--format-version=1", "--locked", "--all-features"]
    metadata = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    wrong = []
    for package in json.loads(metadata)["packages"]:
        name = f"{package['name']} {package['version']}"
        if package["source"] not in (None, CRATES_IO):
            wrong.append(f"{name} comes from {package['source']}")
        if not is_allowed(package["license"] or "", allowed):
            wrong.append(f"{name} has the licence {package['license']}")
    print("\n".join(wrong))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
