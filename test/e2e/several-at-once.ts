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

/** Of a hundred programs, how many at most may need a second look: more is a fault of the doctor, not of a busy machine. */
const secondLooksPerHundred = 1;

export interface Looked<Item, Result> {
  readonly results: ReadonlyMap<Item, Result>;
  /** The items whose first result was not as expected. */
  readonly lookedAtTwice: readonly Item[];
  readonly mostTwice: number;
}

/**
 * What `run` makes of each item. The programs watched at once keep each other waiting, and some mean another thing when they
 * wait: what is not as expected is watched once more, alone, and said.
 */
export async function lookAtAll<Item, Result>(
  items: readonly Item[],
  run: (item: Item) => Promise<Result>,
  isAsExpected: (item: Item, result: Result) => boolean,
): Promise<Looked<Item, Result>> {
  const results = new Map(await severalAtOnce(items, run));
  const lookedAtTwice = [...results].flatMap(([item, result]) => (isAsExpected(item, result) ? [] : [item]));
  for (const item of lookedAtTwice) {
    process.stderr.write(`not as expected beside others: ${JSON.stringify([item, results.get(item)])}\n`);
    results.set(item, await run(item));
  }
  return { results, lookedAtTwice, mostTwice: Math.ceil((items.length * secondLooksPerHundred) / 100) };
}
