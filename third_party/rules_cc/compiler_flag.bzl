"""Stands in for the file of the same name in rules_cc 0.0.4.

That one asks bazel_tools for `use_cpp_toolchain`, which Bazel 4.2.3 does not have. No target here
uses the rule; it only has to load.
"""

load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

def _compiler_flag_impl(ctx):
    return [config_common.FeatureFlagInfo(value = find_cpp_toolchain(ctx).compiler)]

compiler_flag = rule(
    implementation = _compiler_flag_impl,
    attrs = {
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
    },
    doc = "Lets a select() tell compilers apart.",
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)
