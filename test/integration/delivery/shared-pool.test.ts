import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { block } from '../../../dist/contexts/standstill.js';
import { loadStrategy } from '../../../dist/delivery/index.js';
import type { SendOutcome } from '../../../dist/delivery/outcome.js';
import type { DeliveryHost, DeliveryOptions } from '../../../dist/delivery/strategy.js';
import { Tally } from '../../../dist/delivery/tally.js';
import type { Emulator, Session, SessionOptions } from '../../../dist/emulator/emulator.js';
import { startEmulator } from '../../../dist/emulator/start-emulator.js';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.close());

/** Threads this process starts, so that a test can end the I/O thread as an operating system or a bug would. */
const workers: Worker[] = [];
process.on('worker', (worker) => workers.push(worker));
afterEach(() => void workers.splice(0));

interface Opened {
  readonly host: DeliveryHost;
  readonly session: Session;
  readonly ioThread: Worker;
  readonly options: DeliveryOptions;
}

async function open(
  sessionOptions: SessionOptions = {},
  changes: Partial<DeliveryOptions> = {},
): Promise<Opened> {
  const session = await emulator.open(sessionOptions);
  const options: DeliveryOptions = {
    target: { kind: 'bot', baseUrl: session.baseUrl, token: 'xoxb-test-token' },
    deadlineMs: 20_000,
    connections: 20,
    queueLimit: 20_000,
    ...changes,
  };
  const host = await (await loadStrategy('shared-pool')).open(options);
  onTestFinished(() => host.close());
  const ioThread = workers.at(-1);
  if (ioThread === undefined) throw new Error('no I/O thread was started');
  return { host, session, ioThread, options };
}

interface Sending {
  readonly count: number;
  readonly prefix?: string;
  readonly ending?: 'exit' | 'throw' | 'stand-still';
  readonly nest?: number;
}

function startSender(host: DeliveryHost, { count, prefix = 'n', ending, nest = 0 }: Sending): Worker {
  return new Worker(new URL('./sending.worker.mjs', import.meta.url), {
    workerData: { strategy: 'shared-pool', handle: host.handle().value, count, ending, prefix, nest },
  });
}

async function outcomesOf(worker: Worker): Promise<readonly SendOutcome[]> {
  const [message]: { outcomes: SendOutcome[] }[] = await once(worker, 'message');
  if (message === undefined) throw new Error('the thread told nothing');
  return message.outcomes;
}

function sendMany(host: DeliveryHost, count: number): Promise<SendOutcome[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      host.sender.send({ id: `n-${index}`, path: 'expiry', channel: 'C1', text: `message ${index}` }),
    ),
  );
}

async function arrivedIds(session: Session): Promise<string[]> {
  await session.flush();
  return session.arrivals.map(({ id }) => id ?? '').sort();
}

const idsUpTo = (count: number, prefix = 'n') =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`).sort();

test('a thread whose loop stands still while it sends more than its limit is told every outcome', async () => {
  const tally = new Tally();
  const { host } = await open({}, { queueLimit: 4, tally: tally.shared });
  const sent = Array.from({ length: 40 }, (_, index) => {
    const outcome = host.sender.send({ id: `n-${index}`, path: 'expiry', channel: 'C1', text: 'x' });
    while (tally.read().delivered <= index);
    return outcome;
  });
  const statuses = (await Promise.all(sent)).map(({ status }) => status);
  expect(statuses).toEqual(sent.map(() => 'delivered'));
});

describe('what was sent arrives, once, although its thread', () => {
  test('calls process.exit() in the next statement', async () => {
    const { host, session } = await open();
    await once(startSender(host, { count: 1000, ending: 'exit' }), 'exit');
    await host.drain();
    expect(await arrivedIds(session)).toEqual(idsUpTo(1000));
  });

  test('throws in the next statement', async () => {
    const { host, session } = await open();
    await once(startSender(host, { count: 1000, ending: 'throw' }), 'error');
    await host.drain();
    expect(await arrivedIds(session)).toEqual(idsUpTo(1000));
  });

  test('is terminated while it stands still', async () => {
    const { host, session } = await open();
    const worker = startSender(host, { count: 1000, ending: 'stand-still' });
    await once(worker, 'message');
    await worker.terminate();
    await host.drain();
    expect(await arrivedIds(session)).toEqual(idsUpTo(1000));
  });

  test('never turns its loop again', async () => {
    const { host, session } = await open();
    const worker = startSender(host, { count: 1000, ending: 'stand-still' });
    await once(worker, 'message');
    await host.drain();
    expect(await arrivedIds(session)).toEqual(idsUpTo(1000));
    await worker.terminate();
  });
});

describe('one handle', () => {
  test('serves any number of threads', async () => {
    const { host, session } = await open();
    const prefixes = ['a', 'b', 'c', 'd', 'e'];
    const senders = prefixes.map((prefix) => startSender(host, { count: 200, prefix }));
    const outcomes = (await Promise.all(senders.map(outcomesOf))).flat();
    expect(outcomes.every(({ status }) => status === 'delivered')).toBe(true);
    expect(await arrivedIds(session)).toEqual(prefixes.flatMap((prefix) => idsUpTo(200, prefix)).sort());
  });

  test('goes on from a thread to the thread it starts', async () => {
    const { host, session } = await open();
    const outcomes = await outcomesOf(startSender(host, { count: 50, nest: 2 }));
    expect(outcomes.map(({ status }) => status)).toEqual(Array(50).fill('delivered'));
    expect(await arrivedIds(session)).toEqual(idsUpTo(50));
  });

  test('lets one thread’s message not wait behind all of another’s, where connections are few', async () => {
    const { host, session } = await open(
      { faults: [{ kind: 'latency', ms: 10 }] },
      { connections: 5, resilience: { maxRetries: 0, retryAmbiguous: false, rate: null, breaker: null } },
    );
    const other = await (await loadStrategy('shared-pool')).attach(host.handle().value);
    onTestFinished(() => other.close());
    const flood = sendMany(host, 1000);
    await new Promise<void>((resolve) => session.onArrival(() => session.arrivals.length >= 50 && resolve()));
    await other.send({ id: 'single', path: 'expiry', channel: 'C1', text: 'one message' });
    await flood;
    await session.flush();
    expect(session.arrivals.findIndex(({ id }) => id === 'single')).toBeLessThan(500);
  });

  test('needs nothing to be transferred', async () => {
    const { host } = await open();
    expect(host.handle().transferList).toEqual([]);
  });
});

describe('when the I/O thread dies', () => {
  test('every notification ends in one outcome, and none is posted twice', async () => {
    const { host, session, ioThread } = await open({ faults: [{ kind: 'latency', ms: 20 }] });
    const sent = sendMany(host, 1000);
    await new Promise<void>((resolve) => session.onArrival(() => resolve()));
    await ioThread.terminate();
    const outcomes = await sent;
    const told = new Map(outcomes.map((outcome) => [outcome.id, outcome]));
    const ids = await arrivedIds(session);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of idsUpTo(1000)) {
      const outcome = told.get(id);
      if (outcome?.status === 'delivered') expect(ids).toContain(id);
      else expect(outcome).toMatchObject({ status: 'failed', code: 'io-thread-lost', ambiguous: true });
    }
  });

  test('what it had on the wire is counted as failed, after at least one request', async () => {
    const tally = new Tally();
    const { host, session, ioThread } = await open(
      { faults: [{ kind: 'latency', ms: 20 }] },
      { tally: tally.shared },
    );
    const sent = sendMany(host, 1000);
    await new Promise<void>((resolve) => session.onArrival(() => resolve()));
    await ioThread.terminate();
    const outcomes = await sent;
    const lost = outcomes.filter(({ status }) => status !== 'delivered');
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.map(({ attempts }) => attempts)).toEqual(lost.map(() => 1));
    expect(tally.read()).toMatchObject({ delivered: outcomes.length - lost.length, failed: lost.length });
  });

  test('only what was on the wire may be in doubt', async () => {
    const { host, ioThread, session } = await open({ faults: [{ kind: 'latency', ms: 20 }] });
    const sent = sendMany(host, 1000);
    await new Promise<void>((resolve) => session.onArrival(() => resolve()));
    await ioThread.terminate();
    const doubtful = (await sent).filter(({ status }) => status !== 'delivered');
    expect(doubtful.length).toBeLessThanOrEqual(20);
  });

  test('a thread that stood still all the while has its notifications delivered', async () => {
    const { host, session, ioThread } = await open({ faults: [{ kind: 'latency', ms: 50 }] });
    const worker = startSender(host, { count: 200, ending: 'stand-still' });
    await once(worker, 'message');
    await ioThread.terminate();
    await host.drain();
    const ids = await arrivedIds(session);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(180);
    await worker.terminate();
  });

  test('the new one takes over also what main has not heard of yet', async () => {
    const tally = new Tally();
    const { host, session, ioThread } = await open(
      { faults: [{ kind: 'latency', ms: 20 }] },
      { tally: tally.shared },
    );
    startSender(host, { count: 300, ending: 'stand-still' });
    // Main's loop does not turn, so it has heard of no sender when its I/O thread ends.
    while (tally.read().delivered < 50);
    const ended = ioThread.terminate();
    block(200);
    await ended;
    await host.drain();
    const ids = await arrivedIds(session);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(280);
  });

  test('the new one takes over what was announced while it was looking for the server', async () => {
    const { host } = await open({ host: 'name' });
    const [ioThread] = workers;
    await sendMany(host, 1);
    const restarted = new Promise<void>((resolve) => process.once('worker', () => resolve()));
    void ioThread?.terminate();
    await restarted;
    const text = 'x'.repeat(3000);
    const sent = Array.from({ length: 500 }, (_, index) =>
      host.sender.send({ id: `n-${index}`, path: 'expiry', channel: 'C1', text }),
    );
    const statuses = (await Promise.all(sent)).map(({ status }) => status);
    expect(statuses).toEqual(sent.map(() => 'delivered'));
  });

  test('a new one takes over, and again', async () => {
    const { host, ioThread } = await open();
    let current = ioThread;
    for (let round = 0; round < 3; round += 1) {
      await current.terminate();
      const [outcome] = await sendMany(host, 1);
      expect(outcome?.status).toBe('delivered');
      current = workers.at(-1) ?? current;
    }
  });
});

describe('limits', () => {
  test('what does not fit into the queue fails at once', async () => {
    const { host } = await open({ faults: [{ kind: 'latency', ms: 30 }] }, { queueLimit: 10 });
    const outcomes = await sendMany(host, 30);
    expect(outcomes.filter(({ status }) => status === 'delivered')).toHaveLength(10);
    expect(
      outcomes.filter((outcome) => outcome.status === 'failed' && outcome.code === 'queue-full'),
    ).toHaveLength(20);
  });

  test('behind a server that hangs, only what was on the wire may have been posted', async () => {
    const { host, session } = await open(
      { faults: [{ kind: 'hang', rate: 1 }] },
      { deadlineMs: 1500, connections: 5 },
    );
    const outcomes = await sendMany(host, 50);
    const ambiguous = outcomes.filter((outcome) => outcome.status === 'timed-out' && outcome.ambiguous);
    expect(outcomes.filter(({ status }) => status !== 'timed-out')).toEqual([]);
    expect(ambiguous.length).toBeGreaterThanOrEqual((await session.stats()).requests);
    expect(ambiguous.length).toBeLessThan(50);
  });

  test('a message much larger than a segment arrives whole', async () => {
    const { host } = await open();
    const attachments = Array.from({ length: 40 }, () => ({ text: 'ä'.repeat(30_000) }));
    const outcome = await host.sender.send({
      id: 'n-0',
      path: 'expiry',
      channel: 'C1',
      text: 'large',
      attachments,
    });
    expect(outcome).toMatchObject({ status: 'delivered' });
  });

  test('a closed host refuses', async () => {
    const { host } = await open();
    await host.close();
    const [outcome] = await sendMany(host, 1);
    expect(outcome).toMatchObject({ status: 'failed', code: 'closed' });
  });
});

describe('the process', () => {
  const run = async (ending: string): Promise<Session> => {
    const session = await emulator.open({ faults: [{ kind: 'latency', ms: 20 }] });
    const child = fork(new URL('./sending-process.mjs', import.meta.url), [session.baseUrl, ending], {
      silent: true,
    });
    await once(child, 'exit');
    return session;
  };

  test.each([
    ['exits right after sending', 'exit'],
    ['throws right after sending', 'throw'],
    ['exits while its worker has just sent and stands still', 'worker'],
    ['loses its I/O thread and exits', 'io-thread'],
  ])('delivers all when it %s', async (_name, ending) => {
    expect(await arrivedIds(await run(ending))).toEqual(idsUpTo(100));
  });

  test('ends by itself when all is said, with its host still open', async () => {
    expect(await arrivedIds(await run('nothing'))).toEqual(idsUpTo(100));
  });
});
