import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Finding } from '../../src/model/finding.ts';
import type { Report } from '../../src/model/report.ts';

const cli = fileURLToPath(new URL('../../bin/timer-notify.js', import.meta.url));
const folder = fileURLToPath(new URL('../../fixtures/reports/node/', import.meta.url));
const major = Number(process.versions.node.split('.')[0]);

const entrySchema = z.object({
  app: z.string(),
  verdicts: z.array(z.string()),
  mention: z.string().optional(),
  place: z.array(z.string()).optional(),
  twin: z.string().optional(),
  nodeArgs: z.array(z.string()).default([]),
});
type Entry = z.infer<typeof entrySchema>;

const entries = z.array(entrySchema).parse(JSON.parse(readFileSync(`${folder}expected.json`, 'utf8')));
const twins = entries.flatMap((entry) => (entry.twin === undefined ? [] : [{ ...entry, app: entry.twin }]));

/** The programs use the packages of the reports, which are installed in their folder once. */
describe.skipIf(!existsSync(`${folder}node_modules`))(
  'timer-notify doctor on programs after public reports',
  () => {
    it.each(entries)('$app: $verdicts', async (entry) => {
      const { verdict, findings } = await diagnose(entry);
      const [first] = findings;
      expect(entry.verdicts).toContain(verdict);
      if (entry.mention !== undefined) expect(said(first)).toMatch(new RegExp(entry.mention, 'i'));
      if (entry.place !== undefined) {
        const places = [...(first?.stack ?? []), ...(first?.evidence ?? [])].join('\n');
        expect(entry.place.some((place) => places.includes(place))).toBe(true);
      }
    });

    it.each(twins)('$app, the fixed twin: healthy', async (twin) => {
      expect((await diagnose(twin)).verdict).toBe('healthy');
    });
  },
);

function said(finding: Finding | undefined): string {
  return finding === undefined ? '' : [finding.title, ...finding.evidence, finding.fix].join('\n');
}

async function diagnose({
  app,
  nodeArgs,
}: Pick<Entry, 'app' | 'nodeArgs'>): Promise<Pick<Report, 'verdict' | 'findings'>> {
  const options = nodeArgs.map((option) =>
    major >= 24 ? option.replace('--experimental-permission', '--permission') : option,
  );
  const { NODE_OPTIONS: _runners, ...env } = process.env;
  const child = spawn(
    process.execPath,
    [cli, 'doctor', '--json', '--timeout', '8s', '--', process.execPath, ...options, app],
    { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'], env },
  );
  const report: Report = JSON.parse(await text(child.stdout));
  return report;
}
