#!/usr/bin/env python3
"""Checks that a release would be complete and consistent, and answers questions of the workflow.

usage: check.py                 what every commit must keep: versions, platforms, workflow, file lists
       check.py --tag vX.Y.Z    besides: the tag is this version, and the changelog has its section
       check.py --artifacts     no path of a builder in build/npm and build/archives
       check.py --publish       besides: dry runs of npm publish and cargo publish, the tests in the
                                packed crates, the bills of materials, and no path of this machine
                                in what was packed (make release-check)
       check.py --version       prints the version
       check.py --crates        prints the names of the published crates, in their order
       check.py --notes vX.Y.Z  prints the changelog's section
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CARGO_HOME = pathlib.Path(os.environ.get("CARGO_HOME", pathlib.Path.home() / ".cargo"))
# The crates that are published, in the order in which they depend on one another.
CRATES = ["wxsign", "wxsign-sandbox", "wxsign-cli"]
# What a published crate may contain. A new kind of file must be added here on purpose.
FILES = re.compile(
    r"(src|include|tests|benches|examples)/.+|build\.rs|cbindgen\.toml|clippy\.toml|rustfmt\.toml"
    r"|(README|README\.zh-CN|CHANGELOG|SECURITY|THIRD-PARTY-NOTICES)\.md|LICENSE-(MIT|APACHE)"
    r"|Cargo\.(toml|toml\.orig|lock)|\.cargo_vcs_info\.json|docs/.+\.(md|svg)"
)
# Where a checkout and its crates are on GitHub's machines.
RUNNERS = ["/home/runner/work/", "/home/runner/.cargo/", "/Users/runner/work/wxsign/", "/Users/runner/.cargo/",
           "C:\\Users\\runneradmin\\", "D:\\a\\"]
# What pages say until the first release.
UNPUBLISHED = re.compile("not published|尚未发布|发布之前", re.I)
problems: list[str] = []


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def found(pattern: str, path: str) -> str:
    match = re.search(pattern, text(path), re.M)
    return match.group(1) if match else "nothing"


def require(right: bool, problem: str) -> None:
    if not right:
        problems.append(problem)


def run(*command: str, cwd: pathlib.Path = ROOT) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    require(done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def version() -> str:
    return tomllib.loads(text("Cargo.toml"))["workspace"]["package"]["version"]


def crates() -> list[str]:
    """Those of CRATES that exist and may be published."""
    members = tomllib.loads(text("Cargo.toml"))["workspace"]["members"]
    manifests = [tomllib.loads(text(f"{member}/Cargo.toml"))["package"] for member in members]
    published = {package["name"] for package in manifests if package.get("publish", True)}
    return [name for name in CRATES if name in published]


def section(name: str) -> str:
    """A section of the changelog, or nothing."""
    match = re.search(rf"^## \[?{re.escape(name)}\]?[^\n]*\n(.*?)(?=^## |\Z)", text("CHANGELOG.md"), re.M | re.S)
    return match.group(1).strip() if match else ""


def check_locks() -> None:
    """A lock beside the workspace's that lacks a dependency makes `--locked` fail there."""
    manifest = tomllib.loads(text("Cargo.toml"))
    wanted = set(manifest["dependencies"])
    for target in manifest.get("target", {}).values():
        wanted |= set(target.get("dependencies", {}))
    for lock in ("Cargo.lock", "bench/rust/Cargo.lock", "examples/axum/Cargo.lock", "fuzz/Cargo.lock"):
        ours = next(package for package in tomllib.loads(text(lock))["package"] if package["name"] == "wxsign")
        lacks = wanted - {dependency.split()[0] for dependency in ours["dependencies"]}
        require(not lacks, f"{lock} lacks {sorted(lacks)}: run cargo metadata beside it")


def check_versions() -> None:
    wanted = version()
    lock = json.loads(text("package-lock.json"))
    for where, got in {
        "package.json": json.loads(text("package.json"))["version"],
        "package-lock.json": lock["packages"][""].get("version", "nothing"),
        "include/wxsign.h": found(r'^#define WXSIGN_VERSION "(.*)"', "include/wxsign.h"),
        "bindings/go/include/wxsign.h": found(r'^#define WXSIGN_VERSION "(.*)"', "bindings/go/include/wxsign.h"),
    }.items():
        require(got == wanted, f"{where} has version {got}, and Cargo.toml {wanted}")
    for where, pattern in {
        "include/wxsign.h": r"^#define WXSIGN_ABI_VERSION (\d+)",
        "build.rs": r"const ABI: u32 = (\d+)",
        "bindings/c/install.sh": r"^library=(\d+)\.",
        "Makefile": r"libwxsign\.so\.(\d+)",
    }.items():
        require(found(pattern, where) == "1", f"{where} has ABI {found(pattern, where)}, and not 1")
    lines = text("Cargo.lock")
    for crate in crates():
        got = re.search(rf'name = "{crate}"\nversion = "(.*)"', lines)
        require(got is not None and got.group(1) == wanted, f"Cargo.lock: {crate} has another version than Cargo.toml")
    # A crate that names another one of ours must name this version too, or it cannot be published.
    for member in tomllib.loads(text("Cargo.toml"))["workspace"]["members"]:
        manifest = tomllib.loads(text(f"{member}/Cargo.toml"))
        if manifest["package"]["name"] not in crates():
            continue
        for name, dependency in manifest.get("dependencies", {}).items():
            if name.startswith("wxsign"):
                got = dependency.get("version", "nothing")
                require(got == wanted, f"{member}/Cargo.toml: {name} has version {got}, and Cargo.toml {wanted}")
    require(bool(section(wanted) or section("Unreleased")), f"CHANGELOG.md has no section {wanted} or Unreleased")


def check_published() -> None:
    """Pages and messages name the registries' packages once the changelog has a released version, and not before."""
    is_published = re.search(r"^## \[?\d", text("CHANGELOG.md"), re.M) is not None
    flag = found(r"^const IS_PUBLISHED: boolean = (\w+)", "bindings/node/ts/load-failure.ts")
    wanted = str(is_published).lower()
    require(flag == wanted, f"bindings/node/ts/load-failure.ts: IS_PUBLISHED is {flag}, and after the changelog {wanted}")
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("bindings/*/README.md")]
    for page in pages if is_published else []:
        if page.name not in ("CHANGELOG.md", "RELEASING.md"):
            said = UNPUBLISHED.search(page.read_text(encoding="utf-8"))
            require(said is None, f"{page.relative_to(ROOT)} still says: {said and said.group()}")


def check_platforms() -> None:
    """platforms.json, the workflow, and the loader name the same platforms."""
    platforms = json.loads(text("bindings/node/release/platforms.json"))
    workflow = text(".github/workflows/release.yml")
    built = re.findall(r"\{ platform: (\S+),", workflow)
    require(sorted(built) == sorted(platforms), f"release.yml builds {built}, and platforms.json names {list(platforms)}")
    targets = re.findall(r"\{ target: (\S+),", workflow)
    linked = set(re.findall(r"lib/libwxsign_(\w+)\.a", text("bindings/go/link.go")))
    go = {"x86_64": "amd64", "aarch64": "arm64"}
    names = set()
    for target in targets:
        cpu, _, system, *libc = target.split("-")
        names.add(f"{system}_{go[cpu]}" + ("_musl" if libc == ["musl"] else ""))
    require(names == linked, f"release.yml builds libraries for {sorted(names)}, and link.go links {sorted(linked)}")
    for path in (ROOT / ".github/workflows").glob("*.yml"):
        for use in re.findall(r"uses: (\S+)", path.read_text(encoding="utf-8")):
            require(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", use) is not None, f"{path.name}: {use} is not pinned by a commit")


def check_compiler() -> None:
    """The workflows use one Rust: what is tested is built by the compiler that builds what is published."""
    used = {path.name: re.findall(r'^  RUSTUP_TOOLCHAIN: "([\d.]+)"$', path.read_text(encoding="utf-8"), re.M)
            for path in (ROOT / ".github/workflows").glob("*.yml")}
    require(len({tuple(found) for found in used.values()}) == 1 and all(used.values()), f"the workflows' RUSTUP_TOOLCHAIN differ: {used}")


def check_soak() -> None:
    """Every part of the long lanes runs in a job of soak.yml."""
    parts = set(re.findall(r"^(?:part|core|row) (\S+) ", text("tests/soak.sh"), re.M))
    jobs = re.findall(r"^          - ([\w -]+)$", text(".github/workflows/soak.yml"), re.M)
    run_there = {name for job in jobs for name in job.split()}
    require(run_there == parts, f"soak.yml does not run {sorted(parts ^ run_there)}")


def check_files() -> None:
    for crate in crates():
        listed = run("cargo", "package", "--list", "--allow-dirty", "--quiet", "-p", crate).split("\n")
        for name in filter(None, listed):
            require(FILES.fullmatch(name) is not None, f"the crate {crate} would contain {name}")


def check_publish() -> None:
    require(any(ROOT.glob("build/npm/*.tgz")), "build/npm has no tarball: make pack")
    run("tests/release/npm_publish.sh", "--dry-run")
    # The crates that one of ours depends on are packed for the dry run. Cargo takes a version for
    # the same whenever it comes, so nothing of an earlier run may be left.
    for crate in crates():
        for stale in CARGO_HOME.glob(f"registry/src/-*/{crate}-{version()}"):
            shutil.rmtree(stale)
    target = ROOT / "build/publish"
    shutil.rmtree(target, ignore_errors=True)
    options = ["--locked", "--allow-dirty", "--quiet", "--target-dir", str(target)]
    options += [argument for crate in crates() for argument in ("-p", crate)]
    run("cargo", "publish", "--dry-run", *options)
    # Publishing keeps no packed crate.
    run("cargo", "package", "--no-verify", *options)
    check_packed_tests(target)
    shutil.rmtree(target, ignore_errors=True)

    check_bills()
    check_paths()


def check_packed_tests(target: pathlib.Path) -> None:
    """The tests in the packed crates pass without the repository, as a distributor runs them."""
    # Elsewhere: below a workspace, cargo would ask why it does not name them.
    with tempfile.TemporaryDirectory() as room:
        for crate in crates():
            with tarfile.open(target / f"package/{crate}-{version()}.crate") as packed:
                packed.extractall(room, filter="data")
        for crate in crates():
            # They are not published yet, so each takes the others from beside it.
            beside = [f'--config=patch.crates-io.{other}.path="{room}/{other}-{version()}"' for other in crates()]
            command = ["cargo", "test", "--quiet", "--target-dir", str(target), *beside]
            run(*command, cwd=pathlib.Path(room) / f"{crate}-{version()}")


def check_bills() -> None:
    """The bills of materials name the crates of the notices, which come from another source: cargo metadata."""
    run("tests/release/sbom.py", "build/sbom")
    noticed = set(re.findall(r"^\| (\S+ \S+) \| ", text("THIRD-PARTY-NOTICES.md"), re.M))
    linked = set()
    for path in sorted(ROOT.glob("build/sbom/*.json")):
        bill = json.loads(path.read_text(encoding="utf-8"))
        named = {f"{one['name']} {one['version']}" for one in bill["components"] if one["name"] != "std"}
        refs = {one["bom-ref"] for one in [bill["metadata"]["component"], *bill["components"]]}
        require(len(named) > 40, f"{path.name} names only {len(named)} crates")
        require(refs == {one["ref"] for one in bill["dependencies"]}, f"{path.name}: components and dependencies differ")
        if not path.name.endswith(".crate.cdx.json"):
            linked |= {name for name in named if not name.startswith("wxsign")}
    require(linked <= noticed, f"THIRD-PARTY-NOTICES.md lacks {sorted(linked - noticed)}: run bindings/notices.py")


def check_paths() -> None:
    """No artifact contains a path of the machine that built it."""
    homes = {os.path.expanduser("~"), str(ROOT), os.environ.get("CARGO_HOME", "")} - {"", "/"}
    builders = [f"{home}/" for home in homes] + RUNNERS

    def check(name: str, data: bytes) -> None:
        for builder in builders:
            require(builder.encode() not in data, f"{name} contains {builder}")

    for path in sorted([*ROOT.glob("build/npm/*.tgz"), *ROOT.glob("build/archives/*.tar.xz")]):
        with tarfile.open(path) as archive:
            for member in archive.getmembers():
                content = archive.extractfile(member) if member.isfile() else None
                check(f"{path.name}: {member.name}", content.read() if content else b"")
    libraries = [*ROOT.glob("build/lib/**/*wxsign*"), *ROOT.glob("build/go/bindings/go/lib/*.a"), *ROOT.glob("build/archives/*.a")]
    for path in filter(pathlib.Path.is_file, [*libraries, *ROOT.glob("build/sbom/*")]):
        check(str(path.relative_to(ROOT)), path.read_bytes())


def check_repository() -> None:
    check_locks()
    check_versions()
    check_published()
    check_platforms()
    check_compiler()
    check_soak()


def main() -> None:
    arguments = sys.argv[1:]
    match arguments:
        case ["--version"]:
            return print(version())
        case ["--crates"]:
            return print("\n".join(crates()))
        case ["--notes", tag]:
            return print(section(tag.removeprefix("v")))
        case [] | ["--publish"] | ["--artifacts"]:
            pass
        case ["--tag", tag]:
            require(tag == f"v{version()}", f"the tag is {tag}, and Cargo.toml has version {version()}")
            require(bool(section(version())), f"CHANGELOG.md has no section {version()}")
        case _:
            sys.exit(__doc__)
    if arguments == ["--artifacts"]:
        check_paths()
    else:
        check_repository()
    if arguments in ([], ["--publish"]):
        check_files()
    if arguments == ["--publish"]:
        check_publish()
    for problem in problems:
        print(f"FAIL  {problem}")
    print(f"Release: {int(not problems)} passed, {len(problems)} failed")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
