import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Report } from '../../src/model/report.ts';
import { pythonOrNull } from './python.ts';
import { reportEntrySchema } from './report-entry.ts';
import { type Looked, lookAtAll } from './several-at-once.ts';

const cli = fileURLToPath(new URL('../../bin/timer-notify.js', import.meta.url));
const folder = fileURLToPath(new URL('../../fixtures/python/reports/', import.meta.url));
const python = await pythonOrNull();
const command = python?.command ?? 'python3';

type Entry = z.infer<typeof reportEntrySchema>;

const entries = z.array(reportEntrySchema).parse(JSON.parse(readFileSync(`${folder}expected.json`, 'utf8')));
const programs = entries.flatMap(({ app, twin }) => (twin === undefined ? [app] : [app, twin]));

/** Packages that programs import and this interpreter lacks. */
const wanted = new Set(programs.flatMap(importsOf));
const missing = new Set(
  [...wanted].filter((name) => spawnSync(command, ['-c', `import ${name}`]).status !== 0),
);

function importsOf(file: string): readonly string[] {
  const source = readFileSync(`${folder}${file}`, 'utf8');
  return [...source.matchAll(/^\s*(?:from|import) (\w+)/gm)].flatMap(([, name]) =>
    name === undefined || existsSync(`${folder}${name}.py`) ? [] : [name],
  );
}

function lacks(file: string): boolean {
  const names = importsOf(file).filter((name) => missing.has(name));
  if (names.length > 0) process.stderr.write(`skipped: ${file}: ${command} has no ${names.join(', ')}\n`);
  return names.length > 0;
}

interface Receiver {
  readonly child: ChildProcess;
  readonly url: string;
}

/** The far end, in a process that nobody watches. */
async function startReceiver(): Promise<Receiver> {
  const child = spawn(command, ['-I', `${folder}lib/sink.py`, '/dev/null'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout === null) throw new Error('the receiver has no output');
  for await (const port of createInterface({ input: child.stdout }))
    return { child, url: `http://127.0.0.1:${port.trim()}` };
  throw new Error('the receiver did not start');
}

async function watch(file: string): Promise<Report> {
  const receiver = await startReceiver();
  const child = spawn(process.execPath, [cli, 'doctor', '--json', '--timeout', '15s', '--', command, file], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, HOOK: receiver.url },
  });
  const [said] = await Promise.all([text(child.stdout), once(child, 'close')]);
  receiver.child.kill();
  return JSON.parse(said);
}

function firstFinding(report: Report | undefined): string {
  const [finding] = report?.findings ?? [];
  return finding === undefined
    ? ''
    : [finding.title, ...finding.evidence, ...finding.stack, finding.fix].join('\n');
}

/** What the tests below ask; a program without an entry of its own is the fixed twin of one. */
function isAsExpected(entry: Entry | undefined, report: Report): boolean {
  if (entry === undefined) return report.verdict === 'healthy' && report.findings.length === 0;
  const { verdicts, mention = '', place } = entry;
  const said = firstFinding(report);
  const isPlaced = place === undefined || place.some((line) => said.includes(line));
  return verdicts.some((one) => one === report.verdict) && new RegExp(mention, 'i').test(said) && isPlaced;
}

describe.skipIf(python === null)('doctor on programs after public reports', () => {
  let looked: Looked<string, Report>;
  let seen: ReadonlyMap<string, Report>;

  beforeAll(async () => {
    const broken = new Map(entries.map((entry) => [entry.app, entry]));
    looked = await lookAtAll(
      programs.filter((file) => !lacks(file)),
      watch,
      (file, report) => isAsExpected(broken.get(file), report),
    );
    seen = looked.results;
  }, 2_400_000);

  it('needs a second look at few of them', () => {
    expect(looked.lookedAtTwice.length).toBeLessThanOrEqual(looked.mostTwice);
  });

  afterAll(() => {
    if (missing.size > 0) process.stderr.write(`missing: ${[...missing].join(', ')}\n`);
  });

  it.each(entries)('$app is $verdicts', ({ app, verdicts }) => {
    const report = seen.get(app);
    if (report !== undefined) expect(verdicts, JSON.stringify(report.findings)).toContain(report.verdict);
  });

  it.each(entries.filter(({ mention }) => mention !== undefined))(
    '$app names its cause',
    ({ app, mention }) => {
      if (seen.has(app)) expect(firstFinding(seen.get(app))).toMatch(new RegExp(mention ?? '', 'i'));
    },
  );

  it.each(entries.filter(({ place }) => place !== undefined))(
    '$app names its line',
    ({ app, place = [] }) => {
      const said = firstFinding(seen.get(app));
      if (seen.has(app)) expect(place.filter((line) => said.includes(line))).not.toEqual([]);
    },
  );

  it.each(entries.flatMap(({ twin }) => (twin === undefined ? [] : [{ twin }])))(
    '$twin is healthy',
    ({ twin }) => {
      const report = seen.get(twin);
      if (report !== undefined)
        expect([report.verdict, ...report.findings.map(({ title }) => title)]).toEqual(['healthy']);
    },
  );
});
