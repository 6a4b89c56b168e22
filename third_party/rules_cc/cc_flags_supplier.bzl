"""Stands in for the file of the same name in rules_cc 0.0.4.

That one asks bazel_tools for `use_cpp_toolchain`, which Bazel 4.2.3 does not have. No target here
uses the rule; it only has to load.
"""

load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")
load("//cc:action_names.bzl", "CC_FLAGS_MAKE_VARIABLE_ACTION_NAME")

# In the repository that this file is linked into, it is a neighbour.
# buildifier: disable=bzl-visibility
load("//cc/private/rules_impl:cc_flags_supplier_lib.bzl", "build_cc_flags")

def _cc_flags_supplier_impl(ctx):
    flags = build_cc_flags(ctx, find_cpp_toolchain(ctx), CC_FLAGS_MAKE_VARIABLE_ACTION_NAME)
    return [platform_common.TemplateVariableInfo({"CC_FLAGS": flags})]

cc_flags_supplier = rule(
    implementation = _cc_flags_supplier_impl,
    attrs = {
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
    },
    doc = "Provides the CC_FLAGS Make variable.",
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)
