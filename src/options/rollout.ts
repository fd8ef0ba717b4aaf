import { createHash } from 'node:crypto';

/**
 * Whether a timer belongs to the given percentage. The same timer gets the same answer in every process and on every
 * machine, and keeps it while the percentage grows.
 */
export function isInRollout(timerId: string, percentage: number): boolean {
  const share = createHash('sha256').update(timerId).digest().readUInt32BE(0) / 2 ** 32;
  return share * 100 < percentage;
}
