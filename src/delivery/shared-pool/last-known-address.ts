import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

/** How long, in ms, a lookup may take before the last known address is used instead. */
const lookupPatienceMs = 250;

/** How long, in ms, opening waits for the first address. */
const primePatienceMs = 2000;

/**
 * A lookup that goes on with the last known address when the system's resolver does not answer: `dns.lookup` waits
 * behind everything else in the process's libuv pool (https://nodejs.org/api/dns.html#implementation-considerations).
 */
export class LastKnownAddress {
  readonly #known = new Map<string, LookupAddress[]>();

  /** Resolves the host now, so that an address is known before it is needed. Never rejects, and takes 2 s at most. */
  prime(hostname: string): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, primePatienceMs);
      systemLookup(hostname, { all: true }, (error, addresses) => {
        if (error === null && addresses.length > 0) this.#known.set(hostname, addresses);
        clearTimeout(timer);
        resolve();
      });
    });
  }

  readonly lookup: LookupFunction = (hostname, options, callback) => {
    let answered = false;
    const answer = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => {
      if (answered) return;
      answered = true;
      clearTimeout(timer);
      const [first] = addresses;
      if (error !== null || first === undefined) callback(error ?? notFound(hostname), []);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    };
    const timer = setTimeout(() => {
      const known = this.#known.get(hostname);
      if (known !== undefined) answer(null, known);
    }, lookupPatienceMs);
    systemLookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error === null && addresses.length > 0) this.#known.set(hostname, addresses);
      answer(error, addresses ?? []);
    });
  };
}

function notFound(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`no address for ${hostname}`), { code: 'ENOTFOUND' });
}
