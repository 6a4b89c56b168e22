// A library that takes room in the static thread-local storage, as libgomp or libGL do. Built three
// times, for dlopen_test.

extern "C" {

__attribute__((tls_model("initial-exec"))) thread_local unsigned char static_tls_bytes[96] = {1};

// The first byte, after an increment.
unsigned IncrementStaticTls() { return ++static_tls_bytes[0]; }
}
