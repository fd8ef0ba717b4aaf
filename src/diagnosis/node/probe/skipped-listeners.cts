import { frameOfFunction } from './own-inspector.cjs';
import { purposeOfCallback } from './purpose.cjs';
import { framesStopped, type StoppedFrame } from './stops.cjs';
import { isFunction } from './wrap.cjs';

/** Listeners of an event that are to send, and that an error of a listener before them kept from being called. */
export interface Skipped {
  /** Where the program emits the event. */
  readonly emittedAt: string;
  /** Where they are written. */
  readonly skips: readonly string[];
}

/** Asked while the program stands where the error was thrown; what it passes through on its way up is not known yet. */
export function skippedByThrow(params: object): Skipped | null {
  const frames = framesStopped(params);
  const emits = frames.findIndex(isEmit);
  const emittedAt = frames.slice(emits + 1).find(({ place }) => isOwn(place))?.place;
  if (emits < 1 || emittedAt === undefined) return null;
  const left = frames[emits]?.valueOf('listeners.slice(i + 1)');
  const skips = Array.isArray(left) ? left.flatMap(placeOfSender) : [];
  return skips.length > 0 ? { emittedAt, skips } : null;
}

/** Node's own: its file has no name here. */
function isEmit({ name, place }: StoppedFrame): boolean {
  return name === 'emit' && !isOwn(place);
}

function isOwn(place: string): boolean {
  return !place.startsWith(':');
}

function placeOfSender(raw: unknown): readonly string[] {
  if (!isFunction(raw)) return [];
  const inner: unknown = Reflect.get(raw, 'listener');
  const callback = isFunction(inner) ? inner : raw;
  const place = frameOfFunction(callback);
  if (place === null) return [];
  // Methods of an arrow function's `this` are looked up in its file.
  const { leads, conditional } = purposeOfCallback(callback, place);
  return !conditional && (leads === 'surely' || leads === 'likely') ? [place] : [];
}
