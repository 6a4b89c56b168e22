#!/usr/bin/env python3
"""Checks that the layers of the build point one way, and that visibility is narrow.

  tools/check_layers.py              # asks `bazel query` for every target of the workspace
  tools/check_layers.py GRAPH.xml    # reads what `bazel query --output=xml` has printed

The first form also checks that the allocator's libraries include headers of their direct
dependencies alone. Prints each offending edge, or library, with the rule that it breaks; fails when
there is one.
"""

import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

# A package may depend on its own layer's folder and on the layers before it; folders of the same
# layer do not know each other.
LAYERS = [
    ["core"],
    ["superslab"],
    ["tiny", "mid", "l25"],
    ["box"],
    ["bench", "testing"],
]

# Build support, no layer: every package may use it.
UNLAYERED = ["", "tools", "third_party"]

# What hakmem offers to others. Every other cc_library names the packages that see it.
PUBLIC = ["//box:hakmem", "//box:hakmem_api"]

# The only external targets that the allocator itself may use: they have no code, so they cannot
# allocate. Its tests (testonly, and test rules) may use any.
HEADERS_ONLY = ["@com_google_absl//absl/base:core_headers"]
ALLOCATOR = [folder for layer in LAYERS[:4] for folder in layer]

# Repositories that Bazel's own rules refer to.
IMPLICIT = ("@bazel_tools//", "@local_config_", "@rules_cc//", "@rules_java//")


class Rule:
    """One target: label, rule class, labels it depends on, visibility, sources, testonly."""

    def __init__(self, element):
        self.label = element.get("name")
        self.kind = element.get("class")
        self.inputs = [child.get("name") for child in element.findall("rule-input")]
        self.visibility = [
            label.get("value") for label in element.findall("list[@name='visibility']/label")
        ]
        self.headers = self.files(element, "hdrs")
        self.sources = self.files(element, "srcs") + self.headers
        testonly = element.find("boolean[@name='testonly']")
        self.for_tests = self.kind.endswith("_test") or (
            testonly is not None and testonly.get("value") == "true"
        )

    @staticmethod
    def files(element, attribute):
        """The files of an attribute, as paths in the workspace: //core:lock.h -> core/lock.h."""
        labels = element.findall("list[@name='%s']/label" % attribute)
        return [label.get("value")[2:].replace(":", "/") for label in labels]


def read_rules(text):
    """The rules of the main repository in the XML that bazel query prints."""
    # It says version 1.1, which Python's parser refuses; nothing in it needs more than 1.0.
    root = ElementTree.fromstring(text.replace('version="1.1"', 'version="1.0"', 1))
    return [rule for rule in map(Rule, root.findall("rule")) if rule.label.startswith("//")]


def folder_of(label):
    """The top-level folder of a label's package: //bench/harness:report -> bench."""
    return label[2:].partition(":")[0].partition("/")[0]


def layer_of(folder):
    """The number of a folder's layer, counted from the bottom; None when it is none of LAYERS."""
    for number, folders in enumerate(LAYERS):
        if folder in folders:
            return number
    return None


def edge_error(rule, target):
    """What is wrong with rule's dependency on the label target, or None."""
    folder = folder_of(rule.label)
    if target.startswith("@"):
        allowed = (
            folder not in ALLOCATOR
            or rule.for_tests
            or target.startswith(IMPLICIT)
            or target in HEADERS_ONLY
        )
        return None if allowed else "the allocator may use no external code but HEADERS_ONLY"
    below = folder_of(target)
    if folder == below or folder in UNLAYERED or below in UNLAYERED:
        return None
    upper, lower = layer_of(folder), layer_of(below)
    if upper is None or lower is None:
        return "%s is in no layer of tools/check_layers.py" % (folder if upper is None else below)
    if upper < lower:
        return "%s is below %s: the edge points upward" % (folder, below)
    if upper == lower:
        return "%s and %s are of one layer" % (folder, below)
    return None


def visibility_error(rule):
    """What is wrong with the visibility of a cc_library, or None."""
    if rule.kind != "cc_library" or rule.label in PUBLIC:
        return None
    wide = {"//visibility:public", "//:__subpackages__"} & set(rule.visibility)
    return "%s is not a named package" % wide.pop() if wide else None


def include_faults(rules, read):
    """The includes of the allocator's libraries that are of no direct dependency."""
    owners = {}
    for rule in rules:
        for header in rule.headers:
            owners.setdefault(header, []).append(rule.label)
    faults = []
    for rule in rules:
        if rule.kind != "cc_library" or rule.for_tests or folder_of(rule.label) not in ALLOCATOR:
            continue
        known = {rule.label, *rule.inputs}
        for source in rule.sources:
            for header in re.findall(r'^#include "([^"]+)"', read(source), re.MULTILINE):
                if header in rule.sources or header not in owners:
                    continue
                if not known.intersection(owners[header]):
                    faults.append(
                        "%s includes %s, but %s does not depend on %s"
                        % (source, header, rule.label, " or ".join(owners[header]))
                    )
    return faults


def read_file(path):
    """The text of a file of the workspace."""
    with open(path, encoding="utf-8") as file:
        return file.read()


def check(rules):
    """All that is wrong with the rules, a line for each fault."""
    faults = []
    for rule in rules:
        for target in sorted(set(rule.inputs)):
            error = edge_error(rule, target)
            if error:
                faults.append("%s -> %s: %s" % (rule.label, target, error))
        error = visibility_error(rule)
        if error:
            faults.append("%s is visible to all: %s" % (rule.label, error))
    return faults


def main(arguments):
    if arguments:
        text = read_file(arguments[0])
    else:
        query = ["bazel", "query", "--output=xml", "--noshow_progress", "//..."]
        text = subprocess.run(query, check=True, stdout=subprocess.PIPE, text=True).stdout
    rules = read_rules(text)
    libraries = sum(rule.kind == "cc_library" for rule in rules)
    if not libraries:
        sys.exit("check_layers: the graph has no cc_library, so there is nothing to check")
    faults = check(rules) + ([] if arguments else include_faults(rules, read_file))
    if faults:
        sys.exit("\n".join(faults + ["check_layers: %d faults" % len(faults)]))
    print("check_layers: %d rules, %d of them cc_library: all in order" % (len(rules), libraries))


if __name__ == "__main__":
    main(sys.argv[1:])
