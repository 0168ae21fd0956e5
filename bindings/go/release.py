#!/usr/bin/env python3
"""Makes the Go module as a module proxy serves it, with the archives that are built and not committed.

usage: release.py OUT   (called by make go-release)

OUT becomes a file proxy: GOPROXY=file://OUT. The zip in it is the module's own format, so a real proxy or a tag's checkout
could hold the same. It takes the archives that lie in lib/; a release has those of all platforms, and this says which are
missing.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# The time in the zip and in the .info: the last commit's, so that two makes of one commit are the same to the byte.
STAMP = subprocess.run(
    ["git", "log", "-1", "--format=%cd", "--date=format-local:%Y-%m-%dT%H:%M:%SZ"],
    cwd=ROOT, env={**os.environ, "TZ": "UTC"}, capture_output=True, text=True, check=True,
).stdout.strip()


def members() -> dict[str, pathlib.Path]:
    """Path in the module -> file. What git knows, the archives, the licences; no tests, which need the checkout."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "."], cwd=HERE, capture_output=True, text=True, check=True)
    files = {name: HERE / name for name in listed.stdout.split() if not name.endswith(("_test.go", ".py"))}
    # The examples in the documentation are kept: they need nothing but the package.
    files["example_test.go"] = HERE / "example_test.go"
    files |= {f"lib/{archive.name}": archive for archive in HERE.glob("lib/*.a")}
    files |= {name: ROOT / name for name in ("LICENSE-MIT", "LICENSE-APACHE")}
    return {name: path for name, path in files.items() if path.is_file()}


def main() -> None:
    module = re.search(r"^module (\S+)$", (HERE / "go.mod").read_text("utf-8"), re.M).group(1)
    version = "v" + re.search(r'^version = "([^"]+)"', (ROOT / "Cargo.toml").read_text("utf-8"), re.M).group(1)
    files = members()
    platforms = sorted(re.findall(r"lib/libwxsign_(\w+)\.a", (HERE / "link.go").read_text("utf-8")))
    archives = [platform for platform in platforms if f"lib/libwxsign_{platform}.a" in files]
    if not archives:
        raise SystemExit("release.py: no archive is built: make build-go")

    dir = pathlib.Path(sys.argv[1]).resolve() / module / "@v"
    dir.mkdir(parents=True, exist_ok=True)
    moment = tuple(int(number) for number in re.findall(r"\d+", STAMP))
    with zipfile.ZipFile(dir / f"{version}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(f"{module}@{version}/{name}", moment)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(info, files[name].read_bytes())
    (dir / f"{version}.mod").write_bytes((HERE / "go.mod").read_bytes())
    (dir / f"{version}.info").write_text(json.dumps({"Version": version, "Time": STAMP}), encoding="utf-8")
    (dir / "list").write_text(version + "\n", encoding="utf-8")

    size = (dir / f"{version}.zip").stat().st_size
    print(f"{module}@{version}: {len(files)} files, {size / 1e6:.1f} MB, with {', '.join(archives)}")
    missing = sorted(set(platforms) - set(archives))
    if missing:
        print(f"without an archive for {', '.join(missing)}: build it there and put it into bindings/go/lib")


main()
