import { readSync } from 'node:fs';
import { Socket } from 'node:net';

/** File descriptor that ties a trial's process to the tool: it brings the spec, and its end ends the process. */
export const lifelineFd = 4;

const newline = 10;

/** Reads the line that the tool has written, without the loop's help. */
export function readSpecLine(): string {
  const chunks: Buffer[] = [];
  const chunk = Buffer.alloc(65536);
  for (;;) {
    const length = readSync(lifelineFd, chunk, 0, chunk.length, null);
    chunks.push(Buffer.from(chunk.subarray(0, length)));
    if (length === 0 || chunk[length - 1] === newline) return Buffer.concat(chunks).toString('utf8');
  }
}

/** Ends this process when the tool is gone; `onLine` is called when the tool says something. Keeps no process running. */
export function endWithParent(onLine: () => void = () => {}): void {
  const lifeline = new Socket({ fd: lifelineFd });
  lifeline.on('close', () => process.kill(process.pid, 'SIGKILL'));
  lifeline.on('error', () => {});
  lifeline.on('data', onLine);
  lifeline.unref();
}
