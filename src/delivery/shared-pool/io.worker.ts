import { parentPort, workerData } from 'node:worker_threads';
import { proxyFor } from '../../slack/proxy.ts';
import { openClient, targetOrigin } from '../client.ts';
import { openResilience } from '../deliver.ts';
import { FairSlots } from '../fair-slots.ts';
import { SharedHolds } from '../resilience/shared-holds.ts';
import { Announcements } from './announce.ts';
import { Board } from './board.ts';
import { InProgress } from './in-progress.ts';
import { IoThread } from './io-thread.ts';
import { LastKnownAddress } from './last-known-address.ts';
import type { IoThreadData, IoToMain, MainToIo } from './protocol.ts';

const main = parentPort;
if (main === null) throw new Error('the I/O thread must be started as a worker');

const data: IoThreadData = workerData;
const { thread, options } = data;
const board = new Board(data.board);
const addresses = new LastKnownAddress();
const dispatcher = openClient(options.target, { connections: options.connections, lookup: addresses.lookup });
const ioThread = new IoThread({
  thread,
  board,
  channel: data.channel,
  inProgress: new InProgress(data.inProgress),
  journal: data.journal,
  context: {
    dispatcher,
    options,
    resilience: openResilience(options, new SharedHolds(data.holds)),
    slots: new FairSlots(options.connections),
  },
  onUnlinked: (link) => reportToMain({ kind: 'unlinked', link }),
});

let isClosing = false;
process.on('exit', () => board.setState(thread, 'ended'));
const announcements = new Announcements(data.channel, (announcement) => ioThread.hear(announcement));
// Only main's port decides how long this thread lives.
main.on('message', (message: MainToIo) => {
  if (message.kind === 'close') void close();
  else ioThread.hear(message);
});
board.setState(thread, 'running');
void start();

/** No await at the top level: a bundle of CommonJS format has none. */
async function start(): Promise<void> {
  const origin = targetOrigin(options.target);
  // A proxy resolves the host itself, and may be the only one that can.
  if (proxyFor(origin, process.env) === null) await addresses.prime(new URL(origin).hostname);
  ioThread.recover(data.links);
  reportToMain({ kind: 'ready' });
}

async function close(): Promise<void> {
  // A retired thread hears it once more when the pool closes.
  if (isClosing) return;
  isClosing = true;
  await ioThread.finish();
  await dispatcher.destroy();
  announcements.close();
  main?.close();
}

function reportToMain(message: IoToMain): void {
  main?.postMessage(message);
}
