"""ctypes calling the C library's allocator and callbacks, big buffers, mmap, decimal, regexps."""

import array
import ctypes
import decimal
import hashlib
import mmap
import re

libc = ctypes.CDLL(None, use_errno=True)
libc.malloc.restype = libc.calloc.restype = libc.realloc.restype = ctypes.c_void_p
libc.aligned_alloc.restype = libc.strdup.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.calloc.argtypes = libc.aligned_alloc.argtypes = [ctypes.c_size_t, ctypes.c_size_t]
libc.realloc.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
libc.strdup.argtypes = [ctypes.c_char_p]

for size in (1, 8, 24, 100, 1024, 1025, 5000, 70000, 3 << 20):
    p = libc.malloc(size)
    ctypes.memset(p, size & 255, size)
    p = libc.realloc(p, 3 * size)
    same = ctypes.string_at(p, size) == bytes([size & 255]) * size
    libc.free(p)
    q = libc.calloc(size, 3)
    zero = not any(ctypes.string_at(q, 3 * size))
    libc.free(q)
    r = libc.aligned_alloc(256, size)
    print("block", size, same, zero, r % 256)
    libc.free(r)
text = libc.strdup(b"a copy made by the C library")
print(ctypes.string_at(text).decode())
libc.free(text)
print("impossible", libc.malloc((1 << 63) - 1), ctypes.get_errno(), libc.calloc(1 << 40, 1 << 40))

compare_type = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
numbers = (ctypes.c_int * 3000)(*[(i * 7919) % 3001 for i in range(3000)])
libc.qsort(numbers, len(numbers), ctypes.sizeof(ctypes.c_int),
           compare_type(lambda a, b: len("." * (a[0] % 9)) * 0 + a[0] - b[0]))
print("qsort", list(numbers) == sorted(numbers))

try:
    bytearray((1 << 63) - 1)
except MemoryError:
    print("MemoryError")
big = [bytearray(1 << 20) for _ in range(40)]
for index, buffer in enumerate(big):
    buffer[index] = index
    buffer.extend(b"end" * index)
print("big", hashlib.sha256(b"".join(bytes(b[:64]) + bytes(b[-8:]) for b in big)).hexdigest())
del big[::2]

numbers = array.array("q")
for i in range(300000):
    numbers.append(i * i)
print("array", hashlib.sha256(numbers.tobytes()).hexdigest())
with mmap.mmap(-1, 1 << 20) as mapping:
    mapping[1000:1005] = b"hello"
    print("mmap", mapping.find(b"llo"))

decimal.getcontext().prec = 400
print("decimal", str(decimal.Decimal(2).sqrt())[-20:], str(decimal.Decimal(3) ** 5000)[:20])
print("pow", hashlib.sha256(str(3 ** 8000).encode()).hexdigest())
story = " ".join("word%d=%x" % (i, i * i) for i in range(20000))
print("regexp", len(re.findall(r"(\w+?)(\d+)=([0-9a-f]*7)\b", story)),
      hashlib.sha256(re.sub(r"=(.)(.*?) ", r"<\2\1>", story).encode()).hexdigest())
