import type { UnreachableAddress } from '../record.ts';
import type { Connection, Thread } from './thread.ts';

/** Addresses to which a client that is not followed tried to connect, and no connection of which ever stood. */
export function unreachableFrom(thread: Thread): readonly UnreachableAddress[] {
  const byAddress = new Map<string, Connection[]>();
  for (const connection of thread.connections.values()) {
    const tries = byAddress.get(connection.address) ?? [];
    byAddress.set(connection.address, tries);
    tries.push(connection);
  }
  return [...byAddress.entries()].flatMap(([address, tries]) => addressOf(thread, address, tries));
}

function addressOf(
  thread: Thread,
  address: string,
  tries: readonly Connection[],
): readonly UnreachableAddress[] {
  const failed = tries.filter(({ failure }) => failure !== null);
  const [first] = failed;
  const last = failed.at(-1);
  if (first === undefined || last === undefined || tries.some(mayHaveStood)) return [];
  const code = last.failure ?? '';
  return [
    {
      thread,
      address,
      code,
      tries: failed.length,
      firstAt: first.t,
      lastAt: tries.at(-1)?.t ?? last.t,
      stack: thread.stack(first.stack),
    },
  ];
}

/** One that was closed without an error may have stood before. */
function mayHaveStood({ state, failure }: Connection): boolean {
  return state === 'closed' ? failure === null : state !== 'opening';
}
