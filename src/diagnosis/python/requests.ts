import type { RequestLedger } from '../collect/request-ledger.ts';
import type { Abandonment, Deadline, LoopRecord, RequestRecord } from '../record.ts';
import type { EventOf } from './event.ts';
import type { PythonLoop, PythonLoops } from './loop.ts';
import type { PythonThread, PythonThreads } from './thread.ts';

/** What is kept of the messages of failed requests. */
const keptMessages = 50;

const reading: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** A redirect is followed within this time, in ms. */
const followedMs = 500;

interface Begun {
  readonly r: number;
  readonly method: string;
  readonly path: string;
  /** Of the call. */
  readonly place: string | null;
}

/** Joins the requests of one process into the program's ledger. */
export class PythonRequests {
  readonly #ledger: RequestLedger;
  readonly #threads: PythonThreads;
  readonly #loops: PythonLoops;
  /** Which thread began a request, by the request's number. */
  readonly #senders = new Map<number, PythonThread>();
  /** Of each thread: the request that it began last, and the redirect that answered it. */
  readonly #last = new WeakMap<PythonThread, Begun>();
  readonly #redirects = new WeakMap<PythonThread, Begun & { readonly status: number; readonly at: number }>();
  /** What failed requests said. */
  readonly #failed: string[] = [];

  constructor(ledger: RequestLedger, threads: PythonThreads, loops: PythonLoops) {
    this.#ledger = ledger;
    this.#threads = threads;
    this.#loops = loops;
  }

  start(event: EventOf<'request'>): void {
    const { t, r, loop, owner, stack } = event;
    const thread = this.#threads.of(event.thread, t);
    this.#senders.set(r, thread);
    this.#ledger.start(thread, {
      ...event,
      loop: this.#carrier(event),
      sessionOf: owner === null || owner === loop ? null : asItIs(this.#loops.get(owner, t)),
      deadline: deadlineOf(event.timeoutMs, event.client),
      waitMs: null,
      asksFor: event.polling ? 'news' : reading.has(event.method) ? 'reads' : null,
      stack: () => stack,
    });
    this.#noteRedirect(thread, event);
  }

  /** A client follows a redirect at once, from the same call. */
  #noteRedirect(thread: PythonThread, { t, r, method, path, stack }: EventOf<'request'>): void {
    const from = this.#redirects.get(thread);
    this.#redirects.delete(thread);
    this.#last.set(thread, { r, method, path, place: stack[0] ?? null });
    if (from === undefined || from.place === null || from.place !== stack[0] || t - from.at > followedMs)
      return;
    if (!reading.has(from.method) && reading.has(method)) this.#ledger.learnRedirect(thread, r, from);
  }

  enter({ r, s, t, timeoutMs }: EventOf<'state'>): void {
    this.#ofSender(r, (thread) => {
      this.#ledger.enter(thread, r, s, t);
      if (s === 'sent') this.#ledger.learnBytes(thread, r, null);
      if (timeoutMs !== undefined) this.#ledger.learnDeadline(thread, r, deadlineOf(timeoutMs, ''));
    });
  }

  /** Bodies that are made while they are sent, and what has come of responses. */
  look({ requests, t }: EventOf<'snapshot'>): void {
    for (const { r, body, reply } of requests)
      this.#ofSender(r, (thread) => {
        if (reply !== null)
          this.#ledger.learnReceived(thread, r, {
            bytes: reply.bytes,
            announced: reply.announced,
            at: t - reply.restedMs,
          });
        this.#ledger.learnBytes(
          thread,
          r,
          body === null
            ? null
            : {
                at: t - body.restedMs,
                announced: body.announced,
                written: body.written,
                producer: { statement: body.statement, stack: body.stack },
              },
        );
      });
  }

  head(event: EventOf<'head'>): void {
    this.#ofSender(event.r, (thread) => {
      this.#ledger.headers(thread, event);
      const last = this.#last.get(thread);
      const { status, t: at } = event;
      if (last?.r === event.r && status >= 300 && status < 400)
        this.#redirects.set(thread, { ...last, status, at });
    });
  }

  giveUp({ r, t, ms, at, thread }: EventOf<'given-up'>): void {
    this.#ledger.giveUp(this.#threads.of(thread, t), r, { ms, at });
  }

  refuse({ r, code }: EventOf<'refusal'>): void {
    this.#ofSender(r, (thread) => this.#ledger.refuse(thread, r, code));
  }

  intercept({ r, by }: EventOf<'mocked'>): void {
    this.#ofSender(r, (thread) => this.#ledger.intercept(thread, r, by));
  }

  end({ r, t }: EventOf<'end'>): void {
    this.#endOf(r, (thread) => this.#ledger.end(thread, r, t));
  }

  forget({ r }: EventOf<'forget'>): void {
    this.#endOf(r, (thread) => this.#ledger.forget(thread, r));
  }

  fail({ r, t, code, message, by, s }: EventOf<'fail'>): void {
    if (this.#failed.length < keptMessages) this.#failed.push(message.slice(0, 60));
    const who: Abandonment = code === 'timed-out' ? 'deadline' : by;
    this.#endOf(r, (thread) => this.#ledger.fail(thread, r, t, { by: who, code, message, state: s }));
  }

  /** Whether an error is one with which a request failed. */
  failedWith(error: string): boolean {
    return this.#failed.some((message) => error.includes(message));
  }

  /** Those that have not ended, and those that are kept to be judged. */
  ofProcess(pid: number): readonly RequestRecord[] {
    const pending = this.#threads.all.flatMap((thread) => [...thread.pending.values()]);
    const ended = this.#ledger.ended.filter(({ thread, retried }) => thread.pid === pid && !retried);
    return [...pending, ...ended];
  }

  /** The loop without which a request does not get on: a blocking client only needs a hub, which runs its greenlet. */
  #carrier({ t, loop, client }: EventOf<'request'>): PythonLoop | null {
    if (loop === null) return null;
    const running = this.#loops.get(loop, t);
    return client === 'http.client' && !running.isHub ? null : running;
  }

  #ofSender(r: number, act: (thread: PythonThread) => void): void {
    const thread = this.#senders.get(r);
    if (thread !== undefined) act(thread);
  }

  #endOf(r: number, act: (thread: PythonThread) => void): void {
    this.#ofSender(r, act);
    this.#senders.delete(r);
  }
}

/** Closed or not when the request began: at the end of a program every loop is. */
function asItIs(loop: PythonLoop): LoopRecord {
  const { thread, isClosed, standstills } = loop;
  return { thread, isClosed, standstills };
}

function deadlineOf(timeoutMs: number | null, client: string): Deadline | null {
  if (timeoutMs === null) return null;
  const seconds = timeoutMs / 1000;
  return {
    what: client === 'aiohttp' ? `ClientTimeout(total=${seconds})` : `timeout=${seconds}`,
    ms: timeoutMs,
  };
}
