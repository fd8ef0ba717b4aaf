import type { WayBehindPost } from '../record.ts';
import { awaitSurroundings } from '../source/await-surroundings.ts';
import { type WayToSend, wayBehind } from '../source/sends-behind.ts';
import { placeOf } from '../source/source-place.ts';
import type { Thread } from './thread.ts';

/** For these a thread may rightly wait as long as it lives. */
const waitsForOthers =
  /\bnew Promise\b|(?:\b(?:once|next|acquire|lock|take|enter|receive|dequeue|shift|pop)|[Jj]ob|[Mm]essage|[Ee]vent)\w*\s*\(/;
/** These end by themselves. */
const endsByItself =
  /^(?:import|(?:\w+\.)*(?:(?:read|write|append|copy)File|readdir|mkdir|mkdtemp|rm|access|stat|unlink|rename|sleep|delay|pause|setTimeout))\s*\(/;

/** What a thread that was ended was about to send behind its last post, as far as that is sure. */
export function wayBehindPost(thread: Thread): WayBehindPost | null {
  const { lastPost, end, isMain } = thread;
  if (lastPost === null || isMain || !wasEndedByOthers(thread) || end === null) return null;
  if (thread.parks > 0 || thread.isCounted || hasGoneOn(thread, lastPost.t)) return null;
  for (const frame of thread.stack(lastPost.stack)) {
    const way = isRepeated(frame) ? null : wayBehind(frame);
    if (way !== null && isSure(way, thread)) return { postedAt: lastPost.t, stack: [frame, way.frame] };
  }
  return null;
}

function wasEndedByOthers({ end }: Thread): boolean {
  return end?.reason === 'terminated' || end?.reason === 'process-ended' || end?.reason === 'parent-ended';
}

/** What it has begun since may be what was to come. */
function hasGoneOn({ lastRequestAt, connections, children }: Thread, postedAt: number): boolean {
  return (
    (lastRequestAt ?? Number.NEGATIVE_INFINITY) >= postedAt ||
    [...connections.values()].some(({ t, since }) => Math.max(t, since) >= postedAt) ||
    children.some(({ t }) => t >= postedAt)
  );
}

/** Whoever asks for work again and again is ended while it waits for it. */
function isRepeated(frame: string): boolean {
  const place = placeOf(frame);
  return place !== null && awaitSurroundings(place.source, '', place).inEndlessLoop;
}

function isSure({ awaits }: WayToSend, { hasListened }: Thread): boolean {
  return awaits.every((one) => (hasListened ? endsByItself.test(one) : !waitsForOthers.test(one)));
}
