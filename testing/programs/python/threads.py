"""Threads that pass objects through queues, pools, and many threads that come and go."""

import concurrent.futures
import hashlib
import queue
import threading
import zlib

items = queue.Queue(maxsize=64)
results = queue.Queue()


def produce(worker):
    for step in range(1500):
        items.put({"worker": worker, "step": step, "data": [worker, step] * (step % 50)})
    items.put(None)


def consume():
    total = 0
    while (item := items.get()) is not None:
        total += sum(item["data"]) + len(str(item))
    results.put(total)


threads = [threading.Thread(target=produce, args=(worker,)) for worker in range(4)]
threads += [threading.Thread(target=consume) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("queue", sum(results.get() for _ in range(4)))

kept = {}


def keep(number):
    local = [str(number) * (step % 40) for step in range(200)]
    kept[number] = "".join(local[::3])


for wave in range(25):
    wave_threads = [threading.Thread(target=keep, args=(wave * 8 + i,)) for i in range(8)]
    for thread in wave_threads:
        thread.start()
    for thread in wave_threads:
        thread.join()
print("kept", len(kept), hashlib.sha256("".join(kept[k] for k in sorted(kept)).encode()).hexdigest())


def squeeze(number):
    # zlib and hashlib release the interpreter's lock: these allocate at the same time.
    data = b"".join(b"%d:%d;" % (number, i * number) for i in range(20000))
    packed = zlib.compress(data, 3)
    assert zlib.decompress(packed) == data
    return hashlib.sha256(packed).hexdigest()


with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:
    for number, digest in enumerate(pool.map(squeeze, range(24))):
        print("squeeze", number, digest)
