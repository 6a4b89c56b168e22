#!/usr/bin/env python3
"""Checks that each --config of a variant in .bazelrc sets what VARIANTS (variants.bzl) says.

  bazelrc_test.py .bazelrc DEFAULT NAME:DEFINE=VALUE[,DEFINE=VALUE...]...

DEFAULT is the name of the variant that needs no --config. Defines that have the same value in it
may be missing in .bazelrc.
"""

import re
import sys


def variant(argument):
    """NAME:DEFINE=VALUE,... as a name and a dictionary."""
    name, _, defines = argument.partition(":")
    return name, dict(define.split("=") for define in defines.split(","))


def main(bazelrc, default, *arguments):
    with open(bazelrc, encoding="utf-8") as file:
        lines = file.readlines()
    variants = dict(map(variant, arguments))
    wrong = []
    for name, defines in variants.items():
        expected = {
            define: value
            for define, value in defines.items()
            if value != variants[default][define]
        }
        found = {}
        for line in lines:
            if line.startswith("build:%s " % name):
                found.update(re.findall(r"--define=(\w+)=(\w+)", line))
        if found != expected:
            wrong.append("%s: .bazelrc has %s, VARIANTS %s" % (name, found, expected))
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main(*sys.argv[1:])
