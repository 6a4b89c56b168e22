"""The external repositories, made from files that Debian's packages install.

Nothing here downloads: every rule links what is already on the machine. See docs/building.md.
"""

_LIBRARY_FOLDER = "/usr/lib/x86_64-linux-gnu"

def _install(package):
    return "install the Debian package %s (./bazelw does it)" % package

def _require(rctx, path, package):
    """Fails with the name of the missing Debian package, rather than later with a missing header."""
    found = rctx.path(path)
    if not found.exists:
        fail("%s is not there: %s" % (path, _install(package)))
    return found

def _debian_rules_impl(rctx):
    root = _require(rctx, rctx.attr.path, rctx.attr.package)
    replaced = {path: label for label, path in rctx.attr.replace.items()}
    files = rctx.execute(["find", "-L", str(root), "-type", "f", "-printf", "%P\\n"])
    if files.return_code != 0:
        fail("cannot list %s: %s" % (root, files.stderr))
    for path in files.stdout.splitlines():
        if path not in replaced:
            rctx.symlink("%s/%s" % (root, path), path)
    for path, label in replaced.items():
        rctx.symlink(label, path)

debian_rules = repository_rule(
    implementation = _debian_rules_impl,
    attrs = {
        "package": attr.string(mandatory = True, doc = "The Debian package, for the error message."),
        "path": attr.string(mandatory = True, doc = "Where the package puts its files."),
        "replace": attr.label_keyed_string_dict(
            doc = "Our file -> the path in the repository that it takes the place of.",
        ),
    },
    doc = "A rule set from a Debian package: its files as links, some replaced by ours.",
    local = True,
)

def _debian_library_impl(rctx):
    for header in rctx.attr.headers:
        rctx.symlink(
            _require(rctx, "/usr/include/" + header, rctx.attr.package),
            "include/" + header,
        )
    for pattern in rctx.attr.archives:
        found = rctx.execute(["find", _LIBRARY_FOLDER, "-maxdepth", "1", "-name", pattern])
        if found.return_code != 0 or not found.stdout:
            fail("%s has no %s: %s" % (_LIBRARY_FOLDER, pattern, _install(rctx.attr.package)))
        for path in found.stdout.splitlines():
            rctx.symlink(path, "lib/" + path.rpartition("/")[2])
    rctx.file("WORKSPACE", "workspace(name = \"%s\")\n" % rctx.name)
    rctx.symlink(rctx.attr.build_file, "BUILD.bazel")

    packages = {}
    for label, actual in rctx.attr.aliases.items():
        package, _, name = label.partition(":")
        packages.setdefault(package, []).append((name, actual))
    for package, targets in packages.items():
        rctx.file(package + "/BUILD.bazel", "".join([
            "alias(name = \"%s\", actual = \"%s\", visibility = [\"//visibility:public\"])\n" % target
            for target in sorted(targets)
        ]))

debian_library = repository_rule(
    implementation = _debian_library_impl,
    attrs = {
        "aliases": attr.string_dict(
            doc = "Further names, \"package:target\", and the target of build_file that each stands for.",
        ),
        "archives": attr.string_list(doc = "Libraries, by file name pattern; they appear in lib/."),
        "build_file": attr.label(mandatory = True, doc = "The repository's top BUILD file."),
        "headers": attr.string_list(doc = "Files or folders of /usr/include; they appear in include/."),
        "package": attr.string(mandatory = True, doc = "The Debian package, for the error message."),
    },
    doc = "A C++ library from a Debian package: headers and archives as links, and our BUILD file.",
    local = True,
)
