import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Joiner } from '../../../src/diagnosis/node/joiner.ts';
import { diagnose } from '../../../src/diagnosis/rules/index.ts';
import {
  answered,
  beats,
  main,
  mainAndWorker,
  type Recording,
  requestStarts,
  threadStarts,
  worker,
} from './recorded.ts';

const folder = mkdtempSync(join(tmpdir(), 'unmatched-'));
const bot = join(folder, 'bot.mjs');
writeFileSync(bot, 'setTimeout(() => slack.chat.postMessage({ channel, text }), 300);\n');
afterAll(() => rmSync(folder, { recursive: true }));

/** A request is refused by the server, and its promise's rejection is swallowed. */
const refused: Recording = [
  threadStarts(main),
  ...beats(main, 0, 400),
  requestStarts(main, { t: 450 }),
  ...answered(main, 460),
  [
    main,
    {
      e: 'swallowed',
      t: 470,
      seenAt: 900,
      error: 'Error: invalid_auth',
      frames: [`${bot}:1:18`],
      takenAt: [],
      mayBeReplaced: false,
    },
  ],
  ...beats(main, 600, 3000),
];

/** A worker makes its request, then parks for good. */
const parked: Recording = [
  ...mainAndWorker,
  ...beats(main, 0, 6000),
  ...beats(worker, 20, 100),
  requestStarts(worker, { t: 120 }),
  [worker, { e: 'loop-stopped', t: 130, call: 'Atomics.wait', stack: null, limitMs: null, shared: false }],
];

it('does not say of a parked thread that it made no request where --match leaves one out', () => {
  const joiner = new Joiner(() => false);
  for (const [thread, event] of parked) joiner.add(thread, event);
  const record = joiner.finish({ kind: 'timeout', at: 6000, exitCode: null, signal: null });
  const { verdict, findings } = diagnose(record, { hangAfterMs: 2000 });
  expect(verdict).toBe('inconclusive');
  expect(findings.map(({ title }) => title)).toEqual(['--match matched none of the requests']);
});

it.each([
  [
    'blames no swallowed error where the only requests are those that --match leaves out',
    false,
    'inconclusive',
  ],
  ['blames it where every request counts and none followed', true, 'never-requested'],
] as const)('%s', (_, isRelevant, verdict) => {
  const joiner = new Joiner(() => isRelevant);
  for (const [thread, event] of refused) joiner.add(thread, event);
  joiner.processGone(100, 3000, 0);
  const record = joiner.finish({ kind: 'exited', at: 3000, exitCode: 0, signal: null });
  expect(diagnose(record, { hangAfterMs: 2000 }).verdict).toBe(verdict);
});
