import { capital } from '../../capital.ts';
import { fileOfFrame } from '../../model/frame.ts';
import type { LeftPost, ProgramRecord, ThreadRecord } from '../record.ts';
import type { Rule, RuleOptions, Suspicion } from './rule.ts';
import { at, threadText } from './wording.ts';

/** `never-requested`: messages came after the only one, or the last one, for which somebody listened. */
export const leftPosts: Rule = (record, options) =>
  record.leftPosts.filter((post) => isLeft(post, record, options)).map(suspicion);

export function isLeft(post: LeftPost, { end }: ProgramRecord, { hangAfterMs }: RuleOptions): boolean {
  const { thread, reader, isDropped, listener } = post;
  if (thread.isLauncher || reader.isLauncher) return false;
  if (isDropped || reader.end?.reason === 'natural') return true;
  const waited = (reader.end ?? end).at - post.at;
  // Whoever ended it asked nobody whether it was through: what it had not taken is gone with it.
  if (reader.end !== null && reader.awaits == null) return waited >= Math.min(hangAfterMs, longEnoughMs);
  return waited >= hangAfterMs && !mayListenAgain(reader, listener);
}

/** A loop that turns takes a message within this time, in ms. */
const longEnoughMs = 1000;

/** A function of the listener's file still waits for something, and may go on to listen once more. */
function mayListenAgain({ awaits }: ThreadRecord, [listener = '']: readonly string[]): boolean {
  const file = fileOfFrame(listener);
  const pending = awaits?.pending ?? null;
  return pending === null || pending.some(({ chain }) => chain.some((place) => place.file === file));
}

function suspicion({
  thread,
  reader,
  to,
  count,
  isDropped,
  stack,
  listener,
  removedAt,
}: LeftPost): Suspicion {
  const many = count > 1 ? `${count} messages` : 'a message';
  return {
    code: 'never-requested',
    severity: 'error',
    title: `${capital(many)} ${count > 1 ? 'were' : 'was'} posted to ${to} after ${removedAt === null ? 'the only one for which it had listened' : 'its listener had been removed'}`,
    thread,
    request: null,
    evidence: [
      `${threadText(thread)} posted ${many}${at(stack)}, like one before that had been to send; ${isDropped ? 'nobody listened any more, so it was dropped without an error' : 'nobody has taken what came after it'}`,
      removedAt === null
        ? `${threadText(reader)} had listened for one message only${at(listener)}`
        : `${threadText(reader)} had removed its listener${at(removedAt)}`,
    ],
    stack: [...(removedAt ?? listener), ...stack],
    fix:
      removedAt === null
        ? onceFix
        : 'Remove the listener after the last message, or tell the sender to stop first',
  };
}

const onceFix =
  'Listen for every message: on("message", …) in place of once(), or for await (const [message] of on(port, "message"))';
