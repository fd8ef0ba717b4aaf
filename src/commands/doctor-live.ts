import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import { loadStrategy } from '../delivery/index.ts';
import type { SendOutcome } from '../delivery/outcome.ts';
import type { Effective } from '../options/settings.ts';
import type { Terminal } from '../report/terminal/terminal.ts';
import type { Target } from '../slack/target.ts';

/** Posts one message for real, after asking where there is somebody to ask; null for a no. */
export async function sendLive(
  target: Target,
  settings: Effective,
  terminal: Terminal,
): Promise<SendOutcome | null> {
  const where = target.kind === 'bot' ? settings.channel.value : 'the webhook’s channel';
  if (process.stdin.isTTY && terminal.stderrIsTty && !(await confirmed(`Post one test message to ${where}?`)))
    return null;
  const sharedPool = await loadStrategy('shared-pool');
  const host = await sharedPool.open({
    target,
    deadlineMs: settings.deadlineMs.value,
    connections: settings.connections.value,
    queueLimit: settings.queueLimit.value,
  });
  try {
    return await host.sender.send({
      id: randomUUID(),
      path: 'expiry',
      channel: settings.channel.value,
      text: 'timer-notify doctor: a test message; notifications arrive here.',
    });
  } finally {
    await host.close();
  }
}

async function confirmed(question: string): Promise<boolean> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await prompt.question(`${question} [y/N] `)).trim());
  } finally {
    prompt.close();
  }
}
