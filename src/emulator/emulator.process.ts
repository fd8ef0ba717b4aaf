import type { Arrival } from './emulator.ts';
import { openHttpServer } from './http-server.ts';
import { reserveRefusingPort } from './loopback.ts';
import type { AnsweredRow, ArrivalRow, FromEmulator, ToEmulator } from './protocol.ts';
import { createLocalSession, type LocalSession, loopTimes } from './session.ts';

const batchMs = 5;

const sessions = new Map<number, LocalSession>();
const batches = new Map<number, ArrivalRow[]>();
const answered = new Map<number, AnsweredRow[]>();
let batchTimer: NodeJS.Timeout | null = null;

// Ctrl-C, a closed terminal, or SIGTERM from a CI, reaches the whole process group; the parent decides when to stop, and its end is ours.
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToEmulator) => apply(message));

try {
  const [{ port }, refusing] = await Promise.all([openHttpServer({ port: 0, route }), reserveRefusingPort()]);
  report({ kind: 'listening', port, refusingPort: refusing.port });
} catch (error) {
  report({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
}

function route(path: string): { session: LocalSession; path: string } | null {
  const end = path.indexOf('/', 3);
  if (!path.startsWith('/s/') || end === -1) return null;
  const session = sessions.get(Number(path.slice(3, end)));
  return session === undefined ? null : { session, path: path.slice(end) };
}

function apply(message: ToEmulator): void {
  const { call, session: id } = message;
  if (message.kind === 'open') {
    sessions.set(
      id,
      createLocalSession(message.options, {
        arrived: (arrival) => addToBatch(id, arrival),
        answered: (place, atMs) => addAnswered(id, [place, atMs]),
      }),
    );
  }
  const session = sessions.get(id);
  if (message.kind === 'close') {
    session?.close();
    sessions.delete(id);
  }
  sendBatches();
  report({ kind: 'reply', call, stats: session?.stats() ?? noStats });
}

const noStats = {
  requests: 0,
  arrivals: 0,
  connections: 0,
  waiting: 0,
  open: 0,
  refused: null,
  loop: loopTimes(),
};

function addToBatch(session: number, { id, path, thread, atMs, connection }: Arrival): void {
  const row: ArrivalRow = [id, path, thread, atMs, connection];
  const batch = batches.get(session);
  if (batch === undefined) batches.set(session, [row]);
  else batch.push(row);
  batchTimer ??= setTimeout(sendBatches, batchMs);
}

function addAnswered(session: number, row: AnsweredRow): void {
  const batch = answered.get(session);
  if (batch === undefined) answered.set(session, [row]);
  else batch.push(row);
  batchTimer ??= setTimeout(sendBatches, batchMs);
}

function sendBatches(): void {
  if (batchTimer !== null) clearTimeout(batchTimer);
  batchTimer = null;
  for (const [session, rows] of batches) report({ kind: 'arrivals', session, rows });
  for (const [session, rows] of answered) report({ kind: 'answered', session, rows });
  batches.clear();
  answered.clear();
}

/** A parent that is gone can't be reached, and its end is ours. */
function report(message: FromEmulator): void {
  process.send?.(message, (error: Error | null) => {
    if (error !== null) process.exit(0);
  });
}
