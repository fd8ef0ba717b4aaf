import { createNotifier, type Notifier, type NotifierOptions } from 'timer-notify';
import { onTestFinished } from 'vitest';
import type { Emulator, Session, SessionOptions } from '../../../dist/emulator/emulator.js';
import { startEmulator } from '../../../dist/emulator/start-emulator.js';

let emulator: Promise<Emulator> | null = null;

/** A Slack of the test's own, within one emulator per file. */
export async function openSlack(options: SessionOptions = {}): Promise<Session> {
  emulator ??= startEmulator();
  const session = await (await emulator).open(options);
  onTestFinished(() => session.close());
  return session;
}

export async function openNotifier(
  { baseUrl }: Session,
  options: Omit<NotifierOptions, 'token' | 'baseUrl' | 'webhookUrl'> = {},
): Promise<Notifier> {
  const notifier = await createNotifier({ token: 'xoxb-test-token', baseUrl, rate: null, ...options });
  onTestFinished(() => notifier.close());
  return notifier;
}

export async function arrivedIds(session: Session): Promise<string[]> {
  await session.flush();
  return session.arrivals.map(({ id }) => id ?? '').sort();
}
