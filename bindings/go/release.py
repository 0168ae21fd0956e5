#!/usr/bin/env python3
"""Makes the tree of the Go module's tag: the module with the static libraries, which the repository itself does not contain.

usage: release.py OUT [--all]   (called by make go-release, and with --all by a release)

OUT becomes a git repository with one commit and the tag bindings/go/vX.Y.Z. Publish it with git push REMOTE TAG. It contains
the libraries that are in lib/. If link.go names others, this program prints them, and with --all it fails.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def git(*arguments: str, cwd: pathlib.Path, **variables: str) -> str:
    run = subprocess.run(["git", *arguments], cwd=cwd, env={**os.environ, **variables}, capture_output=True, text=True, check=True)
    return run.stdout


def members() -> dict[str, pathlib.Path]:
    """Path in the module -> file: what git has, the libraries, licences and notices."""
    listed = git("ls-files", "-co", "--exclude-standard", ".", cwd=HERE).split()
    files = {name: HERE / name for name in listed if not name.endswith(".py")}
    files |= {f"lib/{archive.name}": archive for archive in HERE.glob("lib/*.a")}
    files |= {name: ROOT / name for name in ("LICENSE-MIT", "LICENSE-APACHE", "THIRD-PARTY-NOTICES.md")}
    return {name: path for name, path in files.items() if path.is_file()}


def main() -> None:
    version = re.search(r'^version = "([^"]+)"', (ROOT / "Cargo.toml").read_text("utf-8"), re.M).group(1)
    tag = f"bindings/go/v{version}"
    files = members()
    linked = sorted(set(re.findall(r"lib/(libwxsign_\w+\.a)", (HERE / "link.go").read_text("utf-8"))))
    archives = [archive for archive in linked if f"lib/{archive}" in files]
    missing = ", ".join(archive for archive in linked if archive not in archives)
    if not archives or (missing and sys.argv[2:] == ["--all"]):
        raise SystemExit(f"release.py: bindings/go/lib is without {missing}")

    out = pathlib.Path(sys.argv[1]).resolve()
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    git("init", "--quiet", "--initial-branch=release", ".", cwd=out)
    for name, path in files.items():
        target = out / "bindings" / "go" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    # Author and time of the checkout's last commit, so that two runs give the same commit.
    name, mail, time = git("log", "-1", "--format=%an%n%ae%n%ct +0000", cwd=ROOT).splitlines()
    who = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER")
           for key, value in (("NAME", name), ("EMAIL", mail), ("DATE", time))}
    git("add", "--force", ".", cwd=out)
    git("commit", "--quiet", "--no-verify", "--no-gpg-sign", "--message", f"Release the Go module v{version}", cwd=out, **who)
    git("tag", tag, cwd=out)

    size = sum(path.stat().st_size for path in files.values())
    print(f"{tag}: {len(files)} files, {size / 1e6:.1f} MB, with {', '.join(archives)}, in {out}")
    if missing:
        print(f"without {missing} (make go-archives builds those for Linux)")


main()
