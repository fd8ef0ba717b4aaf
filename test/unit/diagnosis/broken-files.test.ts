import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brokenPlace } from '../../../src/diagnosis/node/broken-files.ts';
import type { EventOf } from '../../../src/diagnosis/node/protocol.ts';
import { importOf, missingModule } from '../../../src/diagnosis/source/import-of.ts';
import { diagnosisOf, main, threadStarts } from './recorded.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'timer-notify-broken-'));
  const files = {
    'app.mjs': "import { ring } from './bell.mjs';\nring();\n",
    'bell.mjs': "import './tone.mjs?loud';\nexport const ring = () => {};\n",
    'tone.mjs': 'export const tone = ;\n',
    'loads.mjs': "import 'bells/loud';\nimport { hum } from './hum.mjs';\nhum();\n",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a module that can’t be read', () => {
  it('is found through what imports it', () => {
    const place = `${join(folder, 'tone.mjs')}:1:21`;
    expect(brokenPlace(join(folder, 'app.mjs'), "Unexpected token ';'")).toBe(place);
    expect(brokenPlace(pathToFileURL(join(folder, 'app.mjs')).href, "Unexpected token ';'")).toBe(place);
  });

  it('is not guessed: another error is not its', () => {
    expect(brokenPlace(join(folder, 'app.mjs'), 'Unexpected end of input')).toBe('');
    expect(brokenPlace(join(folder, 'bell.txt'), "Unexpected token ';'")).toBe('');
  });
});

describe('a module that was not found', () => {
  it('has the place of its import, by its name or its path', () => {
    const from = `imported from ${join(folder, 'loads.mjs')}`;
    expect(importOf(`Cannot find package 'bells' ${from}`)).toBe(`${join(folder, 'loads.mjs')}:1:8`);
    expect(importOf(`Cannot find module '${join(folder, 'hum.mjs')}' ${from}`)).toBe(
      `${join(folder, 'loads.mjs')}:2:21`,
    );
    expect(importOf(`Cannot find package 'gongs' ${from}`)).toBeNull();
  });

  it('is known by Node’s words and by Python’s', () => {
    expect(missingModule("Cannot find module './hum.cjs'\nRequire stack:\n- /bot.cjs")).toEqual({
      name: './hum.cjs',
      importer: null,
    });
    expect(missingModule("No module named 'bells'")).toEqual({ name: 'bells', importer: null });
    expect(missingModule('Cannot find the channel')).toBeNull();
  });
});

describe('the finding', () => {
  const escaped = (changes: Partial<EventOf<'uncaught'>>) =>
    diagnosisOf(
      [
        threadStarts(main),
        [
          main,
          {
            e: 'uncaught',
            t: 100,
            origin: 'unhandledRejection',
            name: 'SyntaxError',
            code: '',
            message: "Unexpected token ';'",
            frames: [],
            inTimer: false,
            ofRequest: false,
            ...changes,
          },
        ],
        [main, { e: 'exit', t: 110, code: 1, timers: [] }],
      ],
      { kind: 'exited', at: 120, exitCode: 1 },
    ).findings[0];

  it('names the file that can’t be read, and where', () => {
    expect(escaped({ brokenAt: '/bot/tone.mjs:1:21', entry: '/bot/app.mjs' })).toMatchObject({
      code: 'never-requested',
      title: 'A syntax error kept tone.mjs from being loaded',
      stack: ['/bot/tone.mjs:1:21'],
    });
  });

  it('sends the reader to the program’s own output where the place was not found', () => {
    expect(escaped({ brokenAt: '', entry: '/bot/app.mjs' })).toMatchObject({
      title: 'A syntax error kept a file of the program from being loaded',
      stack: [],
      fix: 'Correct it: the program’s own output names the file and the line',
    });
  });

  it('tells an import of what is not exported from that', () => {
    const message = "The requested module './bell.mjs' does not provide an export named 'ringg'";
    expect(escaped({ brokenAt: '/bot/app.mjs:1:10', entry: '/bot/app.mjs', message })?.title).toBe(
      'An import of what is not exported kept app.mjs from being loaded',
    );
  });

  it('leaves a text that could not be parsed what it is', () => {
    expect(escaped({ frames: ['/bot/app.mjs:3:8'] })?.title).toBe(
      'A promise was rejected with SyntaxError and nobody handled it',
    );
  });

  it('says which module was not found, and who loads it', () => {
    const message = "Cannot find package 'bells' imported from /bot/lib/ring.mjs";
    expect(escaped({ name: 'Error', code: 'ERR_MODULE_NOT_FOUND', message })?.title).toBe(
      "Module 'bells' was not found, which ring.mjs loads",
    );
  });
});
