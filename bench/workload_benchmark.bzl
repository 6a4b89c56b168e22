"""A benchmark of a workload: a runner, and the worker that it starts under every allocator."""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_library", "cc_test")
load("//bench/harness:copts.bzl", "WORKER_COPTS", "WORKER_LINKOPTS")

def _library(name, copts = [], deps = [], tags = []):
    """The cc_library `name` and its test beside it."""
    cc_library(
        name = name,
        srcs = [name + ".cc"],
        hdrs = [name + ".h"],
        copts = copts,
        deps = deps,
    )
    cc_test(
        name = name + "_test",
        size = "small",
        srcs = [name + "_test.cc"],
        tags = tags,
        deps = [
            ":" + name,
            "@com_google_googletest//:gtest_main",
        ],
    )

def _program_test(name, program, deps, tags):
    """The cc_test `name`, with a main function of its own, which runs `program`."""
    cc_test(
        name = name,
        size = "small",
        srcs = [name + ".cc"],
        data = [program],
        tags = tags,
        deps = deps + [
            "//bench/harness:runfiles",
            "@com_google_googletest//:gtest",
        ],
    )

def workload_benchmark(name, allocators, workload_deps = []):
    """A benchmark and all its tests: NAME_args, NAME_workload, NAME_worker, NAME_plan and NAME.

    Args:
      name: of the runner, and the stem of the file names.
      allocators: the libraries that the runner has at hand.
      workload_deps: what NAME_workload needs beyond the harness.
    """
    _library(
        name = name + "_args",
        copts = WORKER_COPTS,
        deps = [
            "//bench/harness:checked_block",
            "//bench/harness:number_arguments",
            "//bench/harness:worker_threads",
        ],
    )
    _library(
        name = name + "_workload",
        copts = WORKER_COPTS,
        tags = ["concurrency"],
        deps = workload_deps + [
            ":%s_args" % name,
            "//bench/harness:checked_block",
            "//bench/harness:random",
            "//bench/harness:worker_threads",
        ],
    )
    cc_binary(
        name = name + "_worker",
        srcs = [name + "_worker.cc"],
        copts = WORKER_COPTS,
        linkopts = WORKER_LINKOPTS,
        visibility = ["//bench/compare:__pkg__"],
        deps = [
            ":%s_args" % name,
            ":%s_workload" % name,
            "//bench/harness:number_arguments",
            "//bench/harness:worker_report",
        ],
    )
    _program_test(
        name = name + "_worker_test",
        program = ":%s_worker" % name,
        tags = ["concurrency"],
        deps = [
            "//bench/harness:comparison",
            "//bench/harness:peers",
            "@com_google_absl//absl/status:statusor",
        ],
    )
    _library(
        name = name + "_plan",
        deps = [
            ":%s_args" % name,
            "//bench/harness:comparison",
            "//bench/harness:number_arguments",
            "//bench/harness:report",
            "@com_google_absl//absl/status",
            "@com_google_absl//absl/status:statusor",
            "@com_google_absl//absl/strings",
        ],
    )
    cc_binary(
        name = name,
        srcs = [name + ".cc"],
        data = [":%s_worker" % name] + allocators,
        deps = [
            ":%s_plan" % name,
            "//bench/harness:command_line",
            "//bench/harness:report",
            "//bench/harness:runner",
            "@com_google_absl//absl/flags:flag",
            "@com_google_absl//absl/status:statusor",
        ],
    )
    _program_test(
        name = name + "_test",
        program = ":" + name,
        tags = ["preload"],
        deps = ["//bench/harness:run_program"],
    )
