import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Cause, causes } from '../src/model/cause.ts';

/** A small program of `fixtures/apps`, with what its header says of it. */
export interface FixtureApp {
  readonly file: string;
  readonly path: string;
  readonly verdict: Cause;
  /** POST requests that its server receives, whoever watches. */
  readonly arrivals: number;
  /** Its exit code when it ends by itself. */
  readonly exitCode: number;
}

const folder = fileURLToPath(new URL('../fixtures/apps/', import.meta.url));

export const fixtureApps: readonly FixtureApp[] = readdirSync(folder)
  .filter((file) => /\.[cm]js$/.test(file))
  .sort()
  .map(readApp);

function readApp(file: string): FixtureApp {
  const path = `${folder}${file}`;
  const header = readFileSync(path, 'utf8').match(/^(?:\/\/.*\n)+/)?.[0] ?? '';
  const verdict = causes.find((cause) => cause === headerField(header, 'verdict'));
  const arrivals = headerField(header, 'arrivals');
  if (verdict === undefined || arrivals === null)
    throw new Error(`${file} does not say its verdict and arrivals`);
  return {
    file,
    path,
    verdict,
    arrivals: Number(arrivals),
    exitCode: Number(headerField(header, 'exit') ?? 0),
  };
}

function headerField(header: string, name: string): string | null {
  return header.match(new RegExp(`^// ${name}: (.+)$`, 'm'))?.[1] ?? null;
}
