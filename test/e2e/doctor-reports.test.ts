import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Finding } from '../../src/model/finding.ts';
import type { Report } from '../../src/model/report.ts';
import { reportEntrySchema } from './report-entry.ts';
import { type Looked, lookAtAll } from './several-at-once.ts';

const cli = fileURLToPath(new URL('../../bin/timer-notify.js', import.meta.url));
const folder = fileURLToPath(new URL('../../fixtures/reports/node/', import.meta.url));
const major = Number(process.versions.node.split('.')[0]);

const entrySchema = reportEntrySchema.extend({
  /** Why cause and line are not seen, where they are not. */
  unseen: z.string().optional(),
  nodeArgs: z.array(z.string()).default([]),
  /** For a program that ends by itself, and takes long for that on a busy machine. */
  timeout: z.string().default('8s'),
});
type Entry = z.infer<typeof entrySchema>;

const entries = z.array(entrySchema).parse(JSON.parse(readFileSync(`${folder}expected.json`, 'utf8')));
const twins = entries.flatMap((entry) => (entry.twin === undefined ? [] : [{ ...entry, app: entry.twin }]));
const isInstalled = existsSync(`${folder}node_modules`);
if (!isInstalled)
  process.stderr.write(`skipped: the programs of ${folder} need their packages: npm install there\n`);

describe.skipIf(!isInstalled)('timer-notify doctor on programs after public reports', () => {
  let looked: Looked<Entry, Diagnosis>;
  const seen = (entry: Entry) => looked.results.get(entry) ?? nothing;

  beforeAll(async () => {
    const fixed = new Set(twins);
    looked = await lookAtAll([...entries, ...twins], diagnose, (entry, diagnosis) =>
      fixed.has(entry) ? isHealthy(diagnosis) : isAsExpected(entry, diagnosis),
    );
  }, 2_400_000);

  it('needs a second look at few of them', () => {
    expect(looked.lookedAtTwice.length).toBeLessThanOrEqual(looked.mostTwice);
  });

  it.each(entries)('$app: $verdicts', (entry) => {
    const { verdict, findings } = seen(entry);
    expect(entry.verdicts, JSON.stringify(findings)).toContain(verdict);
  });

  for (const entry of entries) {
    const { app, mention, place, unseen } = entry;
    if (mention === undefined && place === undefined) continue;
    const test = unseen === undefined ? it : it.fails;
    test(`${app} names its cause and line${unseen === undefined ? '' : `, which it can’t: ${unseen}`}`, () => {
      const [first] = seen(entry).findings;
      if (mention !== undefined) expect(said(first)).toMatch(new RegExp(mention, 'i'));
      if (place !== undefined) expect(placesNamed(place, first)).not.toEqual([]);
    });
  }

  it.each(twins)('$app, the fixed twin: healthy', (twin) => {
    const { verdict, findings } = seen(twin);
    expect([verdict, ...findings.map(({ title }) => title)], JSON.stringify(findings)).toEqual(['healthy']);
  });
});

type Diagnosis = Pick<Report, 'verdict' | 'findings'>;
const nothing: Diagnosis = { verdict: 'inconclusive', findings: [] };

function said(finding: Finding | undefined): string {
  return finding === undefined ? '' : [finding.title, ...finding.evidence, finding.fix].join('\n');
}

function placesNamed(places: readonly string[], finding: Finding | undefined): readonly string[] {
  const named = [...(finding?.stack ?? []), ...(finding?.evidence ?? [])].join('\n');
  return places.filter((place) => named.includes(place));
}

function isHealthy({ verdict, findings }: Diagnosis): boolean {
  return verdict === 'healthy' && findings.length === 0;
}

/** What the tests above ask of a program that is broken. */
function isAsExpected(
  { verdicts, mention, place, unseen }: Entry,
  { verdict, findings }: Diagnosis,
): boolean {
  const [first] = findings;
  const isNamed = mention === undefined || new RegExp(mention, 'i').test(said(first));
  const isPlaced = place === undefined || placesNamed(place, first).length > 0;
  return verdicts.some((one) => one === verdict) && (unseen !== undefined || (isNamed && isPlaced));
}

async function diagnose({ app, nodeArgs, timeout }: Entry): Promise<Diagnosis> {
  const options = nodeArgs.map((option) =>
    major >= 24 ? option.replace('--experimental-permission', '--permission') : option,
  );
  const { NODE_OPTIONS: _options, NODE_ENV: _environment, ...env } = process.env;
  const child = spawn(
    process.execPath,
    [cli, 'doctor', '--json', '--timeout', timeout, '--', process.execPath, ...options, app],
    { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'], env },
  );
  const report: Report = JSON.parse(await text(child.stdout));
  return report;
}
