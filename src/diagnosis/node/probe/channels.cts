import diagnosticsChannel from 'node:diagnostics_channel';

/** What the clients publish; which fields there are depends on the channel. */
interface Published {
  readonly request?: unknown;
  readonly response?: unknown;
  readonly chunk?: unknown;
  readonly socket?: unknown;
  readonly headers?: unknown;
  readonly error?: unknown;
  readonly connectParams?: unknown;
}

/** Listens to a channel of `node:diagnostics_channel`; called with every request, so it makes no closure for each. */
export function onPublished(name: string, listener: (message: Published) => void): void {
  diagnosticsChannel.subscribe(name, (message) => {
    try {
      if (typeof message === 'object' && message !== null) listener(message);
    } catch {
      // What the probe can't read must not reach the program.
    }
  });
}
