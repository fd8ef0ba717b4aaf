import type { StrategyName } from '../model/names.ts';

/** What every thread knows of the notifier it sends through. */
export interface NotifierIdentity {
  readonly timerNotify: 'notifier';
  readonly name: string;
  readonly strategy: StrategyName;
  /** False where a webhook decides the channel. */
  readonly needsChannel: boolean;
  readonly openTelemetry: boolean;
}

/** A notifier's handle as it crosses to another thread. */
export interface HandleValue extends NotifierIdentity {
  readonly tally: SharedArrayBuffer;
  /** The strategy's own handle. */
  readonly delivery: unknown;
}

export function isHandleValue(value: unknown): value is HandleValue {
  return (
    typeof value === 'object' && value !== null && 'timerNotify' in value && value.timerNotify === 'notifier'
  );
}
