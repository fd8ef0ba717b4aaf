import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Check, inconclusive, ok, warn } from './check.ts';
import { findPackage } from './installed-package.ts';
import { isBefore, majorOf } from './version.ts';

/** Last month with security fixes: https://github.com/nodejs/release#release-schedule; odd lines end after 6 months. */
const supportEnds: Readonly<Record<number, string>> = {
  20: 'April 2026',
  21: 'June 2024',
  22: 'April 2027',
  23: 'June 2025',
  24: 'April 2028',
  25: 'June 2026',
};

const nodeVersion: Check = {
  id: 'node-version',
  group: 'runtime',
  title: 'Node version',
  run() {
    const { node } = process.versions;
    const end = supportEnds[majorOf(node)];
    if (end === undefined || new Date(`1 ${end}`) > monthAgo()) return ok(`Node ${node}`);
    return warn(
      `Node ${node}; this line has had no fixes since ${end}`,
      'move to a line with long-term support, for example Node 24',
    );
  },
};

function monthAgo(): Date {
  return new Date(Date.now() - 31 * 24 * 3600 * 1000);
}

interface KnownFault {
  readonly affects: (version: string) => boolean;
  readonly why: string;
  readonly fix: string;
}

const undiciFaults: readonly KnownFault[] = [
  {
    affects: (version) =>
      isBefore(version, '5.29.0') ||
      (majorOf(version) === 6 && isBefore(version, '6.21.2')) ||
      (majorOf(version) === 7 && isBefore(version, '7.5.0')),
    why: 'leaks memory with each retry against a server whose certificate is bad (CVE-2025-47279)',
    fix: 'update undici to 7.5.0 or later (6.21.2, 5.29.0)',
  },
  {
    affects: (version) => majorOf(version) === 8 && isBefore(version, '8.3.0'),
    why: 'waits for ever on a POST with an empty body over HTTP/2, which it prefers (nodejs/undici#5169)',
    fix: 'update undici to 8.3.0 or later, or set allowH2: false',
  },
];

const undiciVersion: Check = {
  id: 'undici-version',
  group: 'runtime',
  title: 'undici versions',
  run({ directory }) {
    const builtIn = process.versions.undici ?? 'unknown';
    const installed = findPackage(directory, 'undici')?.version ?? null;
    const versions = [
      { name: `undici ${builtIn} (global fetch)`, version: builtIn },
      ...(installed === null ? [] : [{ name: `undici ${installed} (package)`, version: installed }]),
    ];
    const seen = versions.map(({ name }) => name).join(', ');
    for (const { name, version } of versions) {
      const fault = undiciFaults.find(({ affects }) => affects(version));
      if (fault !== undefined) return warn(`${seen}; ${name} ${fault.why}`, fault.fix);
    }
    return ok(seen);
  },
};

/** A composite timeout that is observed, and a composite whose source is gone: both must survive a collection. */
const signalProbe = `
const observed = AbortSignal.any([AbortSignal.timeout(100)]);
let fired = false;
observed.addEventListener('abort', () => { fired = true; });
let controller = new AbortController();
const late = AbortSignal.any([controller.signal]);
controller.abort();
controller = null;
let rounds = 0;
const timer = setInterval(() => {
  gc();
  rounds += 1;
  if (rounds < 10) return;
  clearInterval(timer);
  console.log(JSON.stringify({ timeout: fired, abort: late.aborted }));
}, 20);
`;

/** Measured rather than looked up: the fault came and went in several release lines. */
const abortSignals: Check = {
  id: 'abort-signals',
  group: 'runtime',
  title: 'abort signals',
  async run({ signal }) {
    let output: string;
    try {
      const args = ['--expose-gc', '-e', signalProbe];
      output = (await promisify(execFile)(process.execPath, args, { signal, timeout: 10_000 })).stdout;
    } catch (error) {
      return inconclusive(
        `could not be measured: ${error instanceof Error ? error.message : error}`,
        'run it again',
      );
    }
    const lost = [
      ...(output.includes('"timeout":true')
        ? []
        : ['a timeout inside AbortSignal.any() never fires after a garbage collection']),
      ...(output.includes('"abort":true')
        ? []
        : ['AbortSignal.any() forgets an abort after a garbage collection']),
    ];
    if (lost.length === 0)
      return ok('timeouts and aborts inside AbortSignal.any() survive a garbage collection');
    return warn(
      `in Node ${process.versions.node}, ${lost.join(', and ')} (nodejs/node#57736, #65995)`,
      'keep a reference to each AbortSignal.timeout() that goes into AbortSignal.any(), or use setTimeout and one AbortController',
    );
  },
};

const threadpoolDefault = 4;

const threadpoolSize: Check = {
  id: 'threadpool-size',
  group: 'runtime',
  title: 'thread pool',
  run({ env }) {
    const text = env.UV_THREADPOOL_SIZE;
    if (text === undefined || text === '') {
      return ok(
        `${threadpoolDefault} threads (the default), shared by DNS, files, crypto and zlib of all threads`,
      );
    }
    const size = Number(text);
    if (!Number.isInteger(size) || size < 1) {
      return warn(
        `UV_THREADPOOL_SIZE is "${text}", which is not a number of threads`,
        'set it to a whole number from 4 to 1024',
      );
    }
    if (size < threadpoolDefault) {
      return warn(
        `${size} threads: as many slow file, hash or DNS calls keep every request to a host by name waiting`,
        'unset UV_THREADPOOL_SIZE, or set it to 8 or more',
      );
    }
    return ok(`${Math.min(size, 1024)} threads (UV_THREADPOOL_SIZE)`);
  },
};

export const runtimeChecks: readonly Check[] = [nodeVersion, undiciVersion, abortSignals, threadpoolSize];
