import { functionOfFrame, isInPackage, positionOf } from '../../model/frame.ts';
import type { AwaitPlaceSeen, PendingAwaitSeen } from '../node/protocol.ts';
import type { ProgramRecord, ThreadRecord, UnansweredPost } from '../record.ts';
import type { RuleOptions } from './rule.ts';
import { at, threadText } from './wording.ts';

/** The message for whose answer a function waits, where its reader made nothing of it; null where there is none. */
export function questionOf(
  { chain }: PendingAwaitSeen,
  thread: ThreadRecord,
  record: ProgramRecord,
  { hangAfterMs }: RuleOptions,
): UnansweredPost | null {
  // Those further out wait for other things, too.
  const place = chain.find(({ file }) => !isInPackage(file));
  if (place === undefined) return null;
  return (
    record.unansweredPosts.find(
      (post) =>
        post.thread === thread &&
        // Of a younger one from the same place, the answer may be under way.
        record.end.at - post.lastAt >= hangAfterMs &&
        post.stack.some((frame, index) => isIn(frame, place, index === 0)),
    ) ?? null
  );
}

/** Whether a frame is of the line that waits, or, where the message itself is posted there, of its function. */
function isIn(frame: string, { file, line, function: name }: AwaitPlaceSeen, isPost: boolean): boolean {
  const position = positionOf(frame);
  return (
    position.file === file &&
    (position.line === line || (isPost && name !== '' && functionOfFrame(frame) === name))
  );
}

export function unansweredText({ thread, reader, to, stack }: UnansweredPost): string {
  return `${threadText(thread)} had posted a message to ${to} for that${at(stack)}; ${threadText(reader)} took it, its listener returned, and no answer followed, as one did for others from there`;
}
