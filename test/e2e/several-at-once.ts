/** Most of the programs that the doctor watches only wait. */
const atOnce = 4;

/** What `run` makes of each item, a few at a time. */
export async function severalAtOnce<Item, Result>(
  items: readonly Item[],
  run: (item: Item) => Promise<Result>,
): Promise<ReadonlyMap<Item, Result>> {
  const results = new Map<Item, Result>();
  const waiting = [...items];
  const runNext = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift())
      results.set(item, await run(item));
  };
  await Promise.all(Array.from({ length: atOnce }, runNext));
  return results;
}
