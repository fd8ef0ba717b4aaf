import { spawnSync } from 'node:child_process';

const localUrl = 'redis://127.0.0.1:6379';
const patienceMs = 1000;

/** Where BullMQ's Redis is: `REDIS_URL`, else the local one. */
export function redisUrl(): string {
  return process.env.REDIS_URL ?? localUrl;
}

/** Host and port, without the password that the URL may hold; null for no URL. */
export function redisAddress(): { readonly host: string; readonly port: number } | null {
  const text = redisUrl();
  if (!URL.canParse(text)) return null;
  const { hostname, port } = new URL(text);
  return { host: hostname === '' ? 'localhost' : hostname, port: port === '' ? 6379 : Number(port) };
}

let listens: boolean | null = null;

/** Whether something listens at Redis' address. Asked once: it takes a process of its own, for the caller can't wait. */
export function redisListens(): boolean {
  listens ??= asks();
  return listens;
}

function asks(): boolean {
  const address = redisAddress();
  if (address === null) return false;
  const connect = `require('node:net').connect(${JSON.stringify(address)}).on('connect', () => process.exit(0)).on('error', () => process.exit(1))`;
  const { NODE_OPTIONS: _, NODE_EXTRA_CA_CERTS: __, ...env } = process.env;
  return spawnSync(process.execPath, ['-e', connect], { env, timeout: patienceMs }).status === 0;
}
