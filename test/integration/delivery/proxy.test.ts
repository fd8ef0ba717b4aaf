import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LocalHost } from '../../../src/delivery/local-sender.ts';
import type { SendOutcome } from '../../../src/delivery/outcome.ts';

const variables = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY'];
let before: readonly (readonly [string, string | undefined])[] = [];
beforeEach(() => {
  before = variables.map((name) => [name, process.env[name]]);
  for (const name of variables) delete process.env[name];
});
afterEach(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

const page = '<html><body>Blocked</body></html>';
const head = `content-type: text/html\r\ncontent-length: ${page.length}\r\n\r\n${page}`;

/** What a proxy may do with CONNECT but connect. */
const answers: Readonly<Record<string, (socket: Socket) => void>> = {
  'refuses with a page': (socket) => socket.write(`HTTP/1.1 403 Forbidden\r\n${head}`),
  'refuses with a page and closes': (socket) => socket.end(`HTTP/1.1 403 Forbidden\r\n${head}`),
  'agrees with a page': (socket) => socket.write(`HTTP/1.1 200 OK\r\n${head}`),
  'agrees with a page and closes': (socket) => socket.end(`HTTP/1.1 200 OK\r\n${head}`),
  closes: (socket) => socket.end(),
  'says to go on and closes': (socket) => socket.end('HTTP/1.1 100 Continue\r\n\r\n'),
  'speaks another language': (socket) => socket.end('SSH-2.0-OpenSSH_9\r\n'),
};

interface Seen {
  readonly outcome: SendOutcome;
  readonly connections: number;
}

async function sendThrough(answer: (socket: Socket) => void, scheme: string): Promise<Seen> {
  let connections = 0;
  const proxy = createServer((socket) => {
    connections += 1;
    socket.on('error', () => {});
    socket.once('data', () => answer(socket));
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  process.env[`${scheme}_proxy`] = `http://127.0.0.1:${address.port}`;
  const { sender } = new LocalHost({
    target: { kind: 'bot', baseUrl: `${scheme}://slack.test/api/`, token: 'xoxb-test-token' },
    deadlineMs: 3000,
    connections: 4,
    queueLimit: 10,
    resilience: { maxRetries: 2, retryAmbiguous: false, rate: null, breaker: null },
  });
  const outcome = await sender.send({ id: 'n1', path: 'expiry', channel: 'C1', text: 'hello' });
  await sender.close();
  proxy.close();
  return { outcome, connections };
}

describe.each(['http', 'https'])('to an %s server, a proxy that', (scheme) => {
  test.each(Object.entries(answers))(
    '%s is asked once a try, with a pause, and named',
    async (_what, answer) => {
      const { outcome, connections } = await sendThrough(answer, scheme);
      expect(outcome).toMatchObject({ status: 'failed', ambiguous: false, attempts: 0 });
      expect(['proxy-refused', 'tls-failed']).toContain(outcome.status === 'failed' ? outcome.code : '');
      expect(connections).toBeLessThanOrEqual(3);
    },
  );
});
