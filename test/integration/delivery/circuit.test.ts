import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createNotifier } from 'timer-notify';
import { expect, onTestFinished, test } from 'vitest';

/** Answers each request after a while, as many at once as there are. */
async function slowServer(answerMs: number): Promise<string> {
  const server = createServer(async (request, response) => {
    request.resume();
    await sleep(answerMs);
    response.end('{"ok":true,"channel":"C123ABC456","ts":"1.1"}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address: string | AddressInfo | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}/api/`;
}

test('more messages than a healthy server can take in time open no circuit', async () => {
  const notifier = await createNotifier({
    token: 'xoxb-test-token',
    baseUrl: await slowServer(2000),
    // The first eight are answered, the next have the server for less time than it takes, the rest never have it.
    deadlineMs: 3500,
    connections: 8,
    rate: null,
    breaker: { failures: 3, openMs: 60_000 },
  });
  const outcomes = await Promise.all(
    Array.from({ length: 24 }, (_, index) => notifier.send({ channel: 'C1', text: `message ${index}` })),
  );
  const later = await notifier.send({ channel: 'C1', text: 'later' });
  await notifier.close();
  const waits = outcomes.map((outcome) => (outcome.status === 'timed-out' ? outcome.waitingFor : null));
  expect(waits).toContain('response');
  expect(outcomes.map(({ circuit }) => circuit ?? 'closed')).not.toContain('open');
  expect(later).toMatchObject({ status: 'delivered', circuit: 'closed' });
});
