#!/usr/bin/env python3
"""Counts the processor's instructions of one signature, outside the SHA-1 blocks that none can do without.

Unlike nanoseconds they are the same on a busy machine. Valgrind hides the SHA instructions of the processor, so the
blocks are hashed in software here; as many, hashed alone by the same code, are subtracted.
usage: count.py PROGRAM SANDBOX
"""

import os
import re
import subprocess
import sys

# What is counted, its blocks (so many, so often), and the most that it may take. Where wxsign makes the nonce, one block is
# hashed ahead, and 64 signatures share another.
WAYS = [
    ("sign", "sign() with the ticket of the last time", [(3, 1)], 330),
    ("ticket", "a kept ticket: nonce and clock besides", [(1, 2), (1, 1 / 64)], 400),
    ("client", "a client: freshness, URL and allow-list besides", [(1, 2), (1, 1 / 64)], 600),
]
# Multiples of the 64; what happens once is in both, and so in neither.
FEW, MANY = 16_000, 48_000


def count(program, *words):
    """Instructions of one call."""

    def total(times):
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, words[0], str(times), *words[1:]]
        run = subprocess.run(command, capture_output=True, text=True, timeout=120)
        found = re.search(r"Collected : (\d+)", run.stderr)
        if run.returncode or not found:
            sys.exit(f"{' '.join(command)} failed:\n{run.stderr}")
        return int(found[1])

    return (total(MANY) - total(FEW)) / (MANY - FEW)


def main():
    program, sandbox = sys.argv[1:]
    if subprocess.run(["sh", "-c", "command -v valgrind"], capture_output=True).returncode:
        print("skip instructions: valgrind is not installed")
        return 0
    alone = {blocks: count(program, "blocks", str(blocks)) for blocks in (1, 2, 3)}
    # The same program would take some sixty with the processor's own instructions.
    portable = alone[2] - alone[1] > 500
    print(f"{'ok  ' if portable else 'FAIL'} without the SHA instructions of a processor, a block is hashed in software")
    server = subprocess.Popen([sandbox, "--exit-with-parent"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    address = server.stdout.readline().split()[-1]
    failed = int(not portable)
    for way, what, blocks, most in WAYS:
        counted = count(program, way, *([address] if way == "client" else []))
        counted -= sum(alone[many] * often for many, often in blocks)
        good = counted <= most
        failed += not good
        print(f"{'ok  ' if good else 'FAIL'} {what}: {counted:.0f} instructions outside the blocks, {most} at most")
    server.communicate()
    print(f"instructions: {len(WAYS) + 1 - failed} passed, {failed} failed")
    return min(failed, 1)


if __name__ == "__main__":
    os.environ.pop("RUST_LOG", None)
    sys.exit(main())
