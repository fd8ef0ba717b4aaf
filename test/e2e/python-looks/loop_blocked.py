"""A loop that a call keeps from running, while its timer is due."""
import asyncio
import time


async def remind():
    await asyncio.sleep(0.2)
    print("due")


def import_customers():
    time.sleep(60)


async def main():
    reminder = asyncio.create_task(remind())
    await asyncio.sleep(0.1)
    print("ready", flush=True)
    import_customers()
    await reminder


asyncio.run(main())
