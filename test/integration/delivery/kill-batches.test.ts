import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { openJournal } from '../../../dist/delivery/journal/open-journal.js';
import { type Random, randomFrom } from '../../random.ts';

// KILLS=300 KILL_SEED=7 is the long run; the same seed makes the same choices.
const kills = Number(process.env.KILLS ?? 6);
const seed = Number(process.env.KILL_SEED ?? 1);

const livesOfOneJournal = 5;

const program = fileURLToPath(new URL('./chaos-process.mjs', import.meta.url));

interface Posted {
  readonly id: string;
  readonly marked: boolean;
}

test('batches of a process that is killed again and again are delivered or told, and never twice unmarked', {
  timeout: 60_000 + kills * 4000,
}, async () => {
  const random = randomFrom(seed);
  const server = await openServer(random);
  onTestFinished(() => server.close());
  const sum = { kills: 0, sent: 0, posted: 0, told: 0, marked: 0, lost: 0, unmarked: 0 };
  for (let journal = 0; sum.kills < kills; journal += 1) {
    const folder = mkdtempSync(join(tmpdir(), 'timer-notify-kill-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const files = { journal: join(folder, 'journal'), logFile: join(folder, 'log') };
    server.posted.length = 0;
    for (let life = 0; life < livesOfOneJournal && sum.kills < kills; life += 1) {
      server.isWell = false;
      const senders = ['main', 'none'].map((ending) => ({
        prefix: `${journal}-${life}-${ending}`,
        count: 1000,
        together: 34,
        ending,
      }));
      const child = start({ ...files, baseUrl: server.baseUrl, deadlineMs: 200, senders });
      await once(child, 'message');
      await sleep(Math.floor(random() * 800));
      child.kill('SIGKILL');
      await once(child, 'exit');
      sum.kills += 1;
    }
    server.isWell = true;
    const [code] = await once(
      start({ ...files, baseUrl: server.baseUrl, deadlineMs: 30_000, senders: [] }),
      'exit',
    );
    const { sent, told } = readLog(files.logFile);
    const seen = new Set<string>();
    for (const { id, marked } of server.posted) {
      if (marked) sum.marked += 1;
      else if (seen.has(id)) sum.unmarked += 1;
      seen.add(id);
    }
    sum.sent += sent.size;
    sum.posted += seen.size;
    sum.told += [...told].filter((id) => !seen.has(id)).length;
    sum.lost += [...sent].filter((id) => !seen.has(id) && !told.has(id)).length;
    expect(code).toBe(0);
    expect(openJournal(files.journal)).toMatchObject({ unfinished: [], damaged: [] });
  }
  if (kills > 6) process.stdout.write(`${JSON.stringify({ seed, ...sum })}\n`);
  expect(sum).toMatchObject({ lost: 0, unmarked: 0 });
  expect(sum.sent).toBeGreaterThan(0);
});

/** Refuses some, keeps some waiting, posted or not, until it is well. */
async function openServer(random: Random) {
  const posted: Posted[] = [];
  const state = { isWell: false };
  const server = createServer(async (request, response) => {
    const body = await text(request).catch(() => null);
    if (body === null) return;
    const { id, possible_duplicate: marked } = JSON.parse(body).metadata.event_payload;
    const dice = state.isWell ? 1 : random();
    if (dice < 0.05) return reply(response, 503, 'busy');
    if (dice < 0.07) return;
    posted.push({ id, marked });
    if (dice < 0.09) return;
    reply(response, 200, '{"ok":true,"channel":"C1","ts":"1.1"}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(state, {
    baseUrl: `http://127.0.0.1:${portOf(server.address())}/api/`,
    posted,
    close() {
      server.closeAllConnections();
      server.close();
    },
  });
}

function reply(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return address.port;
}

interface Life {
  readonly baseUrl: string;
  readonly journal: string;
  readonly logFile: string;
  readonly deadlineMs: number;
  readonly senders: readonly object[];
}

function start(life: Life): ChildProcess {
  return spawn(process.execPath, [program, JSON.stringify(life)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

function readLog(path: string): { sent: Set<string>; told: Set<string> } {
  const lines = readFileSync(path, 'utf8').split('\n');
  const idsOf = (word: string) =>
    new Set(lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1)));
  return { sent: idsOf('sent'), told: idsOf('told') };
}
