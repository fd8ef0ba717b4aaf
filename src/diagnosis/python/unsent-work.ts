import type { LostWork } from '../record.ts';
import type { PythonThread as ReportedThread } from './event.ts';
import { loss } from './loss.ts';
import type { PythonThread } from './thread.ts';
import type { WorkEventOf } from './work-event.ts';

type Item = WorkEventOf<'at-stake'>['items'][number];

/** What one process had still to send, as it was last seen: lost where a signal has ended it. */
export class UnsentWork {
  #items: readonly Item[] = [];
  /** Where os._exit() was called; null where the process did not end by it. */
  #exit: readonly string[] | null = null;

  update({ items, exit }: WorkEventOf<'at-stake'>): void {
    this.#items = items;
    this.#exit = exit;
  }

  /** What a thread had still to send may have been just that. */
  hasSent({ id }: ReportedThread): void {
    if (this.#items.length > 0)
      this.#items = this.#items.filter(({ how, thread }) => how === 'exit-handler' || thread.id !== id);
  }

  lost(main: PythonThread, threadOf: (thread: ReportedThread) => PythonThread): readonly LostWork[] {
    const exit = this.#exit;
    if (exit === null && main.end?.signal === undefined) return [];
    return this.#items.map(({ how, thread, what, holds, to, registered, statement, stack }) =>
      loss({
        how: exit === null ? 'ended-by-signal' : 'ended-by-exit',
        thread: threadOf(thread),
        what: whatWords[how](what),
        made: exit ?? (to === null ? registered : [to, ...registered]),
        place: { statement, stack },
        details: [
          ...(holds.length === 0 ? [] : [`it would have sent what was in ${holds.join(', ')}`]),
          ...(registered[0] === undefined ? [] : [`it was registered at ${registered[0]}`]),
        ],
      }),
    );
  }
}

const whatWords: Readonly<Record<Item['how'], (name: string) => string>> = {
  finally: (name) => `the \`finally\` of ${name}`,
  with: (name) => `the end of a \`with\` block in ${name}`,
  rest: (name) => name,
  'exit-handler': (name) => `the exit handler ${name}`,
};
