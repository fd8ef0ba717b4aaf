import asyncio


async def post(lock):
    async with lock:
        print("done")


async def consume(queue):
    while True:
        print(await queue.get())


async def limited(queue):
    while True:
        try:
            await asyncio.wait_for(queue.get(), 600)
        except asyncio.TimeoutError:
            pass


async def main():
    lock = asyncio.Lock()
    await lock.acquire()
    stop = asyncio.Event()
    tasks = [asyncio.create_task(work) for work in (post(lock), consume(asyncio.Queue()), limited(asyncio.Queue()))]
    print(flush=True)
    await stop.wait()
    print(len(tasks))


asyncio.run(main())
