import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

/** Each thread and process of a trial, by the name of its file. */
type Threads = Record<string, () => unknown>;

const bundle = join(__dirname, 'threads.cjs');

/** Named by the tool; without it this is no more than a `require`. */
const compiledFile = process.env.TIMER_NOTIFY_COMPILED;

/** What the stubs of the threads ask for: bundled on its own, in CommonJS format. */
export const threads: Threads = compiledFile === undefined ? require(bundle) : load(compiledFile);

/** Runs the bundle with the code that V8 made of it in an earlier run: half the start of a thread is compiling. */
function load(kept: string): Threads {
  const cachedData = contentOf(kept);
  // The build checks that it is ASCII: read as Latin-1, nothing has to be decoded.
  const source = `(function(exports,require,module,__filename,__dirname){${readFileSync(bundle, 'latin1')}\n})`;
  const script = new Script(source, {
    filename: bundle,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  const exported: Threads = {};
  const run: (...names: readonly unknown[]) => void = script.runInThisContext();
  run(exported, require, module, bundle, __dirname);
  if (isMainThread && process.env.TIMER_NOTIFY_WARMS_CACHE !== undefined) keepAtTheEnd(script, kept);
  return exported;
}

function contentOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** By then what a trial needs has run, and is compiled. Renamed into its place: nobody reads half of it. */
function keepAtTheEnd(script: Script, file: string): void {
  process.once('SIGTERM', () => {
    const whole = `${file}.${process.pid}`;
    writeFileSync(whole, script.createCachedData(), { mode: 0o600 });
    renameSync(whole, file);
    process.exit(0);
  });
}
