"""How the workers of the benchmarks are compiled and linked."""

# For the code that runs in a worker process, under the allocator that is measured.
WORKER_COPTS = [
    # A worker needs no library but libc, so that its memory is the workload's and the allocator's.
    "-fno-exceptions",
    "-fno-rtti",
    # A compiler may drop a malloc whose block it can see freed. What is counted has to be done.
    "-fno-builtin-malloc",
    "-fno-builtin-calloc",
    "-fno-builtin-realloc",
    "-fno-builtin-free",
]

# For the worker programs. The toolchain ends every link line with -lstdc++ -lm, after these.
WORKER_LINKOPTS = [
    "-Wl,--as-needed",
    "-pthread",
]
