import type { ProbeEvent } from './event.ts';

/**
 * One line of a record. The probe of this same package wrote it, so its kind is checked and no more: a million lines
 * must be read as fast as they are written. A line torn by the program's end is none.
 */
export function decodeEvent(line: string): ProbeEvent | null {
  try {
    const value: unknown = JSON.parse(line);
    return isEvent(value) ? value : null;
  } catch {
    return null;
  }
}

function isEvent(value: unknown): value is ProbeEvent {
  return typeof value === 'object' && value !== null && 'e' in value && typeof value.e === 'string';
}
