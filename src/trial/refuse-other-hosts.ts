import { Socket } from 'node:net';

/**
 * Lets this thread connect to this machine only: a handler with a fixed address must not post to a real channel while
 * it is tried out. `onRefused` gets the host, `onConnect` is called for
 * every connection.
 */
export function refuseOtherHosts(onRefused: (host: string) => void, onConnect: () => void): void {
  const connect = Socket.prototype.connect;
  function connectToLoopback(this: Socket, ...args: unknown[]): Socket {
    onConnect();
    const host = hostOf(args);
    if (host === null || isLoopback(host)) return Reflect.apply(connect, this, args);
    onRefused(host);
    const error = new Error(
      `timer-notify lets a handler connect to its emulator only, not to ${host}; read the address from SLACK_API_URL or SLACK_WEBHOOK_URL`,
    );
    // What is written meanwhile waits for the connection, as it would.
    Reflect.set(this, 'connecting', true);
    // As late as a real refusal would come: callers attach their listeners after this returns.
    setImmediate(() => this.destroy(Object.assign(error, { code: 'ECONNREFUSED' })));
    return this;
  }
  Reflect.set(Socket.prototype, 'connect', connectToLoopback);
}

/** The forms of `connect`: options, a port and a host, a path; net's own callers pass the normalised list. Null for none. */
function hostOf(args: readonly unknown[]): string | null {
  const [first, second] = args;
  if (Array.isArray(first)) return hostOf(first);
  if (typeof first === 'object' && first !== null) {
    if ('path' in first && typeof first.path === 'string') return null;
    return 'host' in first && typeof first.host === 'string' ? first.host : null;
  }
  return typeof second === 'string' ? second : null;
}

function isLoopback(host: string): boolean {
  return (
    host === 'localhost' || host.endsWith('.localhost') || /^(127\.|::1$|\[::1\]$|::ffff:127\.)/.test(host)
  );
}
