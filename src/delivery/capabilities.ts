import type { StrategyName } from '../model/names.ts';

/** What is true of a delivery strategy: whoever needs to know asks for this, not for its name. */
export interface StrategyCapabilities {
  /** False for the bug: its caller does not wait for what `send` returns. */
  readonly awaited: boolean;
  /** The thread whose event loop makes the requests: they are made as long as that loop runs. */
  readonly requestsOn: 'sending-thread' | 'main-thread' | 'io-thread';
  /** Can write a journal. */
  readonly durable: boolean;
  /** Can have more than one I/O thread. */
  readonly scales: boolean;
}

const onOwnLoop = { awaited: true, requestsOn: 'sending-thread', durable: false, scales: false } as const;

export const capabilities: Readonly<Record<StrategyName, StrategyCapabilities>> = {
  detached: { ...onOwnLoop, awaited: false },
  'fetch-in-worker': onOwnLoop,
  bridged: { ...onOwnLoop, requestsOn: 'main-thread' },
  'shared-pool': { ...onOwnLoop, requestsOn: 'io-thread', durable: true },
  adaptive: { ...onOwnLoop, requestsOn: 'io-thread', durable: true, scales: true },
};
