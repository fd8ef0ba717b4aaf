import { whyRefused } from '../file-error.ts';

/**
 * `timer-notify … | head -1` closes the pipe early; that is the reader's right and no error of ours. A result that can't
 * be written for another reason is.
 */
export function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    process.stderr.write(`error: cannot write to stdout; ${whyRefused(error)}; send the output elsewhere\n`);
    process.exit(2);
  });
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.exit(2);
  });
}
