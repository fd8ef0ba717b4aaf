import type { MessagePort } from 'node:worker_threads';
import type { ContextNote, Log, SendingThread, ThreadContext } from '../contexts/context.ts';
import type { DeliveryStrategy, Sender } from '../delivery/strategy.ts';
import { once } from '../once.ts';
import { Heartbeat } from '../pipeline/heartbeat.ts';
import { applyHeartbeat, takeMessages } from '../pipeline/heartbeat-port.ts';
import { MessageBus } from '../pipeline/message-bus.ts';
import { monotonicMs } from '../time/clock.ts';
import { logEvent } from './event-log.ts';
import { expiryHandler, loggedSend } from './expiry-handler.ts';
import { CallLog } from './load/call-log.ts';
import { loadHandler } from './load/load-handler.ts';
import { Refill } from './load/refill.ts';
import type { TrialLoad } from './load/trial-load.ts';

const tickMs = 50;

interface SendingThreadOptions {
  readonly context: ThreadContext;
  readonly strategy: DeliveryStrategy;
  readonly sender: Sender;
  readonly thread: SendingThread;
  /** The way from and to main; null where the heartbeat is on main. */
  readonly port: MessagePort | null;
  readonly load: TrialLoad | undefined;
}

/** Says to main that the call comes next. */
export interface AboutToCall {
  readonly kind: 'about-to-call';
}

/** The heartbeat of the calling thread, in its context. */
export function sendingHeartbeat({
  context,
  strategy,
  sender,
  thread: here,
  port,
  load,
}: SendingThreadOptions): Heartbeat {
  const thread = load === undefined ? here : { ...here, log: fewOfEachKind(here.log) };
  const log = load === undefined ? null : new CallLog();
  const bus = new MessageBus((_topic, error) => {
    logEvent({ kind: 'subscriber-error', message: error instanceof Error ? error.message : String(error) });
  });
  const { awaited } = strategy.capabilities;
  const refill =
    load?.arrival.mode === 'closed' && !load.atOnce
      ? new Refill(load, (timers) => heartbeat.add(timers))
      : null;
  bus.subscribe(
    'timer-expired',
    load === undefined || log === null
      ? expiryHandler(loggedSend(sender, awaited, thread.name))
      : loadHandler({ load, sender, awaited, log, refill }),
  );
  const parks = context.parks === true;
  const heartbeat = new Heartbeat({
    bus,
    thread: thread.name,
    rest: parks ? 'parking' : 'running',
    tickMs,
    ...(parks && port !== null ? { onTick: () => applyAll(heartbeat, port) } : {}),
    beforeCalls: once(() => waitForMain(context, thread, port)),
    afterCalls: () => {
      log?.flush();
      context.afterCalls?.(thread);
    },
    afterHandlers: (goesOn) => {
      log?.flush();
      if (!goesOn) context.afterHandlers?.(thread);
    },
  });
  if (!parks) port?.on('message', (message) => applyHeartbeat(heartbeat, message));
  return heartbeat;
}

function applyAll(heartbeat: Heartbeat, port: MessagePort): void {
  for (const message of takeMessages(port)) applyHeartbeat(heartbeat, message);
}

function waitForMain(
  context: ThreadContext,
  { signals, standstillMs }: SendingThread,
  port: MessagePort | null,
): void {
  if (context.onMain === undefined || port === null) return;
  const message: AboutToCall = { kind: 'about-to-call' };
  port.postMessage(message);
  signals.waitForRelease(standstillMs);
}

const notedEveryMs = 20;

/** A loop that parks at every tick of a load need not say so each time. */
function fewOfEachKind(log: Log<ContextNote>): Log<ContextNote> {
  const notedAt = new Map<ContextNote['note'], number>();
  return (note) => {
    const now = monotonicMs();
    if (now - (notedAt.get(note.note) ?? Number.NEGATIVE_INFINITY) < notedEveryMs) return;
    notedAt.set(note.note, now);
    log(note);
  };
}
