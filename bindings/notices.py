#!/usr/bin/env python3
"""Writes THIRD-PARTY-NOTICES.md: the licences of all crates that wxsign's libraries and its Node addon contain.

usage: notices.py            write the file
       notices.py --check    exit 1 if the committed file differs

It reads the crates' own licence files from cargo's registry, so it needs cargo. The list is that of all published platforms.
"""

import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "THIRD-PARTY-NOTICES.md"
# What is published in binary form: the C and Go libraries, and the addon.
PACKAGES = ("wxsign", "wxsign-node")
HEAD = """# Third-party notices

The binary libraries of wxsign contain the crates below. If a crate may be used under several licences, wxsign uses it under
the MIT licence. They also contain parts of the Rust standard library, which the Rust Project licenses under MIT or
Apache-2.0 (https://github.com/rust-lang/rust). `bindings/notices.py` writes this file.
"""


def metadata() -> dict:
    platforms = json.loads((ROOT / "bindings/node/release/platforms.json").read_text("utf-8")).values()
    command = ["cargo", "metadata", "--format-version=1", "--locked", "--features", "capi,redis"]
    for platform in platforms:
        command += ["--filter-platform", platform["target"]]
    return json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)


def linked(graph: dict) -> list[dict]:
    """The packages that end up in a library: normal dependencies, without proc macros and build scripts' own."""
    packages = {package["id"]: package for package in graph["packages"]}
    nodes = {node["id"]: node for node in graph["resolve"]["nodes"]}
    left = [key for key, package in packages.items() if package["name"] in PACKAGES and package["source"] is None]
    seen = set(left)
    while left:
        for dependency in nodes[left.pop()]["deps"]:
            key = dependency["pkg"]
            normal = any(kind["kind"] is None for kind in dependency["dep_kinds"])
            macro = any("proc-macro" in target["kind"] for target in packages[key]["targets"])
            if normal and not macro and key not in seen:
                seen.add(key)
                left.append(key)
    return sorted((packages[key] for key in seen if packages[key]["source"]), key=lambda p: (p["name"], p["version"]))


def texts(package: dict) -> list[str]:
    """The licence files of a crate; only that of MIT if there is a choice."""
    folder = pathlib.Path(package["manifest_path"]).parent
    names = ("licen", "copying", "notice", "unlicense")
    files = sorted(file for file in folder.iterdir() if file.is_file() and file.name.lower().startswith(names))
    if " OR " in (package["license"] or "").replace("/", " OR "):
        files = [file for file in files if "mit" in file.name.lower()] or files
    return ["\n".join(line.rstrip() for line in file.read_text("utf-8", "replace").strip().splitlines()) for file in files]


def document() -> str:
    groups: dict[str, list[str]] = {}
    table = ["| crate | licence | source |", "|---|---|---|"]
    for package in linked(metadata()):
        name = f"{package['name']} {package['version']}"
        table.append(f"| {name} | {package['license']} | {package['repository'] or 'crates.io'} |")
        text = "\n\n".join(texts(package)) or f"{', '.join(package['authors'])}\n(no licence file; see {package['license']})"
        groups.setdefault(text, []).append(name)
    parts = [HEAD, "\n".join(table)]
    for text, crates in groups.items():
        parts.append(f"## {', '.join(crates)}\n\n```text\n{text.replace('```', chr(39) * 3)}\n```")
    return "\n\n".join(part.strip() for part in parts) + "\n"


def main() -> None:
    text = document()
    if "--check" in sys.argv[1:]:
        if not OUTPUT.is_file() or OUTPUT.read_text("utf-8") != text:
            raise SystemExit("THIRD-PARTY-NOTICES.md differs from the crates' licences: run bindings/notices.py")
    else:
        OUTPUT.write_text(text, encoding="utf-8")


main()
