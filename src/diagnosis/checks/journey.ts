import { lookup } from 'node:dns/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { monotonicMs } from '../../time/clock.ts';
import { within } from './within.ts';

/** Longest wait for one step, in ms. */
const stepLimitMs = 5000;

export type Step<Seen> =
  | { readonly kind: 'done'; readonly ms: number; readonly seen: Seen }
  | { readonly kind: 'failed'; readonly ms: number; readonly code: string; readonly message: string }
  /** A step before it failed, or the scheme has no such step. */
  | { readonly kind: 'not-reached'; readonly because: string };

export interface FirstByte {
  readonly status: number;
  /** The `Date` header; null where there is none. */
  readonly date: Date | null;
  /** Wall clock when the headers were there, in ms since 1970. */
  readonly receivedAt: number;
}

/** The way to a server, each step timed by itself. */
export interface Journey {
  readonly host: string;
  readonly port: number;
  readonly dns: Step<{ readonly address: string }>;
  readonly tcp: Step<Socket>;
  readonly tls: Step<{ readonly protocol: string; readonly socket: TLSSocket }>;
  readonly firstByte: Step<FirstByte>;
}

/** Name, connection, handshake, first byte of the response to `GET /`: one after another, as a cold client goes. */
export async function travel(origin: URL, signal: AbortSignal): Promise<Journey> {
  const host = origin.hostname.replace(/^\[|\]$/g, '');
  const secure = origin.protocol === 'https:';
  const port = Number(origin.port) || (secure ? 443 : 80);
  const dns = await step(signal, () => lookup(host));
  const tcp = await after(dns, 'DNS', ({ address }) => step(signal, () => openTcp(address, port)));
  const tls = secure
    ? await after(tcp, 'TCP', (socket) => step(signal, () => openTls(socket, host)))
    : { kind: 'not-reached' as const, because: 'the URL is http://' };
  const firstByte = secure
    ? await after(tls, 'TLS', ({ socket }) => step(signal, () => ask(socket, origin.host)))
    : await after(tcp, 'TCP', (socket) => step(signal, () => ask(socket, origin.host)));
  if (tcp.kind === 'done') tcp.seen.destroy();
  return { host, port, dns, tcp, tls, firstByte };
}

async function after<Seen, Next>(
  before: Step<Seen>,
  name: string,
  next: (seen: Seen) => Promise<Step<Next>>,
): Promise<Step<Next>> {
  if (before.kind === 'done') return next(before.seen);
  return { kind: 'not-reached', because: before.kind === 'failed' ? `${name} failed` : before.because };
}

async function step<Seen>(signal: AbortSignal, work: () => Promise<Seen>): Promise<Step<Seen>> {
  const startedAt = monotonicMs();
  const attempt = await within(stepLimitMs, signal, work);
  const ms = monotonicMs() - startedAt;
  return attempt.kind === 'done' ? { kind: 'done', ms, seen: attempt.value } : { ...attempt, ms };
}

function openTcp(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host, port, timeout: stepLimitMs });
    // A connection that nobody waits for any more must not keep the program running.
    socket.once('timeout', () => socket.destroy());
    socket.once('connect', () => resolve(socket));
    socket.on('error', reject);
  });
}

function openTls(socket: Socket, servername: string): Promise<{ protocol: string; socket: TLSSocket }> {
  return new Promise((resolve, reject) => {
    const isName = !/^[\d.]+$|:/.test(servername);
    const secured = connectTls({ socket, host: servername, ...(isName ? { servername } : {}) });
    secured.once('secureConnect', () =>
      resolve({ protocol: secured.getProtocol() ?? 'TLS', socket: secured }),
    );
    secured.on('error', reject);
  });
}

function ask(socket: Socket, host: string): Promise<FirstByte> {
  return new Promise((resolve, reject) => {
    let head = '';
    socket.on('error', reject);
    socket.once('close', () =>
      reject(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' })),
    );
    socket.setEncoding('latin1').on('data', (text: string) => {
      head += text;
      if (head.includes('\r\n\r\n') || head.length > 65_536) resolve(readHead(head));
    });
    socket.write(`GET / HTTP/1.1\r\nhost: ${host}\r\nuser-agent: timer-notify\r\nconnection: close\r\n\r\n`);
  });
}

function readHead(head: string): FirstByte {
  const date = head.match(/^date: *(.+?)\r$/im)?.[1];
  const parsed = date === undefined ? Number.NaN : Date.parse(date);
  return {
    status: Number(head.match(/^HTTP\/1\.\d (\d{3})/)?.[1] ?? 0),
    date: Number.isNaN(parsed) ? null : new Date(parsed),
    receivedAt: Date.now(),
  };
}
