import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { errorCode } from '../file-error.ts';

const ipv4 = '127.0.0.1';
const ipv6 = '::1';
/** Thousands of connections may be opened at once; the kernel's own limit applies below this. */
const backlog = 4096;

/** Whether a `Host` header names this machine: a page on the internet whose name was made to point here has another. */
export function isLoopback(host: string | undefined): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(host ?? '');
}

/**
 * Listens on 127.0.0.1 and, where the machine has it, on ::1 at the same port, so that `localhost` works either way.
 * Port 0 takes a free one. `createHttpServer` is called once for each address.
 * @throws the error of `listen` (EADDRINUSE, EACCES).
 */
export async function listenOnLoopback(
  port: number,
  createHttpServer: () => Server,
): Promise<{ readonly port: number; readonly servers: readonly Server[] }> {
  for (let attempt = 1; ; attempt++) {
    const first = createHttpServer();
    const taken = await listen(first, port, ipv4);
    const second = createHttpServer();
    try {
      await listen(second, taken, ipv6);
      return { port: taken, servers: [first, second] };
    } catch (error) {
      if (errorCode(error) !== 'EADDRINUSE') return { port: taken, servers: [first] };
      first.close();
      if (port !== 0 || attempt === 10) throw error;
    }
  }
}

/** A port on loopback where nobody listens, kept from everybody else until it is released. */
export interface RefusingPort {
  readonly port: number;
  release(): void;
}

/**
 * A connection accepted at the port keeps it taken after the listener has gone, and new ones are refused.
 * @throws the error of `listen` or `connect`, as where the loopback interface is down.
 */
export async function reserveRefusingPort(): Promise<RefusingPort> {
  const listener = createServer();
  const port = await listen(listener, 0, ipv4);
  const client = connect(port, ipv4);
  const connected = once(client, 'connect');
  const [[held]]: [Socket[], unknown] = await Promise.all([once(listener, 'connection'), connected]);
  listener.close();
  return {
    port,
    release() {
      client.destroy();
      held?.destroy();
    },
  };
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  server.listen({ port, host, backlog });
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}
