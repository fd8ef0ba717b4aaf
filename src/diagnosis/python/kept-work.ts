import type { WorkEvent } from './work-event.ts';

const keptEvents = 500;

/** What the probe reported of work that was lost or may have been; of what it reports again, the last report. */
export class KeptWork {
  readonly #once: WorkEvent[] = [];
  readonly #last = new Map<string, WorkEvent>();

  get all(): readonly WorkEvent[] {
    return [...this.#once, ...this.#last.values()];
  }

  add(event: WorkEvent): void {
    if (this.#once.length + this.#last.size >= keptEvents) return;
    const subject = repeatedSubject(event);
    if (subject === null) this.#once.push(event);
    else this.#last.set(subject, event);
  }

  /** What lay in queues. */
  forgetHeld(): void {
    for (const [subject, { e }] of this.#last) if (e === 'queue-held') this.#last.delete(subject);
  }
}

/** What an event is about that comes again while that goes on; null where each counts. */
function repeatedSubject(event: WorkEvent): string | null {
  if (event.e === 'queue-held') return `${event.kind} ${event.putAt}`;
  return event.e === 'scheduled' && event.how === 'loop-not-run' ? `${event.what} ${event.stack[0]}` : null;
}
