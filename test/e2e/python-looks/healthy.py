"""A loop that ticks, beside a thread that waits with a limit, and an executor with nothing to do."""
import asyncio
import threading


def beat():
    while not threading.Event().wait(0.3):
        pass


async def main():
    threading.Thread(target=beat, name="heartbeat", daemon=True).start()
    await asyncio.to_thread(int)
    print("ready", flush=True)
    while True:
        await asyncio.sleep(0.2)


asyncio.run(main())
