#!/usr/bin/env python3
"""Checks what a program gets with the preload library: no other library, no name but the public.

  tools/check_shared_library.py LIBRARY VERSION_SCRIPT
"""

import fnmatch
import re
import subprocess
import sys

# dlopen places a library's initial-exec TLS in what glibc keeps spare, of which 512 bytes are
# promised by default (glibc.rtld.optional_static_tls), shared by all libraries loaded so.
TLS_BYTES = 512


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def patterns(version_script):
    """The names, or patterns, that a version script lists after `global:`."""
    text = re.sub(r"/\*.*?\*/|#[^\n]*", "", version_script, flags=re.DOTALL)
    names = re.search(r"global:(.*?)local:\s*\*;", text, flags=re.DOTALL)
    if not names:
        sys.exit("the version script has no 'global: ... local: *;'")
    return [name for name in re.split(r"[;\s]+", names.group(1)) if name]


def symbol_faults(exported, listed):
    """Exported names that are not listed, and listed ones that are not exported."""
    faults = [
        "exports %s, which the version script does not list" % name
        for name in exported
        if not any(fnmatch.fnmatchcase(name, pattern) for pattern in listed)
    ]
    return faults + [
        "does not export %s, which the version script lists" % pattern
        for pattern in listed
        if not fnmatch.filter(exported, pattern)
    ]


def dynamic_faults(dynamic):
    """Faults in what `readelf -dW` prints."""
    faults = []
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)
    if needed != ["libc.so.6"]:
        faults.append("needs %s, not libc.so.6 alone" % (", ".join(needed) or "no library"))
    if not re.search(r"\(FLAGS_1\).*\bNOW\b", dynamic):
        faults.append("is not bound at start (-z now)")
    if "TEXTREL" in dynamic:
        faults.append("has relocations in its code")
    return faults


def segment_faults(segments):
    """Faults in what `readelf -lW` prints."""
    faults = []
    if "GNU_RELRO" not in segments:
        faults.append("has no read-only relocations (-z relro)")
    tls = re.search(r"^\s*TLS\s+(?:0x\S+\s+){4}(0x[0-9a-f]+)", segments, flags=re.MULTILINE)
    size = int(tls.group(1), 16) if tls else 0
    if size > TLS_BYTES:
        faults.append("has %d bytes of static TLS, more than %d" % (size, TLS_BYTES))
    return faults


def main(library, version_script):
    with open(version_script, encoding="utf-8") as script:
        listed = patterns(script.read())
    lines = output("nm", "-D", "--defined-only", "--without-symbol-versions", library).splitlines()
    exported = [line.split()[-1] for line in lines]
    faults = symbol_faults(exported, listed)
    faults += dynamic_faults(output("readelf", "-dW", library))
    faults += segment_faults(output("readelf", "-lW", library))
    if faults:
        sys.exit("\n".join("%s %s" % (library, fault) for fault in faults))
    print("%s: %d names, libc.so.6 alone: all in order" % (library, len(exported)))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
