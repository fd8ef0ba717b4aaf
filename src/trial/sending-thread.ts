import type { MessagePort } from 'node:worker_threads';
import type { SendingThread, ThreadContext } from '../contexts/context.ts';
import type { DeliveryStrategy, Sender } from '../delivery/strategy.ts';
import { Heartbeat } from '../pipeline/heartbeat.ts';
import { obey, takeMessages } from '../pipeline/heartbeat-port.ts';
import { MessageBus } from '../pipeline/message-bus.ts';
import { logEvent } from './event-log.ts';
import { expiryHandler, loggedSend } from './expiry-handler.ts';

const tickMs = 50;

interface SendingThreadOptions {
  readonly context: ThreadContext;
  readonly strategy: DeliveryStrategy;
  readonly sender: Sender;
  readonly thread: SendingThread;
  /** The way from and to main; null where the heartbeat is on main. */
  readonly port: MessagePort | null;
}

/** Tells main that the call comes next. */
export interface AboutToCall {
  readonly kind: 'about-to-call';
}

/** The heartbeat of the calling thread, in its context. */
export function sendingHeartbeat({
  context,
  strategy,
  sender,
  thread,
  port,
}: SendingThreadOptions): Heartbeat {
  const bus = new MessageBus((_topic, error) => {
    logEvent({ kind: 'subscriber-error', message: error instanceof Error ? error.message : String(error) });
  });
  bus.subscribe('timer-expired', expiryHandler(loggedSend(sender, strategy.awaited, thread.name)));
  const parks = context.parks === true;
  const heartbeat = new Heartbeat({
    bus,
    thread: thread.name,
    rest: parks ? 'parking' : 'turning',
    tickMs,
    ...(parks && port !== null ? { onTick: () => obeyAll(heartbeat, port) } : {}),
    beforeCalls: once(() => waitForMain(context, thread, port)),
    afterCalls: () => context.afterCalls?.(thread),
    afterHandlers: () => context.afterHandlers?.(thread),
  });
  if (!parks) port?.on('message', (message) => obey(heartbeat, message));
  return heartbeat;
}

function obeyAll(heartbeat: Heartbeat, port: MessagePort): void {
  for (const message of takeMessages(port)) obey(heartbeat, message);
}

function waitForMain(
  context: ThreadContext,
  { signals, standstillMs }: SendingThread,
  port: MessagePort | null,
): void {
  if (context.onMain === undefined || port === null) return;
  const message: AboutToCall = { kind: 'about-to-call' };
  port.postMessage(message);
  signals.waitForGo(standstillMs);
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    act();
  };
}
