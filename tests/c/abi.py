#!/usr/bin/env python3
"""Writes a C program that compiles only if today's wxsign.h keeps what an older one declared.

usage: abi.py OLD_HEADER > program.c, then cc -std=c11 -Werror -I include -c program.c

It declares the old functions and callbacks once more, which C allows only if they are the same, and compares constants,
macros and the fields of structs. What is new is not looked at.
"""

import pathlib
import re
import sys

# The header's own version is meant to change.
VERSIONS = re.compile(r"WXSIGN_VERSION")


def main() -> None:
    text = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r"//.*", "", text)
    numbers = re.findall(r"^#define (WXSIGN_\w+) (\d+)$", text, re.M)
    code = re.sub(r"^#.*\n", "", text, flags=re.M)
    enums = re.findall(r"typedef enum \{(.*?)\} (\w+);", code, re.S)
    structs = re.findall(r"typedef struct \{(.*?)\} (\w+);", code, re.S)
    handles = re.findall(r"^typedef struct (\w+) \1;$", code, re.M)
    callbacks = re.findall(r"^typedef [^;{}]*\(\*\w+\)\([^;]*\);", code, re.M)
    functions = re.findall(r"^(?!typedef|extern)[a-z][^;{}]*\bwxsign_\w+\([^;{}]*\);", code, re.M)

    lines = ["/* Written by abi.py. */", "#include <stddef.h>", "#include <wxsign.h>"]
    for name, value in numbers:
        if not VERSIONS.match(name):
            lines.append(f'_Static_assert({name} == {value}, "{name} has changed");')
    for body, name in enums:
        for constant, value in re.findall(r"(\w+) = (\d+)", body):
            lines.append(f'_Static_assert({constant} == {value}, "{constant} has changed");')
        lines.append(f'_Static_assert(sizeof({name}) == sizeof(int), "{name} has another size");')
    for body, name in structs:
        lines.append(f"struct old_{name} {{{body}}};")
        for field in re.findall(r"(\w+)(?:\[\w+\])?;", body):
            for how in ("offsetof({0}, {1})", "sizeof((({0} *)0)->{1})"):
                old, new = how.format(f"struct old_{name}", field), how.format(name, field)
                lines.append(f'_Static_assert({old} == {new}, "{name}.{field} has changed");')
    for name in re.findall(r"^#define (WXSIGN_\w+) ", text, re.M):
        lines += [f"#ifndef {name}", f"#error {name} went away", "#endif"]
    # Looked for before they are declared once more.
    for function in functions:
        name = re.search(r"\b(wxsign_\w+)\(", function).group(1)
        lines.append(f'_Static_assert(sizeof(&{name}) > 0, "{name} went away");')
    lines += [f"typedef struct {name} {name};" for name in handles]
    lines += callbacks + functions
    if min(len(numbers), len(enums), len(structs), len(callbacks)) < 1 or len(functions) < 50:
        raise SystemExit(f"abi.py: {sys.argv[1]} is not read as it should be")
    print("\n".join(lines))


main()
