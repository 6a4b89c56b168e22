"""Abseil's target names, as upstream has them, over the two targets of absl.BUILD."""

# Targets that upstream, too, has without a source file.
_HEADER_ONLY = {
    "absl/algorithm": ["algorithm", "container"],
    "absl/base": ["config", "core_headers", "dynamic_annotations"],
    "absl/cleanup": ["cleanup"],
    "absl/container": ["fixed_array", "inlined_vector"],
    "absl/functional": ["any_invocable", "bind_front", "function_ref"],
    "absl/memory": ["memory"],
    "absl/meta": ["type_traits"],
    "absl/numeric": ["bits"],
    "absl/utility": ["utility"],
}

_WITH_CODE = {
    "absl/base": ["base", "log_severity"],
    "absl/container": ["btree", "flat_hash_map", "flat_hash_set", "node_hash_map", "node_hash_set"],
    "absl/debugging": ["failure_signal_handler", "leak_check", "stacktrace", "symbolize"],
    "absl/flags": ["commandlineflag", "config", "flag", "marshalling", "parse", "reflection", "usage"],
    "absl/hash": ["hash"],
    "absl/numeric": ["int128"],
    "absl/random": ["bit_gen_ref", "distributions", "random", "seed_sequences"],
    "absl/status": ["status", "statusor"],
    "absl/strings": ["cord", "str_format", "strings"],
    "absl/synchronization": ["synchronization"],
    "absl/time": ["time"],
    "absl/types": ["any", "compare", "optional", "span", "variant"],
}

ABSL_ALIASES = dict([
    ("%s:%s" % (package, target), "//:" + actual)
    for table, actual in [(_HEADER_ONLY, "headers"), (_WITH_CODE, "absl")]
    for package, targets in table.items()
    for target in targets
])
