import type { DeliveryOptions } from './strategy.ts';

/**
 * The options inside a handle that crossed a thread boundary.
 * @throws TypeError when the value is not a handle of this package.
 */
export function readOptions(value: unknown): DeliveryOptions {
  if (!isOptions(value))
    throw new TypeError('not a sender handle; pass what handle() returned, with its transferList');
  return value;
}

function isOptions(value: unknown): value is DeliveryOptions {
  return typeof value === 'object' && value !== null && 'target' in value && 'deadlineMs' in value;
}
