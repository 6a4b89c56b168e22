"""Whole-program tests: each runs a program with and without a preload library."""

# The libraries that every program is run under: what is appended to a test's name, the library, and
# further tags. The first is the build's own variant, whichever that is. "variant" as in
# tools/variants.bzl: for the default build only, since the others are a variant already.
_LIBRARIES = [
    ("", "//box:libhakmem.so", []),
    ("_header", ":libhakmem_header.so", ["variant"]),
]

def program_tests(name, script = None, args = [], data = [], **kwargs):
    """Declares NAME_test and NAME_test_header, for libhakmem.so and its header variant.

    Their tags: preload, because they set LD_PRELOAD, which no sanitizer puts up with; programs,
    because they are slow where the library is.

    Args:
      name: the program, as a rule.
      script: a script that sources common.sh; NAME_test.sh by default.
      args: the script's arguments after the library.
      data: files that it needs besides common.sh.
      **kwargs: of both tests.
    """
    for suffix, library, tags in _LIBRARIES:
        native.sh_test(
            name = name + "_test" + suffix,
            size = "medium",
            srcs = [script or name + "_test.sh"],
            args = ["$(location %s)" % library] + args,
            data = data + ["common.sh", library],
            tags = ["preload", "programs"] + tags,
            **kwargs
        )
