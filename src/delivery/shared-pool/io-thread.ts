import { markPossibleDuplicate } from '../../slack/request.ts';
import type { DeliveryContext } from '../deliver.ts';
import { JournalEndings } from '../journal/journal-endings.ts';
import type { SharedJournal } from '../journal/shared-journal.ts';
import type { PartialOutcome } from '../pending-sends.ts';
import type { Bell } from './bell.ts';
import type { Board } from './board.ts';
import { deliverRecord, lostWithThread } from './deliver-record.ts';
import { type InProgress, mostInProgress, type Noted } from './in-progress.ts';
import { IoLink, type Taken } from './io-link.ts';
import { PersistentDifference } from './persistent-difference.ts';
import type { Announcement, SharedLink } from './protocol.ts';

interface IoThreadOptions {
  readonly thread: number;
  readonly board: Board;
  /** Name of the pool's `BroadcastChannel`. */
  readonly channel: string;
  readonly inProgress: InProgress;
  readonly journal: SharedJournal | null;
  readonly context: DeliveryContext;
  /** Called with each link that nobody will use any more. */
  readonly onUnlinked: (link: number) => void;
}

interface Job {
  readonly link: IoLink;
  readonly taken: Taken;
  /** True where a thread that died had sent it, so that it may have been posted. */
  readonly wasSent: boolean;
}

/** How often, in ms, links are looked through: for what threads that were terminated have left undone. */
const upkeepMs = 250;

/** How often, in ms, the journal's file is looked at. */
const journalUpkeepMs = 5000;

/** Takes notifications out of the senders' logs, no more at a time than can be under way, and delivers them. */
export class IoThread {
  readonly #options: IoThreadOptions;
  readonly #links = new Map<number, IoLink>();
  readonly #bell: Bell;
  readonly #limit: number;
  readonly #recovered: Job[] = [];
  /** What a thread that died had under way, and whose link or memory was not announced here yet. */
  #unclaimed: readonly Noted[];
  /** Null once it has taken over what there was. */
  #unheard: Announcement[] | null = [];
  readonly #toWake: IoLink[] = [];
  readonly #deliver: ReturnType<typeof deliverRecord>;
  readonly #endings: JournalEndings | null;
  readonly #excess = new PersistentDifference();
  #order: readonly IoLink[] = [];
  #turn = 0;
  #underWay = 0;
  #turnEnd: NodeJS.Immediate | null = null;
  #onIdle: (() => void) | null = null;
  #finishing = false;

  constructor(options: IoThreadOptions) {
    const { board, thread, context, journal, inProgress } = options;
    this.#options = options;
    this.#unclaimed = inProgress.left();
    this.#bell = board.bellOf(thread);
    this.#limit = mostInProgress(context.options);
    this.#deliver = deliverRecord(context);
    this.#endings = journal === null ? null : new JournalEndings(journal, thread === 0);
    setInterval(() => this.#keepUp(), upkeepMs).unref();
    if (this.#endings !== null) setInterval(() => this.#endings?.keepUp(), journalUpkeepMs).unref();
  }

  hear(announcement: Announcement): void {
    if (this.#unheard !== null) {
      this.#unheard.push(announcement);
      return;
    }
    if (announcement.kind === 'link') this.#add(announcement.link);
    else this.#links.get(announcement.link)?.changeSegments(announcement.added, announcement.dropped);
    this.#claim();
    this.#pump();
  }

  /** Takes over the links of a thread that died. What is announced before that may speak of them, so it is heard after. */
  recover(links: readonly SharedLink[]): void {
    for (const link of links) this.#add(link);
    const unheard = this.#unheard ?? [];
    this.#unheard = null;
    this.#claim();
    for (const announcement of unheard) this.hear(announcement);
    this.#pump();
    this.#endTurnLater();
  }

  /** Goes on with what a thread that died had under way. Its memory may become known here later than that. */
  #claim(): void {
    if (this.#unclaimed.length === 0) return;
    const found: { link: IoLink; taken: Taken }[] = [];
    this.#unclaimed = this.#unclaimed.filter((noted) => {
      const link = this.#links.get(noted.link);
      const taken = link?.takeOver(noted) ?? 'unknown';
      if (taken === 'untaken') this.#options.inProgress.delete(noted.entry);
      else if (link !== undefined && taken !== 'unknown') found.push({ link, taken });
      return taken === 'unknown';
    });
    const held = new Set(this.#unclaimed.map(({ link }) => link));
    for (const link of this.#links.values()) link.isHeld = held.has(link.number);
    found.sort((a, b) => sentAtMs(a.taken) - sentAtMs(b.taken));
    for (const { link, taken } of found) this.#goOnWith(link, taken);
    this.#endTurnLater();
  }

  /**
   * What may have been posted ends as such, but for what is in a journal: that is promised at least once, so it is sent
   * again, and says so.
   */
  #goOnWith(link: IoLink, taken: Taken): void {
    const { segment, offset } = taken.record;
    const wasSent = segment.isSending(offset);
    if (wasSent && segment.ticketAt(offset) === 0) {
      link.end(taken, lostWithThread(this.#options.context.options, taken.record));
      this.#wakeLater(link);
      return;
    }
    if (wasSent) markPossibleDuplicate(segment.bodyAt(offset));
    this.#recovered.push({ link, taken, wasSent });
  }

  /** Takes no more notifications than there are, and resolves when all of them have ended. */
  async finish(): Promise<void> {
    this.#finishing = true;
    for (const link of this.#links.values()) link.revoke();
    this.#pump();
    if (this.#underWay > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
  }

  #add(shared: SharedLink): void {
    const { thread, board, inProgress, channel } = this.#options;
    if (shared.thread !== thread || this.#links.has(shared.number)) return;
    const link = new IoLink(shared, { board, inProgress, channel });
    this.#links.set(link.number, link);
    if (this.#finishing) link.revoke();
    this.#order = [...this.#links.values()];
  }

  get #hasRoom(): boolean {
    return this.#underWay + this.#unclaimed.length < this.#limit;
  }

  #pump(): void {
    while (this.#hasRoom) {
      const job = this.#next();
      if (job === null) break;
      this.#begin(job);
    }
    // A full thread reads on when something ends, so no sender has to wake it.
    if (!this.#hasRoom) return;
    this.#bell.listen(
      () => this.#order.some((link) => link.hasNext),
      () => this.#pump(),
    );
  }

  /** Each link in turn, so that one sender's burst does not hold up the others. */
  #next(): Job | null {
    const recovered = this.#recovered.shift();
    if (recovered !== undefined) return recovered;
    for (let tried = 0; tried < this.#order.length; tried += 1) {
      this.#turn = (this.#turn + 1) % this.#order.length;
      const link = this.#order[this.#turn];
      const taken = link?.take() ?? null;
      if (link !== undefined && taken !== null) return { link, taken, wasSent: false };
    }
    return null;
  }

  #begin(job: Job): void {
    this.#underWay += 1;
    const { taken, link } = job;
    this.#deliver({ record: taken.record, sender: link.number }, (outcome) => this.#end(job, outcome));
  }

  #end({ link, taken, wasSent }: Job, ended: PartialOutcome): void {
    const outcome = wasSent && ended.status !== 'delivered' ? { ...ended, ambiguous: true } : ended;
    const { segment, offset } = taken.record;
    this.#underWay -= 1;
    if (outcome.status === 'delivered') this.#endings?.add(segment.ticketAt(offset));
    link.end(taken, outcome);
    this.#wakeLater(link);
    this.#endTurnLater();
  }

  #wakeLater(link: IoLink): void {
    if (!this.#toWake.includes(link)) this.#toWake.push(link);
  }

  /** What has ended in one turn of the loop is reported together, and makes room for as many. */
  #endTurnLater(): void {
    this.#turnEnd ??= setImmediate(() => {
      this.#turnEnd = null;
      this.#endings?.write();
      for (const link of this.#toWake.splice(0)) link.wakeSender();
      this.#options.board.wakeWaiting();
      this.#pump();
      if (this.#underWay === 0) this.#onIdle?.();
    });
  }

  #keepUp(): void {
    const now = performance.now();
    const unused = [...this.#links.values()].filter((link) => link.giveUpIfUnused(now));
    for (const link of unused) {
      this.#links.delete(link.number);
      this.#options.onUnlinked(link.number);
    }
    if (unused.length > 0) this.#order = [...this.#links.values()];
    this.#correctCount();
    // Also for a sender that was terminated before it rang.
    this.#pump();
  }

  /** Takes off what was counted for good by threads that were terminated before they handed it over. */
  #correctCount(): void {
    const { board, thread } = this.#options;
    const counted = board.inFlightOf(thread);
    const actual = this.#order.reduce((sum, link) => sum + link.inFlight, this.#unclaimed.length);
    const excess = this.#excess.look(counted - actual);
    if (excess !== 0) board.correctInFlight(thread, excess);
  }
}

function sentAtMs({ record }: Taken): number {
  return record.segment.sentAtMs(record.offset);
}
