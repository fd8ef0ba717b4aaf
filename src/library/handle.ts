import type { HandleValue as DeliveryHandle, TransferList } from '../delivery/handle.ts';
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

/** What crosses to another thread and makes it a sender there; what is in it is the library's own. */
export interface NotifierHandleValue {
  readonly timerNotify: 'notifier';
}

/** Goes to one other thread: `value` in `workerData` or a message, together with its `transferList`. */
export interface NotifierHandle {
  readonly value: NotifierHandleValue;
  readonly transferList: TransferList;
}

/** The value as this package reads it. */
export interface HandleValue extends NotifierIdentity, NotifierHandleValue {
  readonly tally: SharedArrayBuffer;
  /** The strategy's own handle. */
  readonly delivery: DeliveryHandle;
}

export function isHandleValue(value: unknown): value is HandleValue {
  return (
    typeof value === 'object' && value !== null && 'timerNotify' in value && value.timerNotify === 'notifier'
  );
}
