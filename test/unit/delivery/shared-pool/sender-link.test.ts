import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { Announcements } from '../../../../src/delivery/shared-pool/announce.ts';
import { Board } from '../../../../src/delivery/shared-pool/board.ts';
import { InProgress } from '../../../../src/delivery/shared-pool/in-progress.ts';
import { LinkControl } from '../../../../src/delivery/shared-pool/link-control.ts';
import { LogReader } from '../../../../src/delivery/shared-pool/log-reader.ts';
import type { Announcement, SharedPoolHandle } from '../../../../src/delivery/shared-pool/protocol.ts';
import type { LogRecord } from '../../../../src/delivery/shared-pool/segment.ts';
import { SenderLink } from '../../../../src/delivery/shared-pool/sender-link.ts';

/** Both ends of one link, of which the I/O thread's writes what it is told to. */
function openLink() {
  const board = new Board();
  const channel = randomUUID();
  const heard: Announcement[] = [];
  const announcements = new Announcements(channel, (one) => heard.push(one));
  onTestFinished(() => announcements.close());
  const target = { kind: 'bot', baseUrl: 'http://127.0.0.1:9/api/', token: 'xoxb-test-token' } as const;
  const options = { target, deadlineMs: 60_000, connections: 1, queueLimit: 10 };
  const handle: SharedPoolHandle = {
    writtenBy: 'shared-pool',
    options,
    board: board.shared,
    channel,
    journal: null,
  };
  const sender = new SenderLink(handle, board, 0);
  onTestFinished(() => sender.leave());
  announcements.hearNow();
  const [first] = heard;
  if (first?.kind !== 'link') throw new Error('the link was not announced');
  const control = new LinkControl(first.link.control);
  const reader = new LogReader(control);
  for (const { number, shared } of first.link.segments) reader.addSegment(number, shared);
  const inProgress = new InProgress(InProgress.allocate(1));

  /** Sends one, lets `answer` write its outcome, and returns what its sender learns. */
  const outcomeOf = (answer: (record: LogRecord) => void) => {
    const message = { id: 'n1', channel: 'C1', body: '{"text":"Timer expired"}', sentAtMs: 0, ticket: 0 };
    const outcome = sender.send(message);
    let entry = -1;
    const record = reader.take((next) => {
      entry = inProgress.add(first.link.number, next);
    });
    if (outcome === null || record === null) throw new Error('it was not handed over');
    answer(record);
    control.publishEnd(board.readerWordsOf(0), record, inProgress.wordOf(entry));
    inProgress.delete(entry);
    sender.settleEnded();
    return outcome;
  };
  return { outcomeOf };
}

const unreadable: Readonly<Record<string, (record: LogRecord) => void>> = {
  'was never written': () => {},
  'is empty': ({ segment, offset }) => void segment.writeOutcome(offset, ''),
  'is cut': ({ segment, offset }) => void segment.writeOutcome(offset, '1\nC1\n'),
  'is something else': ({ segment, offset }) => void segment.writeOutcome(offset, '{"status":"posted"}'),
  'went elsewhere and never came': ({ segment, offset }) =>
    void segment.writeOutcome(offset, 'x'.repeat(10_000)),
};

test.each(Object.entries(unreadable))(
  'an outcome that %s is a failure that leaves it open whether the message was posted',
  async (_what, answer) => {
    expect(await openLink().outcomeOf(answer)).toMatchObject({
      status: 'failed',
      code: 'io-thread-lost',
      ambiguous: true,
    });
  },
);

test('an outcome that was written whole is passed on', async () => {
  const outcome = openLink().outcomeOf(({ segment, offset }) => {
    segment.writeOutcome(offset, '1\nC1\n1700000000.000100');
  });
  expect(await outcome).toMatchObject({ status: 'delivered', channel: 'C1', ts: '1700000000.000100' });
});
