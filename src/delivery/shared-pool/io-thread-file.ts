import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { withCode } from '../notifier-error.ts';

/** The package's export of the I/O thread's file, for bundlers and for a bundle that runs beside `node_modules`. */
const exportedAs = 'timer-notify/io-thread';

/** Beside a bundle that was built with the I/O thread as a second entry. */
const namesInBundle = ['io-thread.js', 'io-thread.mjs', 'io-thread.cjs'];

/**
 * The file that the I/O thread runs: the one named, else the one beside this module. A bundler moves this module and
 * not that file, so it is then looked for beside the bundle and in `node_modules`.
 * @throws TypeError that says how to make it found.
 */
export function ioThreadFile(named: string | undefined): URL {
  if (named !== undefined)
    return existing(toUrl(named)) ?? notFound(`ioThread is "${named}"; no file is there`);
  // In a bundle of CommonJS format there is no `import.meta.url`.
  const here: string | undefined = import.meta.url;
  return (
    (here === undefined ? null : existing(new URL('./io.worker.js', here))) ??
    besideBundle(here) ??
    inNodeModules() ??
    notFound('the file of the I/O thread was not bundled with the rest of timer-notify')
  );
}

/** Some bundlers leave no `import.meta.url`, and webpack's is that of the machine it ran on. */
function besideBundle(here: string | undefined): URL | null {
  const program = process.argv[1] === undefined ? undefined : pathToFileURL(process.argv[1]).href;
  const bundles = [here, program].filter((bundle) => bundle !== undefined);
  return firstOf(
    bundles.flatMap((bundle) => namesInBundle.map((name) => existing(new URL(`./${name}`, bundle)))),
  );
}

function inNodeModules(): URL | null {
  const folders = [process.argv[1], join(process.cwd(), 'package.json')];
  return firstOf(folders.map((from) => (from === undefined ? null : resolveIn(from))));
}

function resolveIn(from: string): URL | null {
  try {
    // Not imported: webpack would resolve it while it builds.
    const { createRequire } = process.getBuiltinModule('node:module');
    return pathToFileURL(createRequire(from).resolve(exportedAs));
  } catch {
    return null;
  }
}

function toUrl(file: string): URL {
  return file.startsWith('file:') ? new URL(file) : pathToFileURL(file);
}

function existing(url: URL): URL | null {
  return url.protocol === 'file:' && existsSync(fileURLToPath(url)) ? url : null;
}

function firstOf(urls: readonly (URL | null)[]): URL | null {
  return urls.find((url) => url !== null) ?? null;
}

function notFound(why: string): never {
  const problem = new TypeError(
    `no I/O thread; ${why}; leave timer-notify out of the bundle (esbuild --external:timer-notify, Next.js ` +
      `serverExternalPackages), or add ${exportedAs} as an entry named io-thread, or pass its path as ioThread`,
  );
  throw withCode('io-thread-not-found', problem);
}
