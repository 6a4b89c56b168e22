#!/usr/bin/env python3
"""Tests of check_shared_library.py on what binutils print."""

import unittest

import check_shared_library as check

DYNAMIC = """
 0x0000000000000001 (NEEDED)             Shared library: [libc.so.6]
 0x000000006ffffffb (FLAGS_1)            Flags: NOW
"""
SEGMENTS = """
  TLS            0x002dc8 0x0000000000003dc8 0x0000000000003dc8 0x000000 %s R   0x8
  GNU_RELRO      0x002dc8 0x0000000000003dc8 0x0000000000003dc8 0x000238 0x000238 R   0x1
"""


class VersionScriptTest(unittest.TestCase):
    def test_patterns(self):
        script = "{\n  global:\n    malloc; /* C: */ hak_*;  # and C++\n _Znwm;\n  local: *;\n};"
        self.assertEqual(check.patterns(script), ["malloc", "hak_*", "_Znwm"])

    def test_symbols(self):
        listed = ["malloc", "hak_*"]
        self.assertEqual(check.symbol_faults(["malloc", "hak_free"], listed), [])
        self.assertIn("exports Fill", check.symbol_faults(["malloc", "hak_x", "Fill"], listed)[0])
        self.assertIn("does not export malloc", check.symbol_faults(["hak_x"], listed)[0])


class ReadelfTest(unittest.TestCase):
    def test_in_order(self):
        self.assertEqual(check.dynamic_faults(DYNAMIC), [])
        self.assertEqual(check.segment_faults(SEGMENTS % "0x000200"), [])

    def test_needs_another_library(self):
        dynamic = DYNAMIC + " 0x1 (NEEDED)  Shared library: [libstdc++.so.6]\n"
        self.assertIn("libstdc++.so.6", check.dynamic_faults(dynamic)[0])

    def test_lazy_binding_and_code_relocations(self):
        dynamic = DYNAMIC.replace("NOW", "") + " 0x16 (TEXTREL)  0x0\n"
        self.assertEqual(len(check.dynamic_faults(dynamic)), 2)

    def test_thread_local_storage(self):
        self.assertIn("513 bytes", check.segment_faults(SEGMENTS % "0x000201")[0])

    def test_relro(self):
        self.assertIn("relro", check.segment_faults("  LOAD  0x0 0x0 0x0 0x6b0 0x6b0 R 0x1000")[0])


if __name__ == "__main__":
    unittest.main()
