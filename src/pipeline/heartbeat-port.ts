import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Heartbeat } from './heartbeat.ts';
import type { Timer } from './timer.ts';
import type { TimerStore } from './workflow-engine.ts';

/** What other threads ask of a heartbeat. */
export type HeartbeatMessage =
  | { readonly kind: 'add'; readonly timers: readonly Timer[] }
  | { readonly kind: 'cancel'; readonly id: string }
  | { readonly kind: 'stop' };

/** The heartbeat as another thread sees it. */
export class RemoteHeartbeat implements TimerStore {
  readonly #post: (message: HeartbeatMessage) => void;

  constructor(post: (message: HeartbeatMessage) => void) {
    this.#post = post;
  }

  add(timers: readonly Timer[]): void {
    this.#post({ kind: 'add', timers });
  }

  cancel(id: string): void {
    this.#post({ kind: 'cancel', id });
  }

  stop(): void {
    this.#post({ kind: 'stop' });
  }
}

export function applyHeartbeat(heartbeat: Heartbeat, message: HeartbeatMessage): void {
  if (message.kind === 'add') heartbeat.add(message.timers);
  else if (message.kind === 'cancel') heartbeat.cancel(message.id);
  else heartbeat.stop();
}

/** Reads what has been posted without the loop's help: a parking heartbeat's loop never runs. */
export function takeMessages(port: MessagePort): HeartbeatMessage[] {
  const messages: HeartbeatMessage[] = [];
  for (;;) {
    const received: { message: HeartbeatMessage } | undefined = receiveMessageOnPort(port);
    if (received === undefined) return messages;
    messages.push(received.message);
  }
}
