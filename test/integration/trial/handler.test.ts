import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkHandler } from '../../../dist/trial/check-handler.js';
import { openHandlerLab } from '../../../dist/trial/handler-lab.js';
import { contexts } from '../../../src/contexts/index.ts';
import type { ContextName } from '../../../src/model/names.ts';

const handlers = {
  'awaits.mjs': `
    export default async function send({ channel, text }) {
      const response = await fetch(new URL('chat.postMessage', process.env.SLACK_API_URL), {
        method: 'POST',
        headers: {
          authorization: 'Bearer ' + process.env.SLACK_BOT_TOKEN,
          'content-type': 'application/json; charset=utf-8',
        },
        body: JSON.stringify({ channel, text }),
      });
      await response.json();
    }`,
  'forgets.cjs': `
    module.exports = ({ text }) => {
      fetch(process.env.SLACK_WEBHOOK_URL, { method: 'POST', body: JSON.stringify({ text }) }).catch(() => {});
    };`,
  'without-token.mjs': `
    export async function send({ channel, text }) {
      await fetch(new URL('chat.postMessage', process.env.SLACK_API_URL), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ channel, text }),
      });
    }`,
  'throws.mjs': `export default async ({ user }) => user.name;`,
  'elsewhere.mjs': `
    import http from 'node:http';
    export default ({ text }) => new Promise((resolve, reject) => {
      http.request('http://slack.test/hook', { method: 'POST' }, resolve).on('error', reject).end(text);
    });`,
  'nothing.mjs': `export default async () => 'sent';`,
  'named.mjs': `
    export async function send({ text }) {
      await fetch(process.env.SLACK_WEBHOOK_URL, { method: 'POST', body: JSON.stringify({ text }) });
    }`,
  'opens-at-once.mjs': `
    const { SLACK_BOT_TOKEN: token, SLACK_API_URL: url, SLACK_WEBHOOK_URL: hook } = process.env;
    if (!token || !url || !hook) throw new Error('SLACK_BOT_TOKEN is missing');
    export default async () => {};`,
  'other-name.mjs': `export async function deliver() {}`,
  'object.cjs': `module.exports = { token: 'x' };`,
  'broken.mjs': `export default (;`,
  'typed.ts': `export default async function send({ text }: { text: string }): Promise<number> { return text.length; }`,
};

/** Every context but those of other libraries, which may not be installed. */
const ownContexts = Object.values(contexts).filter(
  ({ place }) => place !== 'piscina' && place !== 'bree' && place !== 'bullmq',
);
const namesOf = (chosen: typeof ownContexts) => chosen.map(({ name }) => name);
const runsOn = namesOf(ownContexts.filter(({ callsOnce, resolvesHost }) => !callsOnce && !resolvesHost));
const stopsAfterCall = namesOf(ownContexts.filter(({ callsOnce }) => callsOnce === true));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'handlers-'));
  for (const [name, text] of Object.entries(handlers)) writeFileSync(join(folder, name), text);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** One context alone, as `doctor --handler --check handler-<context>` runs it. */
function run(name: keyof typeof handlers, context: ContextName) {
  const interrupted = new AbortController().signal;
  return openHandlerLab({ file: join(folder, name), contexts: [context], project: folder, interrupted }).run(
    context,
  );
}

describe('a user’s send(notification)', () => {
  it.each(runsOn)('that awaits its request arrives in %s', async (context) => {
    expect(await run('awaits.mjs', context)).toMatchObject({
      kind: 'ran',
      send: 'resolved',
      latencyMs: expect.any(Number),
    });
  });

  it('that does not await it is stranded where the thread parks', async () => {
    expect(await run('forgets.cjs', 'parked')).toMatchObject({
      cause: 'loop-parked',
      send: 'resolved',
      latencyMs: null,
    });
  });

  it.each(stopsAfterCall)('that does not await it had returned when it was lost in %s', async (context) => {
    expect(await run('forgets.cjs', context)).toMatchObject({ send: 'resolved', latencyMs: null });
  });

  it('that is refused is told what was answered', async () => {
    expect(await run('without-token.mjs', 'worker')).toMatchObject({
      refused: 'not_authed',
      latencyMs: null,
    });
    expect(await run('awaits.mjs', 'worker')).toMatchObject({ refused: null });
  });

  it('that awaits it is lost all the same where the thread is terminated', async () => {
    expect(await run('awaits.mjs', 'terminated')).toMatchObject({
      cause: 'thread-exited',
      send: 'pending',
      latencyMs: null,
    });
  });

  it('that throws is told by its error', async () => {
    expect(await run('throws.mjs', 'worker')).toMatchObject({
      cause: 'never-requested',
      send: 'rejected',
      message: expect.stringContaining('undefined'),
    });
  });

  it('that posts to a fixed host is kept from it', async () => {
    expect(await run('elsewhere.mjs', 'worker')).toMatchObject({
      cause: 'refused',
      send: 'rejected',
      message: expect.stringContaining('slack.test'),
    });
  });

  it('may be exported by its name', async () => {
    expect(await run('named.mjs', 'main')).toMatchObject({ requested: true, latencyMs: expect.any(Number) });
  });

  it.each(namesOf(ownContexts))(
    'that throws at once or sends nothing is told so in %s, whatever the thread does next',
    async (context) => {
      const [threw, silent] = await Promise.all([run('throws.mjs', context), run('nothing.mjs', context)]);
      expect(threw).toMatchObject({ threw: expect.stringContaining('undefined'), requested: false });
      expect(silent).toMatchObject({ threw: null, requested: false, latencyMs: null });
    },
  );

  it('that sends nothing is seen through', async () => {
    expect(await run('nothing.mjs', 'main')).toMatchObject({ send: 'resolved', latencyMs: null });
  });

  it('is refused by its file’s name where it cannot be used', async () => {
    await expect(checkHandler('other-name.mjs', folder)).rejects.toThrow(
      'it exports neither a function send nor a default function',
    );
    await expect(checkHandler('object.cjs', folder)).rejects.toThrow(
      'its default export is object, not a function',
    );
    await expect(checkHandler('broken.mjs', folder)).rejects.toThrow('cannot use broken.mjs');
    await expect(checkHandler('absent.mjs', folder)).rejects.toThrow('there is no such file');
  });

  it('may open its client when it is loaded', async () => {
    await expect(checkHandler('opens-at-once.mjs', folder)).resolves.toBe(join(folder, 'opens-at-once.mjs'));
  });

  it('is told what to do where Node takes its ES module for CommonJS', async () => {
    const project = join(folder, 'commonjs');
    mkdirSync(project, { recursive: true });
    writeFileSync(join(project, 'package.json'), '{ "type": "commonjs" }');
    writeFileSync(join(project, 'notify.js'), 'export const send = async () => {};');
    await expect(checkHandler('notify.js', project)).rejects.toMatchObject({
      remedy: expect.stringContaining('name it notify.mjs'),
    });
  });

  it('may be TypeScript where Node runs it, and is refused with the reason where not', async () => {
    const checked = checkHandler('typed.ts', folder);
    if (Reflect.get(process.features, 'typescript'))
      await expect(checked).resolves.toBe(join(folder, 'typed.ts'));
    else await expect(checked).rejects.toThrow('does not run TypeScript');
  });
});
