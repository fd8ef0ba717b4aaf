/** Advice that several rules give in the same words. */
export const awaitBeforeRunReturns =
  'Await the task before the coroutine given to asyncio.run returns (asyncio.gather, asyncio.TaskGroup)';
