import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type OpenJournal, openJournal } from '../../../dist/delivery/journal/open-journal.js';
import type { Session } from '../../../dist/emulator/emulator.js';
import { startEmulator } from '../../../dist/emulator/start-emulator.js';
import { pick, type Random, randomFrom } from '../../random.ts';
import { chaosFaults } from './chaos-faults.ts';

// CHAOS_SECONDS=600 CHAOS_SEED=7 runs ten minutes of it; the same seed makes the same choices.
const seconds = Number(process.env.CHAOS_SECONDS ?? 5);
const seed = Number(process.env.CHAOS_SEED ?? 1);

const endings = ['main', 'none', 'exit', 'throw', 'stand-still'] as const;

const program = fileURLToPath(new URL('./chaos-process.mjs', import.meta.url));

test('whenever a process with a journal is killed, each notification is delivered or told in the end', {
  timeout: (seconds + 60) * 1000,
}, async () => {
  const random = randomFrom(seed);
  const emulator = await startEmulator();
  const folder = mkdtempSync(join(tmpdir(), 'timer-notify-chaos-'));
  const endsAt = performance.now() + seconds * 1000;
  const sum = { stories: 0, sent: 0, arrived: 0, told: 0, kills: 0, duplicates: 0 };
  try {
    for (; performance.now() < endsAt; sum.stories += 1) await story(sum.stories);
  } finally {
    await emulator.close();
    rmSync(folder, { recursive: true });
  }
  if (seconds > 5) process.stdout.write(`${JSON.stringify({ seed, seconds, ...sum })}\n`);
  expect(sum.kills).toBeGreaterThan(0);

  /** Several lives of one program on one journal, each killed, and a last one that has the time to end. */
  async function story(number: number): Promise<void> {
    const home = join(folder, String(number));
    mkdirSync(home);
    const files = { journal: join(home, 'journal'), logFile: join(home, 'log') };
    const sessions: Session[] = [];
    const lives = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, life) => ({
      ...pick(chaosFaults, random),
      senders: sendersOf(`${number}-${life}`, random),
      killAfterMs: Math.floor(random() * 600),
    }));
    for (const { faults, killAfterMs, ...life } of lives) {
      const session = await emulator.open({ faults, seed: number });
      sessions.push(session);
      const child = start({ ...files, ...life, baseUrl: session.baseUrl });
      // When it is killed is the one thing that no seed decides, whatever one waits for.
      await once(child, 'message');
      await sleep(killAfterMs);
      child.kill('SIGKILL');
      if (child.signalCode === null && child.exitCode === null) await once(child, 'exit');
      sum.kills += 1;
    }
    const last = await emulator.open({});
    sessions.push(last);
    const [code] = await once(
      start({ ...files, baseUrl: last.baseUrl, deadlineMs: 30_000, senders: [] }),
      'exit',
    );
    for (const session of sessions) await session.flush();
    const arrivals = sessions.flatMap((session) => session.arrivals.map(({ id }) => id ?? ''));
    for (const session of sessions) await session.close();
    const arrived = new Set(arrivals);
    const { sent, told } = readLog(files.logFile);
    const silent = [...sent].filter((id) => !arrived.has(id) && !told.has(id));
    const context = `seed ${seed}, story ${number}: ${JSON.stringify(lives)}`;
    expect(code, context).toBe(0);
    expect(silent, context).toEqual([]);
    expect(leftIn(files.journal), context).toEqual({ unfinished: [], damaged: [] });
    sum.sent += sent.size;
    sum.arrived += arrived.size;
    sum.told += [...sent].filter((id) => !arrived.has(id)).length;
    sum.duplicates += arrivals.length - arrived.size;
    rmSync(home, { recursive: true });
  }
});

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

function sendersOf(prefix: string, random: Random): readonly object[] {
  return Array.from({ length: 1 + Math.floor(random() * 4) }, (_, index) => ({
    prefix: `${prefix}-${index}`,
    count: 1 + Math.floor(random() * 300),
    ending: pick(endings, random),
  }));
}

function readLog(path: string): { sent: Set<string>; told: Set<string> } {
  const lines = readFileSync(path, 'utf8').split('\n');
  const idsOf = (word: string) =>
    new Set(lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1)));
  return { sent: idsOf('sent'), told: idsOf('told') };
}

function leftIn(path: string): Pick<OpenJournal, 'unfinished' | 'damaged'> {
  const { unfinished, damaged } = openJournal(path);
  return { unfinished, damaged };
}
