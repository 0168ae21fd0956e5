#!/usr/bin/env python3
"""Compiles or runs the blocks of Go, Rust, C, C++ and shell of the documents.

tests/node/examples.test.js has JavaScript and HTML, tests/package/settings.test.mjs settings and images, and doctests of the
crate those Rust blocks that stand in README.md and docs/rust.md. The Chinese pages have the same code
(tests/node/docs.test.js). A fragment is put into a function that has what its page takes for granted. A block that cannot
run follows a line `<!-- not run: why -->`.

Needs what `make build` makes.
"""

import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/documents"
SIGNATURE = "0f9de62fce790f9a083d5c99e95740ceb90c27ed"
PAGES = [
    *("README.md", "CONTRIBUTING.md", "RELEASING.md", "SECURITY.md", "sandbox/README.md", "tests/browser/README.md"),
    *sorted(str(page.relative_to(ROOT)) for folder in ("docs", "bindings", "examples") for page in (ROOT / folder).glob(
        "*.md" if folder == "docs" else "*/README.md"
    )),
]
RUN_BY_NODE = {"js", "html", "yaml", "ini", "dockerfile"}


@dataclass
class Block:
    page: str
    line: int
    language: str
    code: str

    @property
    def name(self) -> str:
        return f"{re.sub(r'[^a-z]+', '_', self.page.removesuffix('.md').lower())}_{self.line}"

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


class Failure(Exception):
    """What a reader would meet."""


def blocks() -> list[Block]:
    found = []
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        lines = text.split("\n")
        for match in re.finditer(r"(<!-- not run: \S[^\n]* -->\n+)?^```([^\n]*)\n(.*?)^```$", text, re.M | re.S):
            skipped, info, code = match.groups()
            line = text.count("\n", 0, match.start() + len(skipped or "")) + 1
            if not skipped:
                found.append(Block(page, line, info.split(",")[0], code))
        # Code without a fence has no language.
        fenced = re.sub(r"^```.*?^```$", lambda m: "\n" * m[0].count("\n"), text, flags=re.M | re.S).split("\n")
        for at, line in enumerate(fenced):
            if re.search("```.*```", line):
                raise SystemExit(f"{page}:{at + 1}: a fence needs a line of its own")
            if line.startswith("    ") and at > 0 and fenced[at - 1] == "" and lines[at - 1] == "":
                raise SystemExit(f"{page}:{at + 1}: put this code between fences, with its language")
    return found


def run(*command: str, cwd: pathlib.Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        raise Failure(f"{' '.join(command[:3])}\n{done.stdout}{done.stderr}")
    return done.stdout


def fresh(name: str) -> pathlib.Path:
    folder = BUILD / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def defines(code: str, name: str) -> bool:
    """Whether a fragment has this name itself."""
    return re.search(rf"(?:\b{name}\b[\w, ]*:=|[\s*]{name} = NULL|\blet (?:mut )?{name}\b)", code) is not None


# --- Rust ---------------------------------------------------------------------------------------------------------------


def rust(found: list[Block]) -> int:
    folder = fresh("rust")
    (folder / "src").mkdir()
    doctested = re.findall(r'include_str!\("\.\./([^"]+\.md)"\)', (ROOT / "src/lib.rs").read_text(encoding="utf-8"))
    mine = [block for block in found if block.page not in doctested]
    text = [
        "#![allow(unused, dead_code)]",
        "fn fetch_token_from_our_service(rejected: Option<&str>) -> Result<String, String> { Ok(String::new()) }",
    ]
    for block in mine:
        if re.search(r"^(use|fn|async fn|pub|struct) ", block.code, re.M):
            text.append(f"mod {block.name} {{\n{block.code}}}")
        else:
            given = {"id": "String", "secret": "String", "url": "String", "client": "&wxsign::Client"}
            names = ", ".join(f"{name}: {kind}" for name, kind in given.items() if not defines(block.code, name))
            text.append(
                f"mod {block.name} {{\nuse super::*;\nuse wxsign::*;\n"
                f"fn example({names}) -> Result<(), Box<dyn std::error::Error>> {{\n{block.code}Ok(()) }}\n}}"
            )
    (folder / "src/lib.rs").write_text("\n".join(text), encoding="utf-8")
    (folder / "Cargo.toml").write_text(
        '[package]\nname = "documents"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n[dependencies]\nserde_json = "1"\n'
        f'wxsign = {{ path = "{ROOT}", features = ["redis"] }}\n',
        encoding="utf-8",
    )
    shutil.copy(ROOT / "Cargo.lock", folder / "Cargo.lock")
    run("cargo", "check", "--quiet", "--offline", "--target-dir", str(BUILD / "target"), cwd=folder)
    return len(mine)


# --- Go -----------------------------------------------------------------------------------------------------------------

IMPORTS = {
    "context": "context", "errors": "errors", "fmt": "fmt", "http": "net/http", "json": "encoding/json", "log": "log",
    "os": "os", "slog": "log/slog", "time": "time", "wxsign": "github.com/wxsign/wxsign/bindings/go",
}  # fmt: skip
GO_GIVEN = {
    "appID": "string", "id": "string", "secret": "string", "url": "string", "ctx": "context.Context",
    "client": "*wxsign.Client", "w": "http.ResponseWriter", "r": "*http.Request", "err": "error",
}  # fmt: skip

GO_HELPER = """
func fetchTokenFromOurService(ctx context.Context, rejected string) (string, error) { return "", nil }
"""


def go(found: list[Block]) -> int:
    folder = fresh("go")
    module = IMPORTS["wxsign"]
    (folder / "go.mod").write_text(
        f"module documents\n\ngo 1.24\n\nrequire {module} v0.0.0\n\nreplace {module} => {ROOT}/bindings/go\n", encoding="utf-8"
    )
    for block in found:
        text = block.code
        if not text.startswith("package "):
            names = [f"{name} {kind}" for name, kind in GO_GIVEN.items() if not defines(text, name)]
            used = "\n".join(f"_ = {name}" for name in ("client", "config", "err") if defines(text, name))
            body = f"func example({', '.join(names)}) {{\n{text}\n{used}\n}}\n"
            if "fetchTokenFromOurService" in body:
                body += GO_HELPER
            imports = "".join(f'import "{path}"\n' for name, path in IMPORTS.items() if re.search(rf"\b{name}\.", body))
            text = f"package {block.name}\n{imports}\n{body}"
        (folder / block.name).mkdir()
        (folder / block.name / "main.go").write_text(text, encoding="utf-8")
    run("go", "vet", "./...", cwd=folder)
    signing = next(block for block in found if block.page == "README.md")
    if SIGNATURE not in run("go", "run", f"./{signing.name}", cwd=folder):
        raise Failure(f"{signing}: another signature")
    return len(found)


# --- C and C++ ----------------------------------------------------------------------------------------------------------

C_GIVEN = {
    "options": "wxsign_options *options", "client": "wxsign_client *client", "error": "wxsign_error *error",
    "config": "wxsign_config config", "dir": "const char *dir", "path": "const char *path", "url": "const char *url",
    "url_len": "size_t url_len", "app_id": "const char *app_id", "corp_id": "const char *corp_id",
    "agent_id": "const char *agent_id", "secret": "const char *secret", "query": "const char *query",
    "query_len": "size_t query_len",
}  # fmt: skip
C_HEAD = """#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wxsign.h>
void answer_with(int status, ...);
void answer_failure(uint32_t status, uint64_t retry_after_seconds, const char *json);
void fetch_token_from_our_service(void *context, const char *rejected, size_t rejected_len, wxsign_token_reply *reply);
"""
C_FLAGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wno-unused-parameter", f"-I{ROOT}/include"]


def c(found: list[Block]) -> int:
    folder = fresh("c")
    for block in found:
        is_c = block.language == "c"
        text = block.code
        if "#include" not in text:
            # The caller of a fragment has a query string, which wxsign_url_from_query writes a copy
            # of.
            given = {**C_GIVEN, "url": "char *url"} if "wxsign_url_from_query" in text else C_GIVEN
            names = ", ".join(kind for name, kind in given.items() if not defines(text, name))
            text = f"{C_HEAD}void example({names});\nvoid example({names})\n{{\n{text}}}\n"
        source = folder / f"{block.name}.{'c' if is_c else 'cpp'}"
        source.write_text(text, encoding="utf-8")
        compiler = ["cc", "-std=c99"] if is_c else ["c++", "-std=c++17"]
        run(*compiler, *C_FLAGS, "-c", source.name, "-o", f"{block.name}.o", cwd=folder)
    signing = next(block for block in found if block.page == "README.md")
    lib = ROOT / "build/lib"
    run("cc", f"{signing.name}.o", f"-L{lib}", "-lwxsign", f"-Wl,-rpath,{lib}", "-o", "sign", cwd=folder)
    if SIGNATURE not in run("./sign", cwd=folder):
        raise Failure(f"{signing}: another signature")
    return len(found)


# --- Shell --------------------------------------------------------------------------------------------------------------

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = {name for names in re.findall(r"^([a-z][a-z -]*):(?!=)", MAKEFILE, re.M) for name in names.split()}
VARIABLES = set(re.findall(r"\b([A-Z_]+) \?=", MAKEFILE)) | set(re.findall(r"\b([A-Z_]+)=", MAKEFILE)) | {"DESTDIR", "URL"}
HELP = (ROOT / "cli/src/help.rs").read_text(encoding="utf-8")
COMMANDS = set(re.findall(r"^  wxsign ([\w-]+)", HELP, re.M)) | {"token", "help"}
# The options of each command, as its help has them; of `mock` as the stand-in's help has them.
ENGLISH = HELP.split("const CHINESE")[0]
FLAGS = {name: set(re.findall(r"--[\w-]+", text)) for name, text in re.findall(r"^  wxsign ([\w-]+)(.*?)(?=^  wxsign |^$)", ENGLISH, re.M | re.S)}
FLAGS["mock"] = set(re.findall(r"^  (--[\w-]+)", (ROOT / "sandbox/src/options.rs").read_text(encoding="utf-8"), re.M))
def make(words: list[str]) -> None:
    for word in words:
        name, equals, _ = word.partition("=")
        if name.startswith("-"):
            continue
        if name not in (VARIABLES if equals else TARGETS):
            raise Failure(f"the Makefile has no {name}")


def wxsign(words: list[str]) -> None:
    if words == ["x"]:  # `npx wxsign …`
        return
    if not words or words[0] not in COMMANDS:
        raise Failure(f"wxsign has no command {' '.join(words[:1])}")
    for flag in (word.split("=")[0] for word in words if word.startswith("--")):
        if flag not in FLAGS.get(words[0], set()) | {"--json", "--lang"}:
            raise Failure(f"wxsign {words[0]} has no {flag}")


def program(words: list[str]) -> None:
    """Targets and variables of make, commands and options of wxsign, and files of ours exist; other programs are not ours."""
    while words and (words[0] == "sudo" or re.fullmatch(r"[A-Z_]+=.*", words[0])):
        words = words[1:]
    name, *rest = words or [""]
    if name == "make":
        return make(rest)
    if name == "wxsign" or (name == "npx" and rest[:1] == ["wxsign"]):
        return wxsign(rest[name == "npx" :])
    for word in words:
        if re.match(r"(bench|bindings|examples|fuzz|include|sandbox|tests)/", word) and not any(ROOT.glob(word)):
            raise Failure(f"there is no {word}")


def commands(line: str) -> None:
    for command in re.split(r" && | \| |; | &$", re.sub(r"(^|\s)#.*$", "", line)):
        # Without the brackets of a subshell.
        command = command.removeprefix("(")
        program(shlex.split(command if "(" in command else command.removesuffix(")")))


def sh(found: list[Block]) -> int:
    lines = [(block, line) for block in found for line in block.code.replace("\\\n", " ").split("\n")]
    for page in PAGES:
        # The commands in the middle of a sentence.
        prose = re.sub(r"^```.*?^```$", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.M | re.S)
        lines += [(page, code.replace("…", "x")) for code in re.findall(r"`((?:make|npx wxsign|wxsign) (?!=)[^`\n]+)`", prose)]
    for block in found:
        run("bash", "-n", "-c", block.code, cwd=ROOT)
    for where, line in lines:
        try:
            commands(line)
        except (Failure, ValueError) as failure:
            raise Failure(f"{where}: {line}: {failure}") from failure
    return len(found)


def toml(found: list[Block]) -> int:
    for block in found:
        tomllib.loads(block.code)
    return len(found)


def text(found: list[Block]) -> int:
    """A drawing names folders that exist."""
    for block in found:
        for path in re.findall(r"\bsrc/[\w/]+", block.code):
            if not (ROOT / path).exists():
                raise Failure(f"{block}: there is no {path}")
    return len(found)


CHECKS = {"rust": rust, "go": go, "c": c, "sh": sh, "toml": toml, "text": text}


def main() -> None:
    by_language: dict[str, list[Block]] = {language: [] for language in CHECKS}
    for block in blocks():
        language = "c" if block.language == "cpp" else block.language
        if language in by_language:
            by_language[language].append(block)
        elif language not in RUN_BY_NODE:
            raise SystemExit(f"{block}: which language is this? Nothing runs {language!r}")
    passed = failed = 0
    for language, found in by_language.items():
        try:
            count = CHECKS[language](found)
            passed += count
            print(f"ok   documents: {count} of {language}", flush=True)
        except Failure as failure:
            failed += 1
            print(f"FAIL documents: {language}: {failure}", flush=True)
    print(f"documents: {passed} passed, {failed} failed")
    sys.exit(failed != 0 or passed < 45)


if __name__ == "__main__":
    main()
