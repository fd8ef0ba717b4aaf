import { capital } from '../../capital.ts';
import type { LeftPost, ProgramRecord, ThreadRecord } from '../record.ts';
import type { Rule, RuleOptions, Suspicion } from './rule.ts';
import { at, threadText } from './wording.ts';

/** `never-requested`: messages came after the only one for which somebody listened. */
export const leftPosts: Rule = (record, options) =>
  record.leftPosts.filter((post) => isLeft(post, record, options)).map(suspicion);

export function isLeft(post: LeftPost, { end }: ProgramRecord, { hangAfterMs }: RuleOptions): boolean {
  const { thread, reader, isDropped, listener } = post;
  if (thread.isLauncher || reader.isLauncher) return false;
  if (isDropped || reader.end?.reason === 'natural') return true;
  return (reader.end ?? end).at - post.at >= hangAfterMs && !mayListenAgain(reader, listener);
}

/** A function of the listener's file still waits for something, and may go on to listen once more. */
function mayListenAgain({ awaits }: ThreadRecord, [listener = '']: readonly string[]): boolean {
  const file = fileOf(listener);
  const pending = awaits?.pending ?? null;
  return pending === null || pending.some(({ chain }) => chain.some((place) => place.file === file));
}

function fileOf(frame: string): string {
  return frame.replace(/:\d+:\d+(?: .*)?$/, '');
}

function suspicion({ thread, reader, to, count, isDropped, stack, listener }: LeftPost): Suspicion {
  const many = count > 1 ? `${count} messages` : 'a message';
  return {
    code: 'never-requested',
    severity: 'error',
    title: `${capital(many)} ${count > 1 ? 'were' : 'was'} posted to ${to} after the only one for which it had listened`,
    thread,
    request: null,
    evidence: [
      `${threadText(thread)} posted ${many}${at(stack)}, from where one before had led to a request; ${isDropped ? 'nobody listened any more, and they were dropped' : 'nobody has taken what came after it'}`,
      `${threadText(reader)} had listened for one message only${at(listener)}`,
    ],
    stack: [...listener, ...stack],
    fix: 'Listen for every message: on("message", …) in place of once(), or for await (const [message] of on(port, "message"))',
  };
}
