import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedDataVersionTag } from 'node:v8';
import { makeFolder } from '../make-folder.ts';
import { once } from '../once.ts';
import { builtFile } from '../package-files.ts';

/**
 * The file in which V8's code of the trials' threads is kept from one run to the next, whether it is there yet or not.
 * Null where nothing can be kept: in a build that is not bundled, and where no folder is this user's alone, for whoever
 * writes that file decides what the trials run.
 */
export const compiledCodeFile = once((): string | null => {
  const bundle = fileURLToPath(builtFile('threads.cjs'));
  const user = process.getuid?.();
  if (user === undefined || !existsSync(bundle)) return null;
  const folder = join(tmpdir(), `timer-notify-compiled-${user}`);
  try {
    makeFolder(folder, 0o700);
    const { uid, mode } = lstatSync(folder);
    const isOurs = uid === user && (mode & 0o170_077) === 0o040_000;
    return isOurs ? join(folder, nameFor(readFileSync(bundle))) : null;
  } catch {
    return null;
  }
});

/** Another one for each build, V8 and processor. */
function nameFor(bundle: Buffer): string {
  const of = `${process.version} ${process.arch} ${cachedDataVersionTag()} `;
  return createHash('sha256').update(of).update(bundle).digest('hex').slice(0, 32);
}
