#!/usr/bin/env python3
"""Runs README.md's signing examples as a reader would copy them: each must print WeChat's own signature.

The Rust one is a doctest of the crate. Needs what `make build` makes.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SIGNATURE = "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


def example(language: str) -> str:
    """The code block of a language that signs with WeChat's published ticket."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(rf"```{language}\n(.*?)```", text, re.S)
    return next(block for block in blocks if "sM4AOVdWfPE4DxkXGEs8" in block)


def run(*command: str, dir: pathlib.Path) -> str:
    done = subprocess.run(command, cwd=dir, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        raise SystemExit(f"README.md: {' '.join(command[:2])}: {done.stderr}")
    return done.stdout


def node(dir: pathlib.Path) -> str:
    modules = dir / "node_modules"
    modules.mkdir()
    (modules / "wxsign").symlink_to(ROOT)
    (dir / "sign.js").write_text(example("js"), encoding="utf-8")
    return run("node", "sign.js", dir=dir)


def c(dir: pathlib.Path) -> str:
    (dir / "sign.c").write_text(example("c"), encoding="utf-8")
    lib = ROOT / "build/lib"
    run("cc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{ROOT}/include", "sign.c", f"-L{lib}",
        "-lwxsign", f"-Wl,-rpath,{lib}", "-o", "sign", dir=dir)
    return run("./sign", dir=dir)


def go(dir: pathlib.Path) -> str:
    (dir / "main.go").write_text(example("go"), encoding="utf-8")
    module = "github.com/wxsign/wxsign/bindings/go"
    (dir / "go.mod").write_text(
        f"module readme\n\ngo 1.24\n\nrequire {module} v0.0.0\n\nreplace {module} => {ROOT}/bindings/go\n", encoding="utf-8"
    )
    return run("go", "run", ".", dir=dir)


def main() -> None:
    failed = 0
    for binding in (node, c, go):
        with tempfile.TemporaryDirectory() as dir:
            right = SIGNATURE in binding(pathlib.Path(dir))
        failed += not right
        print(f"{'ok  ' if right else 'FAIL'} README.md: {binding.__name__}")
    print(f"README: {3 - failed} passed, {failed} failed")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
