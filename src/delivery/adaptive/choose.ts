import type { Via } from '../outcome.ts';

/** What is known when a notification is sent. */
export type SenderContext = BackgroundContext | MainContext;

interface BackgroundContext {
  readonly isMainThread: false;
  /** I/O threads that share the load. */
  readonly ioThreads: number;
}

interface MainContext {
  readonly isMainThread: true;
  readonly ioThreads: number;
  /** True when none of them has room for more. */
  readonly isIoSaturated: boolean;
  /** True when a journal keeps what is sent, which is read where the I/O thread is. */
  readonly isDurable: boolean;
  /** True where each channel has a pace, which one thread keeps for all of them. */
  readonly isPaced: boolean;
  /** Share of time, 0..1, for which main's loop was busy with other work than requests of its own. */
  readonly busyOtherwise: number;
  /** Most notifications of main's, sent either way, that were under way at once just now. */
  readonly mostUnderWay: number;
}

/** Above this share of busy time, a loop may be late to write a request or to read its reply. */
const busyLoop = 0.5;

/**
 * Above so many at once, main's loop would have little time left for anything else. Either loop does all of them: shared
 * out, they would cost more than either way does.
 */
const burst = 32;

/**
 * Picks the strategy for one notification. Only main's loop can be trusted to keep turning after the handler has
 * returned, and only while it is not busy; from every other thread the request is handed to the I/O thread.
 */
export function chooseStrategy(context: SenderContext): Via {
  if (!context.isMainThread)
    return shared('the loop of a background thread may stop or end at any time', context.ioThreads);
  const { ioThreads, isIoSaturated, isDurable, isPaced, busyOtherwise, mostUnderWay } = context;
  if (isDurable) return shared('the journal is kept there', ioThreads);
  if (isPaced) return shared('the channels’ pace is kept there', ioThreads);
  if (busyOtherwise >= busyLoop)
    return shared(`main's loop is ${Math.round(busyOtherwise * 100)} % busy`, ioThreads);
  if (isIoSaturated) return local("the I/O thread has no room, and main's loop has");
  if (mostUnderWay >= burst) return shared(`${mostUnderWay} of main's own are under way at once`, ioThreads);
  return local("main's loop is idle, so a hand-over would only cost time");
}

function local(because: string): Via {
  return { strategy: 'fetch-in-worker', because };
}

function shared(because: string, ioThreads: number): Via {
  const shareOfLoad = ioThreads > 1 ? `; ${ioThreads} I/O threads share the load` : '';
  return { strategy: 'shared-pool', because: `${because}${shareOfLoad}` };
}
