/* hakmem: the public C interface, under names of its own.
 *
 * Every function here is thread-safe, and safe in the child of fork(). None is async-signal-safe.
 * Blocks of hak_malloc and of malloc (where hakmem replaces it) come from the same heap and may be
 * freed through either name. Sizes and alignments are in bytes.
 *
 * A pointer that hakmem did not hand out ends the program, with one line on stderr and abort(),
 * whichever function is given it as a block. With HAKMEM_ON_ERROR=warn there is the line alone:
 * nothing is freed then, hak_realloc allocates anew, and hak_usable_size is 0.
 *
 * Where a rule comes from a standard: ISO C17 7.22.3 (memory management), C23 7.24.3 (free_sized,
 * free_aligned_sized), POSIX.1-2017 posix_memalign, and glibc's manual for the rest.
 */
#ifndef HAKMEM_BOX_HAKMEM_H_
#define HAKMEM_BOX_HAKMEM_H_

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HAKMEM_PUBLIC __attribute__((visibility("default")))

/* A block of at least `size` bytes, aligned to 16, or to 8 when `size` <= 8. The contents are
 * indeterminate. hak_malloc(0) is a unique block. On failure, or for a size above PTRDIFF_MAX:
 * NULL, and errno is ENOMEM. */
HAKMEM_PUBLIC void* hak_malloc(size_t size);

/* `count * size` zeroed bytes, aligned as hak_malloc's. NULL and ENOMEM when the product overflows,
 * or hak_malloc would fail. */
HAKMEM_PUBLIC void* hak_calloc(size_t count, size_t size);

/* Changes the size of block `p`, keeping the first min(old, new) bytes; the block may move.
 * hak_realloc(NULL, n) is hak_malloc(n); hak_realloc(p, 0) frees p and returns NULL, as glibc does.
 * On failure: NULL, errno is ENOMEM, and `p` is untouched. */
HAKMEM_PUBLIC void* hak_realloc(void* p, size_t size);

/* hak_realloc(p, count * size), refused with ENOMEM when the product overflows. */
HAKMEM_PUBLIC void* hak_reallocarray(void* p, size_t count, size_t size);

/* A block whose address is a multiple of `alignment`, a power of two (else NULL and EINVAL). `size`
 * need not be a multiple of it. NULL and ENOMEM when memory is exhausted, or either is above
 * PTRDIFF_MAX. */
HAKMEM_PUBLIC void* hak_aligned_alloc(size_t alignment, size_t size);

/* As hak_aligned_alloc, but returns 0, EINVAL or ENOMEM, leaves errno alone, and `alignment` must
 * also be a multiple of sizeof(void*). `*out` changes on success only. */
HAKMEM_PUBLIC int hak_posix_memalign(void** out, size_t alignment, size_t size);

/* Returns block `p` to the heap; NULL does nothing. errno is untouched. */
HAKMEM_PUBLIC void hak_free(void* p);

/* hak_free for a caller who knows the size it asked for (and the alignment); they are not checked.
 */
HAKMEM_PUBLIC void hak_free_sized(void* p, size_t size);
HAKMEM_PUBLIC void hak_free_aligned_sized(void* p, size_t alignment, size_t size);

/* How many bytes of block `p` the caller may use: at least what was asked for. 0 for NULL. */
HAKMEM_PUBLIC size_t hak_usable_size(const void* p);

/* 1 if `p` points into memory that hakmem manages, whether or not a block is live there, else 0.
 * Never touches the memory. */
HAKMEM_PUBLIC int hak_owns(const void* p);

/* Gives every page that holds no live block back to the kernel, after emptying the calling thread's
 * cache; not what other threads keep: blocks in their caches, and slabs and runs of their heaps.
 * Returns how many bytes went back meanwhile. */
HAKMEM_PUBLIC size_t hak_purge(void);

/* Has memory go back whether or not the program calls hakmem: starts a thread that does so in the
 * place of its calls, from a tenth of a second after it took memory last on, unless it runs
 * already. It gets no signals, and keeps the process from ending as little as hakmem itself. With
 * the preload library the first pthread_create() or thrd_create() of a program does this. Returns 1
 * when there is such a thread; 0 with HAKMEM_BACKGROUND_PURGE=0, under a limit on address space,
 * while every call is observed (HAKMEM_SIZE_HIST, HAKMEM_MEM_TRACE), once the process's first
 * thread has ended, or when the system makes none. The child of a fork has none until it asks for
 * one. */
HAKMEM_PUBLIC int hak_purge_in_background(void);

/* Writes the state of the heap as one JSON object and a terminating NUL into `buffer`, cut at
 * `capacity`. Returns the length the whole text has without the NUL, as snprintf does. Allocates
 * nothing. Figures of running threads are a moment's, not a consistent cut. */
HAKMEM_PUBLIC size_t hak_stats(char* buffer, size_t capacity);

/* Prints the same figures as a table to file descriptor `fd`. Allocates nothing. */
HAKMEM_PUBLIC void hak_stats_print(int fd);

/* The version and the variant, as "0.1.0 (map, fine)"; a static string. */
HAKMEM_PUBLIC const char* hak_version(void);

#ifdef __cplusplus
}
#endif

#endif /* HAKMEM_BOX_HAKMEM_H_ */
