"""Says, on each line that it is sent, what a look has left in it: modules, names, threads, garbage."""
import asyncio
import gc
import sys
import threading


class Secret:
    def __repr__(self):
        raise SystemExit("the program's own code was run")

    __str__ = __repr__

    @property
    def name(self):
        raise SystemExit("the program's own code was run")


async def wait_for(secret, event):
    await event.wait()


async def main():
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    waiting = asyncio.create_task(wait_for(Secret(), asyncio.Event()))
    gc.collect()
    gc.disable()
    before = set(sys.modules), set(globals()), threading.active_count()
    print("ready", flush=True)
    while await lines.readline():
        left = [sorted(set(sys.modules) - before[0]), sorted(set(globals()) - before[1]), threading.active_count() - before[2]]
        print(*left, gc.collect(), flush=True)
    waiting.cancel()


asyncio.run(main())
