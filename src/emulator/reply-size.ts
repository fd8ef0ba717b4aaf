import { UsageError } from '../errors.ts';

const units = { B: 1, KB: 1024, MB: 1024 ** 2 } as const;
const limitBytes = 64 * units.MB;

/**
 * Reads `512B`, `128KB` or `2MB` into bytes; 1 KB is 1024 bytes.
 * @throws UsageError for anything else, and above 64 MB.
 */
export function parseReplySize(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(B|KB|MB)$/i.exec(text) ?? [];
  const factor = Object.entries(units).find(([name]) => name === unit?.toUpperCase())?.[1];
  if (amount === undefined || factor === undefined) {
    throw new UsageError(
      `bad size "${text}"`,
      'a size is a number with B, KB or MB',
      'write for example 128KB',
    );
  }
  const bytes = Math.round(Number(amount) * factor);
  if (bytes > limitBytes) {
    throw new UsageError(
      `bad size "${text}"`,
      'a reply has at most 64MB',
      'write a smaller size, for example 1MB',
    );
  }
  return bytes;
}
