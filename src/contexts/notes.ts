import type { ContextNote } from './context.ts';

/** What more than one context, or a real host, does to a thread. */
export function parks(thread: string): ContextNote {
  return {
    kind: 'note',
    note: 'parked',
    thread,
    text: `${thread} parks in Atomics.wait: its event loop does not run`,
  };
}

export function blocks(thread: string): ContextNote {
  return {
    kind: 'note',
    note: 'blocked',
    thread,
    text: `synchronous code blocks the event loop of ${thread}`,
  };
}

export function unblocks(thread: string): ContextNote {
  return { kind: 'note', note: 'unblocked', thread, text: `the event loop of ${thread} runs again` };
}

export function exits(thread: string): ContextNote {
  return { kind: 'note', note: 'exiting', thread, text: `${thread} calls process.exit()` };
}
