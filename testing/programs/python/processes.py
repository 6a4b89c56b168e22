"""subprocess, multiprocessing by fork (out of a threaded program too), and plain os.fork."""

import hashlib
import multiprocessing
import os
import subprocess
import sys
import threading


def work(number):
    table = {i: str(i * number) for i in range(8000)}
    return number, hashlib.sha256("".join(table.values()).encode()).hexdigest()


def busy(stop):
    while not stop.is_set():
        [bytes(size) for size in range(1, 4000, 61)]


def fork_twice():
    """A child that allocates, frees, starts a thread and forks again."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        thread = threading.Thread(target=work, args=(3,))
        thread.start()
        thread.join()
        grandchild = os.fork()
        if grandchild == 0:
            os.write(write_end, work(5)[1].encode())
            os._exit(7)
        _, status = os.waitpid(grandchild, 0)
        os._exit(os.waitstatus_to_exitcode(status) + 1)
    os.close(write_end)
    _, status = os.waitpid(child, 0)
    with os.fdopen(read_end) as pipe:
        return os.waitstatus_to_exitcode(status), pipe.read()


if __name__ == "__main__":
    for number in range(4):
        run = subprocess.run(
            [sys.executable, "-c", "import sys, json; print(json.dumps(list(range(int(sys.argv[1])))))",
             str(number * 1000)],
            capture_output=True, check=True, text=True)
        print("subprocess", number, len(run.stdout), repr(run.stderr))
    run = subprocess.run("cat | sort -r | head -n 3", shell=True, capture_output=True, check=True,
                         input="\n".join(map(str, range(5000))), text=True)
    print("pipeline", run.stdout.split())

    stop = threading.Event()
    background = [threading.Thread(target=busy, args=(stop,)) for _ in range(2)]
    for thread in background:
        thread.start()
    context = multiprocessing.get_context("fork")
    with context.Pool(3) as pool:
        for number, digest in pool.map(work, range(12)):
            print("pool", number, digest)
    for _ in range(5):
        print("fork", fork_twice())
    stop.set()
    for thread in background:
        thread.join()
    channel = context.Queue()
    processes = [context.Process(target=lambda n: channel.put(work(n)), args=(n,)) for n in range(3)]
    for process in processes:
        process.start()
    print("queue", sorted(channel.get() for _ in processes))
    for process in processes:
        process.join()
        print("exit", process.exitcode)
