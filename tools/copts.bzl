"""How the allocator's own code is compiled and linked."""

# For every cc_library whose code ends up in libhakmem.so.
HAKMEM_COPTS = [
    # No code path may allocate, or need a library other than libc.
    "-fno-exceptions",
    "-fno-rtti",
    "-fno-threadsafe-statics",
    # A compiler turns malloc and memset into calloc, and drops a malloc whose result is unused:
    # wrong where malloc is what is being defined.
    "-fno-builtin-malloc",
    "-fno-builtin-calloc",
    "-fno-builtin-realloc",
    "-fno-builtin-free",
    "-fno-builtin-aligned_alloc",
    "-fno-builtin-memalign",
    "-fno-builtin-posix_memalign",
    # Only what says so is exported, and thread-local state is one instruction away.
    "-fvisibility=hidden",
    "-ftls-model=initial-exec",
    "-fno-plt",
    # The toolchain's defaults, -fno-omit-frame-pointer and -fstack-protector, cost the hit path.
    "-fomit-frame-pointer",
    "-fno-stack-protector",
]

# For what is malloc, free and operator new to the program. A malloc and free of 64 bytes takes 8% more
# or less by where in a cache line the functions begin.
HAKMEM_HIT_PATH_COPTS = HAKMEM_COPTS + ["-falign-functions=64"]

# For libhakmem.so, which needs libc.so.6 and nothing else. tools/check_shared_library.py checks it.
#
# The toolchain ends every link line with -lstdc++ -lm, after these options. --as-needed keeps out
# what nothing refers to, and nothing may: gcc 12 does not know -nostdlib++.
HAKMEM_SO_LINKOPTS = [
    # ld.gold, the toolchain's choice, lists thread-local variables of hidden visibility in .dynsym.
    "-fuse-ld=bfd",
    "-nodefaultlibs",
    "-Wl,--as-needed",
    "-lgcc",
    "-lc",
    "-Wl,-z,defs",
    "-Wl,-z,now",
    "-Wl,-z,relro",
    # Code and constants in one mapping: two system calls and two page faults less for each process.
    # The price is that constants are executable, 30 KB of them.
    "-Wl,-z,noseparate-code",
    # A thread that used the library keeps its exit hook: dlclose() must not take the code away.
    "-Wl,-z,nodelete",
    "-Wl,--gc-sections",
    "-Wl,--hash-style=gnu",
]

# For targets that are meaningless under a sanitizer, which replaces malloc itself: the shared
# library, and so (Bazel sees to it) whatever has it as data. `bazel test //...` skips them there.
HAKMEM_NOT_SANITIZED = select({
    "//tools:sanitized": ["//tools:no_sanitizer"],
    "//conditions:default": [],
})
