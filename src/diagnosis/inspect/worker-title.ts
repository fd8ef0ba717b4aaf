/**
 * The thread id of a worker, by the title that Node's inspector gives it: `[worker 2] name`. Its `workerId` is another
 * number: it counts the workers in the order in which a session meets them, which may be any. Null where there is none.
 */
export function threadIdIn(title: string): number | null {
  const id = /^\[?worker (\d+)\]?/i.exec(title)?.[1];
  return id === undefined ? null : Number(id);
}
