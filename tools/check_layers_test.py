#!/usr/bin/env python3
"""Tests of check_layers.py on small graphs."""

import unittest

import check_layers


def graph(*rules):
    """XML as bazel query prints it, of (class, label, inputs, visibility, testonly)."""
    text = '<?xml version="1.1" encoding="UTF-8" standalone="no"?>\n<query version="2">'
    for kind, label, inputs, visibility, testonly in rules:
        text += '<rule class="%s" name="%s"><list name="visibility">' % (kind, label)
        text += "".join('<label value="%s"/>' % v for v in visibility)
        text += '</list><boolean name="testonly" value="%s"/>' % ("true" if testonly else "false")
        text += "".join('<rule-input name="%s"/>' % i for i in inputs)
        text += "</rule>"
    return text + "</query>"


def library(label, *inputs, visibility=("//visibility:private",), testonly=False):
    return ("cc_library", label, inputs, visibility, testonly)


def faults(*rules):
    return check_layers.check(check_layers.read_rules(graph(*rules)))


class EdgesTest(unittest.TestCase):
    def test_downward_and_inner_edges_are_in_order(self):
        self.assertEqual(
            faults(
                library("//core:config", "//core:config.h", "//tools:variant"),
                library("//superslab:slab", "//core:config"),
                library("//tiny:cache", "//superslab:slab", "//tiny:classes"),
                library("//box:free", "//tiny:cache", "//mid:pool", "//core:config"),
                library("//bench/harness:run", "//box:hakmem_api"),
            ),
            [],
        )

    def test_upward_edge(self):
        found = faults(library("//core:config", "//tiny:cache"))
        self.assertEqual(len(found), 1)
        self.assertIn("//core:config -> //tiny:cache", found[0])
        self.assertIn("upward", found[0])

    def test_tests_obey_too(self):
        found = faults(("cc_test", "//mid:pool_test", ["//box:hakmem_api"], [], False))
        self.assertIn("upward", found[0])

    def test_sideways_edge(self):
        self.assertIn("of one layer", faults(library("//tiny:cache", "//mid:pool"))[0])

    def test_unknown_folder(self):
        self.assertIn("in no layer", faults(library("//extra:x", "//core:config"))[0])

    def test_external_code(self):
        strings = "@com_google_absl//absl/strings:strings"
        self.assertIn("external", faults(library("//tiny:cache", strings))[0])
        self.assertEqual(faults(library("//tiny:fake", strings, testonly=True)), [])
        self.assertEqual(faults(("cc_test", "//tiny:cache_test", [strings], [], False)), [])
        self.assertEqual(faults(library("//bench:report", strings)), [])
        headers = "@com_google_absl//absl/base:core_headers"
        self.assertEqual(faults(library("//tiny:cache", headers, "@bazel_tools//x:y")), [])


class IncludesTest(unittest.TestCase):
    @staticmethod
    def faults(*inputs):
        def rule(label, files, inputs):
            folder, _, _ = label[2:].partition(":")
            lists = "".join(
                '<list name="%s"><label value="//%s:%s"/></list>' % (name, folder, file)
                for name, file in files
            )
            edges = "".join('<rule-input name="%s"/>' % i for i in inputs)
            return '<rule class="cc_library" name="%s">%s%s</rule>' % (label, lists, edges)

        text = '<query version="2">%s%s</query>' % (
            rule("//core:lock", [("hdrs", "lock.h")], []),
            rule("//mid:pool", [("srcs", "pool.cc"), ("hdrs", "pool.h")], inputs),
        )
        sources = {
            "core/lock.h": "",
            "mid/pool.h": "",
            "mid/pool.cc": '#include "mid/pool.h"\n#include <new>\n#include "core/lock.h"\n',
        }
        return check_layers.include_faults(check_layers.read_rules(text), sources.get)

    def test_direct_dependency(self):
        self.assertEqual(self.faults("//core:lock"), [])

    def test_undeclared_dependency(self):
        self.assertEqual(len(self.faults("//core:other")), 1)
        self.assertIn("mid/pool.cc includes core/lock.h", self.faults()[0])


class VisibilityTest(unittest.TestCase):
    def test_public_library(self):
        for everyone in ["//visibility:public", "//:__subpackages__"]:
            found = faults(library("//tiny:cache", visibility=[everyone]))
            self.assertEqual(len(found), 1)
            self.assertIn("visible to all", found[0])

    def test_named_packages(self):
        self.assertEqual(faults(library("//tiny:cache", visibility=["//box:__pkg__"])), [])

    def test_what_hakmem_offers(self):
        self.assertEqual(faults(library("//box:hakmem", visibility=["//visibility:public"])), [])


if __name__ == "__main__":
    unittest.main()
