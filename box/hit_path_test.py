#!/usr/bin/env python3
"""Holds the hit path to its length: hit_path_test.py LIBRARY FUNCTION=INSTRUCTIONS ...

Follows each function from its entry to its first `ret`, branches not taken: gcc lays the hit path out
so. It must have at most so many instructions, call nothing and lock nothing, and begin with a cache
line.
"""

import re
import subprocess
import sys


def hit_path(library, function):
    """The address of `function`, and its instructions to its first ret, as text."""
    listing = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", "--disassemble=" + function, library],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    address = None
    path = []
    for line in listing.splitlines():
        match = re.match(r"\s+([0-9a-f]+):\s+(\S.*)", line)
        if not match:
            continue
        if address is None:
            address = int(match.group(1), 16)
        path.append(match.group(2))
        if path[-1].startswith("ret"):
            return address, path
    sys.exit("%s: no function %s that returns" % (library, function))


def main(library, *bounds):
    faults = []
    for bound in bounds:
        function, most = bound.split("=")
        address, path = hit_path(library, function)
        print("%s: %d instructions, at most %s" % (function, len(path), most))
        if len(path) > int(most):
            faults.append("%s has grown:\n  %s" % (function, "\n  ".join(path)))
        if address % 64 != 0:
            faults.append("%s begins at %#x, within a cache line" % (function, address))
        for instruction in path:
            if instruction.startswith(("call", "lock", "xchg %", "mfence")):
                faults.append("%s: %s on the hit path" % (function, instruction))
    if faults:
        sys.exit("\n".join(faults))


main(*sys.argv[1:])
