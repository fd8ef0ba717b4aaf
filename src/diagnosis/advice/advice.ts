import type { FindingCode } from '../../model/cause.ts';
import type { Runtime } from '../../model/runtime.ts';

/** What sends for a thread whose own loop can't. */
export const sharedPool = 'createNotifier of timer-notify, strategy shared-pool';

/** For what a loop left behind, whichever way that was seen. */
export const awaitBeforeRunReturns =
  'Await the task before the coroutine given to asyncio.run returns (asyncio.gather, asyncio.TaskGroup)';

const both = (text: string): Readonly<Record<Runtime, string>> => ({ node: text, python: text });

/** What each cause asks for where the evidence says nothing more particular, in the runtime's own words. */
const advice: Readonly<Record<FindingCode, Readonly<Record<Runtime, string>>>> = {
  'process-suspended': both(
    'Let the process run until its requests have settled: a frozen or stopped process sends nothing and lets no timeout fire',
  ),
  'clock-replaced': {
    node: 'Restore the real timers (clock.uninstall(), vi.useRealTimers(), mock.timers.reset()) before the notification is due, or advance the fake one',
    python: 'Stop the fake clock before the notification is due, or advance it',
  },
  'bridge-deadlock': {
    node: `Never wait in Atomics.wait for something that needs this thread’s own loop: await a message instead (Atomics.waitAsync), or let the worker send by itself (${sharedPool})`,
    python:
      'Never wait with .result(), join() or a lock on the loop that has to do the work: await asyncio.wrap_future(future) instead',
  },
  'loop-parked': {
    node: `Await the request before the thread waits, or send through a thread whose loop keeps running (${sharedPool})`,
    python:
      'Await it before run_until_complete returns, or hand it to a loop that keeps running: a thread that does nothing else (loop.run_forever), or main’s loop through asyncio.run_coroutine_threadsafe and asyncio.wrap_future',
  },
  'loop-blocked': {
    node: `Move the synchronous work to another thread or split it up, or send through a thread whose loop is free (${sharedPool})`,
    python:
      'Await instead of blocking (asyncio.sleep, asyncio.to_thread, loop.run_in_executor; in greenlets the sleep of gevent or eventlet), or send from a thread whose loop is free',
  },
  'bridge-target-blocked': {
    node: `Keep the loop that sends free (move the synchronous work away), or send through a thread of its own (${sharedPool})`,
    python:
      'Keep that loop free (asyncio.to_thread for what blocks), or hand the request to a thread whose loop does nothing else',
  },
  'threadpool-starved': {
    node: 'Take the long jobs (crypto, zlib, fs, dns.lookup) off the pool or raise UV_THREADPOOL_SIZE; a warm connection or an address instead of a name needs no lookup',
    python:
      'Give blocking jobs an executor of their own (run_in_executor(own, …)) or this one more threads (max_workers); an asynchronous resolver (aiohttp[speedups]) needs none',
  },
  'pool-exhausted': {
    node: 'Read or cancel every response’s body, give long-lived requests a pool of their own, raise `connections` (undici) or `maxSockets` (node:http), and bound the wait by a deadline outside the client',
    python:
      'Read or release every response (`async with session.post(...) as response`), or raise the connector’s limit',
  },
  'thread-exited': {
    node: `Await the request before the thread ends, or send through another thread (${sharedPool})`,
    python: 'Await the request before the thread ends, or hand it to a thread whose loop keeps running',
  },
  'process-exited': {
    node: 'Await the pending requests before the process ends (process.exitCode instead of process.exit()), or send through timer-notify’s shared-pool, which is drained on exit',
    python: 'Await the pending requests, and join the threads that send, before the program ends',
  },
  'timer-overflow': {
    node: 'Set timers of at most 2147483647 ms one after the other until the time has come, or keep due times in a list that is checked once a minute',
    python:
      'Keep due times in a list that is checked once a minute instead of waiting for all of the delay at once',
  },
  'timer-unreferenced': {
    node: 'Do not unref a timer whose callback must run (AbortSignal.timeout never holds the loop), or hold the loop by something else until it has fired',
    python: 'Do not make the timer a daemon, or join it before main returns',
  },
  intercepted: {
    node: 'Remove the mock before the program sends for real, or let it pass the notification’s host through',
    python: 'Stop the mock before the program sends for real, or let it pass the notification’s host through',
  },
  'tls-untrusted': {
    node: 'Trust the authority that signed it (NODE_EXTRA_CA_CERTS), or correct the host’s name; never switch verification off',
    python:
      'Trust the authority that signed it (SSL_CERT_FILE), or correct the host’s name; never switch verification off',
  },
  'dns-not-found': both('Correct the host’s name, or the resolver that this machine uses'),
  'request-incomplete': {
    node: 'Send as many bytes as are announced and call request.end(), or let the client compute the length from a string or buffer',
    python: 'Send as many bytes as are announced, or let the client compute the length',
  },
  'connect-stalled': {
    node: 'Check address, port, firewall and TLS endpoint; set a connect timeout and send again when it fires',
    python: 'Check host, port and firewall; set a connect timeout and send again',
  },
  'response-stalled': {
    node: 'Give each try a deadline and send again when it fires; check the server or proxy at the other end',
    python: 'Set a timeout (requests has none unless it is given one) and send again',
  },
  'body-stalled': {
    node: 'Let the deadline cover the body too (keep the signal until the body is read), and send again when it fires',
    python: 'Set a timeout that covers the body (ClientTimeout(total=…)) and send again',
  },
  reset: {
    node: 'Send again on a fresh connection; keep idle connections shorter than the server does (keepAliveTimeout)',
    python:
      'Send again on a fresh connection; close idle connections sooner than the server does (keepalive_timeout)',
  },
  refused: both(
    'Start the server or correct host and port; send again with a growing pause where it may be restarting',
  ),
  'rejected-by-slack': both(
    'Look at `ok` and `error` of each response, not at the status alone; `timer-notify doctor` checks token, scopes and channel',
  ),
  'rate-limited': both(
    'Wait as long as Retry-After says, then send again; spread notifications of one channel to one a second',
  ),
  'http-error': both(
    'Read the response’s body for the reason; send again after 5xx with a growing pause, fix the request after 4xx',
  ),
  'await-unsettled': {
    node: 'Settle the promise on every path (release the lock in `finally`, answer the callback), or bound the await by a deadline',
    python:
      'Settle the future on every path (release the lock in `finally`), or bound the await (asyncio.wait_for, asyncio.timeout)',
  },
  'never-requested': both(
    'Check that the timer is set, that its callback runs and that what it calls reaches the client; a longer --timeout watches for longer',
  ),
  inconclusive: both(
    'Watch for longer (--timeout), or start the program so that the probe can be loaded and follows its client',
  ),
};

/** What to do about a cause. */
export function adviceFor(code: FindingCode, runtime: Runtime): string {
  return advice[code][runtime];
}
