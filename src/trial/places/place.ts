import type { ThreadContext } from '../../contexts/context.ts';
import type { CallSignals } from '../../contexts/signals.ts';
import type { DeliveryHost, DeliveryStrategy } from '../../delivery/strategy.ts';
import type { TimerStore } from '../../pipeline/workflow-engine.ts';
import type { TrialSpec } from '../trial.ts';

export interface PlaceOptions {
  readonly spec: TrialSpec;
  readonly context: ThreadContext;
  readonly strategy: DeliveryStrategy;
  readonly host: DeliveryHost;
  readonly signals: CallSignals;
  /** Called when the sender is about to make its call. */
  readonly onAboutToCall: () => void;
}

/** The heartbeat in its place, ready to take timers, as main sees it. */
export interface PlacedHeartbeat extends TimerStore {
  terminate(): void;
  unreference(): void;
  /** Resolves when the heartbeat has ended and its thread has closed its sender. */
  stop(): Promise<void>;
}

export type OpenPlace = (options: PlaceOptions) => Promise<PlacedHeartbeat>;
