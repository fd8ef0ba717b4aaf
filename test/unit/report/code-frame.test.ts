import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Chalk } from 'chalk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nameFrame } from '../../../src/model/frame.ts';
import { codeFrame, withCodeFrames } from '../../../src/report/code-frame.ts';
import { renderHtml } from '../../../src/report/html/page.ts';
import { renderJunit } from '../../../src/report/junit.ts';
import { renderMarkdown } from '../../../src/report/markdown.ts';
import { renderDoctor } from '../../../src/report/terminal/doctor.ts';
import { protectSecret } from '../../../src/slack/redact.ts';
import { doctorReport } from './sample-doctor.ts';
import { sampleFinding } from './sample-report.ts';

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'code-frame-'));
  file = join(folder, 'bot.mjs');
  writeFileSync(file, 'const slack = connect();\nslack.post(text);\nAtomics.wait(flags, 0, 0);\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a frame', () => {
  test('is named relative to the working directory, where it lies in it', () => {
    expect(nameFrame(`${file}:2:7 (onExpiry)`, folder)).toBe('bot.mjs:2:7 (onExpiry)');
    expect(nameFrame('/elsewhere/bot.mjs:2:7', folder)).toBe('/elsewhere/bot.mjs:2:7');
    expect(nameFrame('node:internal/timers:5:1', folder)).toBe('node:internal/timers:5:1');
  });

  test('is shown with the lines around it', () => {
    expect(codeFrame(`${file}:2:7 (onExpiry)`)).toEqual([
      '  1 | const slack = connect();',
      '> 2 | slack.post(text);',
      '    |       ^',
      '  3 | Atomics.wait(flags, 0, 0);',
    ]);
  });

  test('holds no half of a secret where it is cut', () => {
    protectSecret('T123/B456/recognisable-secret');
    const secret = join(folder, 'secret.mjs');
    writeFileSync(
      secret,
      `${'x'.repeat(100)} fetch('https://hooks.test/T123/B456/recognisable-secret'); send();\n`,
    );
    for (const column of [102, 152, 158]) {
      expect(codeFrame(`${secret}:1:${column}`).join('\n')).not.toMatch(/recog|secret'/);
    }
  });

  test('far to the right is shown from shortly before it', () => {
    const long = join(folder, 'long.mjs');
    writeFileSync(long, `${'x'.repeat(100)} slack.post(text);\n`);
    const [row = '', mark = ''] = codeFrame(`${long}:1:102`);
    expect(row).toMatch(/^> 1 \| …x+ slack\.post\(text\);$/);
    expect(row.slice(mark.indexOf('^'))).toBe('slack.post(text);');
  });

  test('is marked where it is, behind tabs, too', () => {
    const tabbed = join(folder, 'tabbed.mjs');
    writeFileSync(tabbed, 'if (due) {\r\n\t\tslack.post(text);\r\n}\r\n');
    const [, row = '', mark = '', last] = codeFrame(`${tabbed}:2:9`);
    expect(row.slice(mark.indexOf('^'))).toBe('post(text);');
    expect(last).toBe('  3 | }');
  });

  test.each(['bot.mjs:2:7 (onExpiry)', 'bot.mjs:2 (on_expiry)'])('%s is the same in each format', (frame) => {
    const finding = sampleFinding({ stack: [join(folder, frame)] });
    const other = sampleFinding({ code: 'reset', title: 'Another', stack: [join(folder, frame)] });
    const report = withCodeFrames(
      doctorReport({ ok: false, verdict: 'loop-parked', findings: [finding, other] }),
    );
    const expected = codeFrame(join(folder, frame));
    const terminal = renderDoctor(report, { out: new Chalk({ level: 0 }), columns: 200 });
    const unescaped = (text: string) => text.replaceAll('&gt;', '>').replaceAll('&quot;', '"');
    const texts = [
      terminal,
      renderMarkdown(report),
      unescaped(renderHtml(report)),
      unescaped(renderJunit(report)),
    ];
    for (const text of texts) {
      const rows = text.split('\n').map((row) => row.replace(/^.*<pre[^>]*>|<\/pre>.*$/g, '').trim());
      expect(rows.join('\n').split(expected.map((row) => row.trim()).join('\n'))).toHaveLength(3);
    }
  });

  test('stays in a report that is shown where its code is not', () => {
    const finding = sampleFinding({ stack: ['/nowhere.mjs:1:1'], codeFrame: ['> 1 | a `b` ```'] });
    const report = withCodeFrames(doctorReport({ ok: false, findings: [finding] }));
    expect(renderMarkdown(report)).toContain('\n````text\n> 1 | a `b` ```\n````\n');
  });

  test('is found where it is named as seen from the working directory, as Python’s are', () => {
    expect(codeFrame('package.json:2 (main)')).toEqual([
      '  1 | {',
      '> 2 |   "name": "timer-notify",',
      expect.stringContaining('"version"'),
    ]);
    expect(codeFrame('node:internal/timers:5:1')).toEqual([]);
    expect(codeFrame('<string>:1 (main)')).toEqual([]);
  });

  test('of a file or line that is not there has no code', () => {
    expect(codeFrame(`${file}:99:1`)).toEqual([]);
    expect(codeFrame('/nowhere.mjs:1:1')).toEqual([]);
  });

  test('of a package comes after the person’s own, and never stands under At', () => {
    const render = (stack: readonly string[]) =>
      renderDoctor(
        withCodeFrames(
          doctorReport({ ok: false, verdict: 'loop-parked', findings: [sampleFinding({ stack })] }),
        ),
        { out: new Chalk({ level: 0 }), columns: 200 },
      );
    const inPackage = '/app/node_modules/got/index.js:9:1';
    expect(render([inPackage, `${file}:2:7`])).toMatch(
      / At +\S*bot\.mjs:2:7\n[^A-Z]* \| [\s\S]* Through +\/app\/node_modules/,
    );
    const many = [1, 2, 3, 4, 5].map((line) => `/app/node_modules/got/index.js:${line}:1`);
    expect(render([`${file}:2:7`, ...many])).toMatch(/index\.js:3:1\n +… and 2 more frames\n/);
    expect(render([inPackage])).toMatch(/ Inside +\/app\/node_modules/);
  });
});
