import { readFileSync } from 'node:fs';

/** Whether the line of a frame (`file:line:column (name)`) asks memory that threads share: it spins until another writes. */
export function spinsAt(frame: string | undefined): boolean {
  const [, file = '', line = ''] = /^(.*?):(\d+):\d+(?: \(|$)/.exec(frame ?? '') ?? [];
  try {
    const text = readFileSync(file, 'utf8').split('\n')[Number(line) - 1] ?? '';
    return /\bAtomics\s*\.\s*(?:load|compareExchange|exchange)\b/.test(text);
  } catch {
    // A program that was bundled, or given on the command line, has no line to look at.
    return false;
  }
}
