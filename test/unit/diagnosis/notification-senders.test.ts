import { describe, expect, it } from 'vitest';
import { beats, diagnosisOf, main, mainAndWorker, type Recording, worker } from './recorded.ts';

const call = '/bot/remind.mjs:8:20 (remind)';
const inLibrary = '/bot/node_modules/timer-notify/lib/io.worker.js:12:3 (startPost)';

/** Main calls `send()`, and the I/O thread makes the request, which gets no answer. */
function unanswered(notification: string | null, frames: readonly string[] = [inLibrary]): readonly string[] {
  const recording: Recording = [
    ...mainAndWorker,
    ...beats(main, 0, 8000),
    ...beats(worker, 20, 8000),
    // The record of the I/O thread may be read first.
    [worker, { e: 'stack', id: 1, frames }],
    [
      worker,
      {
        e: 'request',
        t: 310,
        r: 1,
        client: 'undici',
        method: 'POST',
        origin: 'https://slack.com',
        path: '/api/chat.postMessage',
        stack: 1,
        deadline: null,
        body: null,
        waitMs: null,
        notification,
      },
    ],
    [worker, { e: 'state', t: 320, r: 1, s: 'sent' }],
    [main, { e: 'stack', id: 1, frames: [call] }],
    [main, { e: 'notifies', t: 300, id: 'n-1', stack: 1 }],
  ];
  return diagnosisOf(recording, { at: 8000 }).findings[0]?.stack ?? [];
}

describe('a request that the library makes in another thread', () => {
  it('is told with the line that sent its notification', () => {
    expect(unanswered('n-1')).toEqual([call, inLibrary]);
  });

  it('has no line of another notification', () => {
    expect(unanswered('n-2')).toEqual([inLibrary]);
    expect(unanswered(null)).toEqual([inLibrary]);
  });

  it('has a line that is on its own stack only once', () => {
    const own = '/bot/remind.mjs:8:9 (remind)';
    expect(unanswered('n-1', [own, inLibrary])).toEqual([own, inLibrary]);
  });
});
