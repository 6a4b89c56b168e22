"""Variants of hakmem: which there are, how a build chooses one, how one build gets several.

A variant is a value for each define in VARIANT_DEFINES. It is chosen for a whole build with
`--define header_classidx=1`, or for one target within a build with the rules below. The chosen
values reach C++ as macros, always defined, through //tools:variant, on which core:config depends
and nothing else should: core/config.h turns the macros into constants.

Bazel 4.2.3 refuses a transition on `--define`. So each define has a build setting of the same name
in //tools: empty, it means "what --define says"; hakmem_variant's transition fills it.
"""

load("@rules_cc//cc:defs.bzl", "CcInfo", "cc_common")

# Define -> its macro, and what the macro is for each value. The first value is the default.
VARIANT_DEFINES = {
    "hardened": ("HAKMEM_HARDENED", {"0": 0, "1": 1}),
    "header_classidx": ("HAKMEM_HEADER_CLASSIDX", {"0": 0, "1": 1}),
    "header_guard": ("HAKMEM_HEADER_GUARD", {"range": 0, "hybrid": 1, "mincore": 2}),
    "size_classes": ("HAKMEM_SIZE_CLASSES_POW2", {"fine": 0, "pow2": 1}),
    "stats": ("HAKMEM_STATS", {"0": 0, "1": 1}),
    "validate": ("HAKMEM_VALIDATE", {"0": 0, "1": 1}),
}

# The variants that have a name; each says all that lays out the heap, whatever the build's own
# variant is. .bazelrc has a --config for each but map, which is the default.
VARIANTS = {
    "header": {"header_classidx": "1", "header_guard": "range", "size_classes": "fine"},
    "map": {"header_classidx": "0", "header_guard": "range", "size_classes": "fine"},
    "phase7": {"header_classidx": "1", "header_guard": "hybrid", "size_classes": "pow2"},
}

# ---------------------------------------------------------------- choosing: --define to macro

VariantValueInfo = provider(
    doc = "The value that a define has in this configuration.",
    fields = ["value"],
)

def _checked(define, value, source):
    """Returns value if the define can have it, else fails with a sentence."""
    if define not in VARIANT_DEFINES:
        fail("%s: there is no define %s; there are %s." %
             (source, define, ", ".join(VARIANT_DEFINES.keys())))
    values = VARIANT_DEFINES[define][1].keys()
    if value not in values:
        fail("%s: %s is one of %s (the first is the default), not '%s'." %
             (source, define, ", ".join(values), value))
    return value

def _variant_value_impl(ctx):
    define = ctx.label.name
    value = ctx.build_setting_value or ctx.var.get(define)
    if value == None:
        value = VARIANT_DEFINES[define][1].keys()[0]
    return [
        VariantValueInfo(value = _checked(define, value, "--define %s=%s" % (define, value))),
        config_common.FeatureFlagInfo(value = value),
    ]

_variant_value = rule(
    implementation = _variant_value_impl,
    build_setting = config.string(flag = True),
    doc = "The value of the define that has the target's name, for rules and for config_settings.",
)

def hakmem_variant_macros(defines):
    """The macros of a variant.

    Args:
      defines: defines and their values.

    Returns:
      A list of MACRO=NUMBER.
    """
    macros = []
    for define, value in defines.items():
        macro, values = VARIANT_DEFINES[define]
        macros.append("%s=%d" % (macro, values[value]))
    return macros

def _variant_macros_impl(ctx):
    macros = hakmem_variant_macros({
        dep.label.name: dep[VariantValueInfo].value
        for dep in ctx.attr.values
    })
    return [CcInfo(
        compilation_context = cc_common.create_compilation_context(defines = depset(macros)),
    )]

_variant_macros = rule(
    implementation = _variant_macros_impl,
    attrs = {"values": attr.label_list(providers = [VariantValueInfo])},
    doc = "Gives a cc_library that depends on it, and those that depend on that, the macros.",
    provides = [CcInfo],
)

def hakmem_variant_targets(name, visibility):
    """The one target that carries the macros, and a build setting for each define.

    Args:
      name: the target for core:config to depend on.
      visibility: who may see that target; all of the workspace sees the settings.
    """
    for define in VARIANT_DEFINES:
        _variant_value(
            name = define,
            build_setting_default = "",
            visibility = ["//:__subpackages__"],
        )
    _variant_macros(
        name = name,
        values = [":" + define for define in VARIANT_DEFINES],
        visibility = visibility,
    )

# ---------------------------------------------------------------- several variants in one build

_SETTINGS = ["//tools:" + define for define in VARIANT_DEFINES]

def _variant_transition_impl(settings, attr):
    chosen = dict(settings)
    for define, value in attr.defines.items():
        chosen["//tools:" + define] = _checked(define, value, attr.name)
    return chosen

_variant_transition = transition(
    implementation = _variant_transition_impl,
    inputs = _SETTINGS,
    outputs = _SETTINGS,
)

_TRANSITION_ATTRS = {
    "defines": attr.string_dict(
        mandatory = True,
        doc = "The defines that differ from the rest of the build, and their values.",
    ),
    "target": attr.label(mandatory = True, cfg = _variant_transition),
    "_allowlist_function_transition": attr.label(
        default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
    ),
}

def _only_target(ctx):
    """The target in its new configuration; an attribute with a transition is always a list."""
    return ctx.attr.target[0]

def _link(ctx, file, executable):
    """Declares a file with the name of this target, a link to one in the other configuration."""
    link = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = link, target_file = file, is_executable = executable)
    return link

def _hakmem_variant_impl(ctx):
    files = _only_target(ctx)[DefaultInfo].files.to_list()
    if len(files) != 1:
        fail("target %s makes %d files; hakmem_variant renames exactly one" %
             (_only_target(ctx).label, len(files)))
    link = _link(ctx, files[0], executable = False)

    # Not the target's own runfiles: they have the path of, and would replace, the same files of
    # this build's variant in the runfiles of a test that uses both.
    return [DefaultInfo(files = depset([link]), runfiles = ctx.runfiles([link]))]

hakmem_variant = rule(
    implementation = _hakmem_variant_impl,
    attrs = _TRANSITION_ATTRS,
    doc = "The one file that `target` makes, built in another variant, under this target's name.",
)

def _hakmem_variant_test_impl(ctx):
    target = _only_target(ctx)[DefaultInfo]
    link = _link(ctx, target.files_to_run.executable, executable = True)
    return [DefaultInfo(
        executable = link,
        files = depset([link]),
        runfiles = ctx.runfiles([link]).merge(target.default_runfiles),
    )]

hakmem_variant_test = rule(
    implementation = _hakmem_variant_test_impl,
    attrs = _TRANSITION_ATTRS,
    doc = "Runs the test `target`, built in another variant. args, size and tags are this rule's own.",
    test = True,
)
