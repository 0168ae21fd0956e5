#!/usr/bin/env python3
"""Writes the bill of materials of each artifact of a release, in CycloneDX: the crates that it contains.

usage: sbom.py DIR    (one file per library, addon and crate; the version and the commit decide every byte)

It asks cargo tree, so it needs no other program, and the files contain no path of this machine.
"""

import json
import pathlib
import re
import subprocess
import sys
import tomllib
import uuid

import check

LOCKED = {(package["name"], package["version"]): package for package in tomllib.loads(check.text("Cargo.lock"))["package"]}


def output(*command: str) -> str:
    return subprocess.run(command, cwd=check.ROOT, capture_output=True, text=True, check=True).stdout.strip()


def artifacts() -> dict[str, list[str]]:
    """For each artifact, as its file is called, the arguments with which cargo selects what is in it."""
    version = check.version()
    libraries = re.findall(r"\{ target: (\S+),", check.text(".github/workflows/release.yml"))
    platforms = json.loads(check.text("bindings/node/release/platforms.json"))
    return (
        {f"wxsign-{version}-{target}.tar.xz": ["-p", "wxsign", "--features", "capi,redis", "--target", target]
         for target in libraries}
        | {f"wxsign-{name}-{version}.tgz": ["-p", "wxsign-node", "--target", platform["target"]]
           for name, platform in platforms.items()}
        | {f"{crate}-{version}.crate": ["-p", crate, "--all-features", "--target", "all"] for crate in check.crates()}
    )


def component(name: str, version: str, licence: str) -> dict:
    purl = f"pkg:cargo/{name}@{version}"
    found = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl,
             "licenses": [{"expression": licence.replace("/", " OR ")}]}
    checksum = LOCKED[name, version].get("checksum")
    return found | ({"hashes": [{"alg": "SHA-256", "content": checksum}]} if checksum else {})


def bill(artifact: str, selection: list[str]) -> dict:
    # What is linked: neither proc macros nor what build scripts use.
    lines = output("cargo", "tree", "--locked", *selection, "--edges", "normal,no-proc-macro", "--prefix", "depth",
                   "--format", "{p}|{l}").splitlines()
    components: dict[str, dict] = {}
    edges: dict[str, set[str]] = {}
    above: list[str] = []
    for line in lines:
        depth, name, version, licence = re.match(r"(\d+)(\S+) v(\S+)[^|]*\|(.*?)(?: \(\*\))?$", line).groups()
        one = component(name, version, licence)
        components[one["bom-ref"]] = one
        edges.setdefault(one["bom-ref"], set())
        above[int(depth):] = [one["bom-ref"]]
        if len(above) > 1:
            edges[above[-2]].add(above[-1])
    root = components.pop(above[0])
    if not artifact.endswith(".crate"):
        # It is in every binary, and no crate of Cargo.lock.
        rust = output("rustc", "--version").split()[1]
        components["std"] = {"type": "library", "bom-ref": "std", "name": "std", "version": rust,
                             "licenses": [{"expression": "MIT OR Apache-2.0"}]}
        edges["std"] = set()
        edges[above[0]].add("std")
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": uuid.uuid5(uuid.NAMESPACE_URL, artifact + output("git", "rev-parse", "HEAD")).urn,
        "version": 1,
        "metadata": {"timestamp": output("git", "log", "-1", "--format=%cI"), "component": root | {"name": artifact}},
        "components": list(components.values()),
        "dependencies": [{"ref": ref, "dependsOn": sorted(below)} for ref, below in edges.items()],
    }


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    directory = pathlib.Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    for artifact, selection in artifacts().items():
        text = json.dumps(bill(artifact, selection), indent=1, ensure_ascii=False)
        (directory / f"{artifact}.cdx.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
