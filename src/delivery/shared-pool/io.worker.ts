import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { monotonicMs } from '../../measure/clock.ts';
import { proxyFor } from '../../slack/proxy.ts';
import { openClient, targetOrigin } from '../client.ts';
import { deliver, openResilience } from '../deliver.ts';
import type { SendOutcome } from '../outcome.ts';
import { DrainCounter } from './counters.ts';
import { LastKnownAddress } from './last-known-address.ts';
import type { IoThreadData, IoToMain, IoToSender, Link, MainToIo, SenderToIo } from './protocol.ts';
import { SlotStates } from './slot-states.ts';

const main = parentPort;
if (main === null) throw new Error('the I/O thread must be started as a worker');

const data: IoThreadData = workerData;
const { options } = data;
const counter = new DrainCounter(data.counter);
const addresses = new LastKnownAddress();
const dispatcher = openClient(options.target, { connections: options.connections, lookup: addresses.lookup });
const means = { dispatcher, options, resilience: openResilience(options) };
let askedToDrain = false;

counter.ioThreadStarted();
process.on('exit', () => counter.ioThreadEnded());
main.on('message', (message: MainToIo) => {
  if (message.kind === 'link') serve(message);
  else if (message.kind === 'close') main.close();
  else {
    askedToDrain = true;
    reportIfDrained();
  }
});
void start();

/** No await at the top level: a bundle of CommonJS format has none. */
async function start(): Promise<void> {
  const origin = targetOrigin(options.target);
  // A proxy resolves the host itself, and may be the only one that can.
  if (proxyFor(origin, process.env) === null) await addresses.prime(new URL(origin).hostname);
  tellMain({ kind: 'ready' });
}

function serve({ port, states }: Link): void {
  const slots = new SlotStates(states);
  port.on('message', (message: SenderToIo) => {
    if (message.kind === 'link') serve(message);
    else void handle(port, slots, message);
  });
  // Only main's port decides how long this thread lives.
  port.unref();
}

async function handle(port: MessagePort, slots: SlotStates, message: Extract<SenderToIo, { kind: 'send' }>) {
  const outcome = await deliverInTime(slots, message);
  slots.end(message.slot);
  const answer: IoToSender = { slot: message.slot, outcome };
  port.postMessage(answer);
  counter.settle();
  reportIfDrained();
}

function deliverInTime(
  slots: SlotStates,
  { slot, notification, thread, sentAtMs }: Extract<SenderToIo, { kind: 'send' }>,
): Promise<SendOutcome> {
  const deadlineMs = Math.max(1, options.deadlineMs - (monotonicMs() - sentAtMs));
  return deliver(means, notification, thread, { deadlineMs, onSending: () => slots.startSending(slot) });
}

function reportIfDrained(): void {
  if (!askedToDrain || counter.inFlight > 0) return;
  askedToDrain = false;
  tellMain({ kind: 'drained' });
}

function tellMain(message: IoToMain): void {
  main?.postMessage(message);
}
