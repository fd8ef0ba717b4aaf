"""A loop that waits, in its own thread, for what only it can do."""
import asyncio


async def post():
    return 1


async def main():
    loop = asyncio.get_running_loop()
    await asyncio.sleep(0)
    print("ready", flush=True)
    asyncio.run_coroutine_threadsafe(post(), loop).result()


asyncio.run(main())
