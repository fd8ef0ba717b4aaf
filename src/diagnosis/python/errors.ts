import type { EscapedError, ThreadRecord } from '../record.ts';
import type { EventOf } from './event.ts';
import type { PythonThread } from './thread.ts';

const keptErrors = 50;

/** An error, and whether the code that failed leads to a request and had not made the one that it was for. */
interface Escaped extends Omit<EscapedError, 'ofRequest'> {
  readonly text: string;
  readonly prevents: boolean;
  /** Whether `sys.exit()` made it, which in a thread that is not main ends that thread alone. */
  readonly exits: boolean;
}

type ErrorEvent = EventOf<'loop-error' | 'thread-error' | 'uncaught'>;

/** Errors that ended something in one process, or were passed over by it. */
export class PythonErrors {
  readonly #errors: Escaped[] = [];

  inLoop(event: EventOf<'loop-error'>, thread: PythonThread): void {
    this.#add('scheduled', event, thread, event.leads);
  }

  ofThread(event: EventOf<'thread-error'>, thread: PythonThread): void {
    const isUnsent = event.requests === 0 || event.took !== null || event.repeats;
    // In main it was a greenlet: what ends main itself is uncaught.
    this.#add(thread.isMain ? 'scheduled' : 'thread', event, thread, event.leads && isUnsent);
    if (!thread.isMain) thread.end ??= { at: event.t, reason: 'error', code: null, stack: [] };
  }

  uncaught(event: EventOf<'uncaught'>, thread: PythonThread): void {
    this.#add('uncaughtException', event, thread, event.leads);
    thread.escaped = true;
  }

  /**
   * Where requests were made, only errors that kept one from being made count.
   * @param missed threads that had still something to do
   */
  that(
    haveSent: boolean,
    isOfRequest: (error: string) => boolean,
    missed: ReadonlySet<ThreadRecord>,
  ): readonly EscapedError[] {
    return this.#errors
      .filter(
        ({ prevents, exits, thread, origin }) =>
          (origin === 'thread' && missed.has(thread)) || (!exits && (prevents || !haveSent)),
      )
      .map(({ text, prevents: _, exits: __, ...error }) => ({ ...error, ofRequest: isOfRequest(text) }));
  }

  #add(
    origin: EscapedError['origin'],
    { error, t, stack, brokenAt }: ErrorEvent,
    thread: PythonThread,
    prevents: boolean,
  ) {
    if (error === null || error.includes('KeyboardInterrupt')) return;
    // What cancels a task is the program's own decision, unless it ends the program.
    if (error.includes('CancelledError') && origin !== 'uncaughtException') return;
    const exits = error.includes('SystemExit');
    if (exits && origin !== 'thread') return;
    if (this.#errors.length >= keptErrors) return;
    const [name = error, ...message] = error.split(': ');
    const said = { name, message: message.join(': '), text: error };
    this.#errors.push({
      ...said,
      thread,
      at: t,
      origin,
      frames: stack,
      ...(brokenAt === null ? {} : { brokenAt }),
      inTimer: false,
      onlyLogged: false,
      prevents,
      exits,
    });
  }
}
