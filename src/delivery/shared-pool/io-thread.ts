import type { Means } from '../deliver.ts';
import { JournalEndings } from '../journal/journal-endings.ts';
import type { SharedJournal } from '../journal/shared-journal.ts';
import type { Untold } from '../pending-sends.ts';
import type { Bell } from './bell.ts';
import type { Board } from './board.ts';
import { deliverRecord } from './deliver-record.ts';
import { IoLink } from './io-link.ts';
import type { Announcement, SharedLink } from './protocol.ts';
import type { LogRecord } from './segment.ts';

interface IoThreadOptions {
  readonly thread: number;
  readonly board: Board;
  readonly journal: SharedJournal | null;
  readonly means: Means;
  /** Told of links that nobody will use any more. */
  readonly onUnlinked: (link: number) => void;
}

interface Job {
  readonly link: IoLink;
  readonly record: LogRecord;
  /** True where a thread that died had sent it, so that it may have been posted. */
  readonly wasSent: boolean;
}

/** Notifications that wait for their channel's turn or for a retry at the same time; more stay in the senders' logs. */
const mostWaiting = 10_000;

const upkeepMs = 5000;

/** Takes notifications out of the senders' logs, no more at a time than can be under way, and delivers them. */
export class IoThread {
  readonly #options: IoThreadOptions;
  readonly #links = new Map<number, IoLink>();
  readonly #bell: Bell;
  readonly #limit: number;
  readonly #recovered: Job[] = [];
  /** Null once it has taken over what there was. */
  #unheard: Announcement[] | null = [];
  readonly #toWake: IoLink[] = [];
  readonly #deliver: ReturnType<typeof deliverRecord>;
  readonly #endings: JournalEndings | null;
  #order: readonly IoLink[] = [];
  #turn = 0;
  #underWay = 0;
  #turnEnd: NodeJS.Immediate | null = null;
  #onIdle: (() => void) | null = null;
  #finishing = false;

  constructor(options: IoThreadOptions) {
    const { board, thread, means, journal } = options;
    this.#options = options;
    this.#bell = board.bellOf(thread);
    this.#limit = means.resilience === null ? means.options.connections : mostWaiting;
    this.#deliver = deliverRecord(means);
    this.#endings = journal === null ? null : new JournalEndings(journal, thread === 0);
    setInterval(() => this.#keepUp(), upkeepMs).unref();
  }

  hear(announcement: Announcement): void {
    if (this.#unheard !== null) {
      this.#unheard.push(announcement);
      return;
    }
    if (announcement.kind === 'link') this.#takeOver(announcement.link);
    else {
      const link = this.#links.get(announcement.link);
      if (link !== undefined) {
        const recovered = link.changeSegments(announcement.added, announcement.dropped);
        this.#goOnWith(link, recovered);
      }
    }
    this.#pump();
  }

  /** Takes over the links of a thread that died. What is announced before that may speak of them, so it is heard after. */
  recover(links: readonly SharedLink[]): void {
    for (const link of links) this.#takeOver(link);
    const unheard = this.#unheard ?? [];
    this.#unheard = null;
    for (const announcement of unheard) this.hear(announcement);
    this.#pump();
    this.#endTurnLater();
  }

  /** Of a link that is new here, a thread that died may have known: main may hear of it later than that one. */
  #takeOver(shared: SharedLink): void {
    const link = this.#add(shared);
    if (link !== null) this.#goOnWith(link, link.recover());
  }

  #goOnWith(link: IoLink, recovered: ReturnType<IoLink['recover']>): void {
    this.#recovered.push(...recovered.map((one) => ({ link, ...one })));
    this.#wakeLater(link);
    this.#endTurnLater();
  }

  /** Takes no more notifications than there are, and resolves when all of them have ended. */
  async finish(): Promise<void> {
    this.#finishing = true;
    for (const link of this.#links.values()) link.revoke();
    this.#pump();
    if (this.#underWay > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
  }

  #add(shared: SharedLink): IoLink | null {
    if (shared.thread !== this.#options.thread || this.#links.has(shared.number)) return null;
    const link = new IoLink(shared, this.#options.board);
    this.#links.set(link.number, link);
    if (this.#finishing) link.revoke();
    this.#order = [...this.#links.values()];
    return link;
  }

  #pump(): void {
    while (this.#underWay < this.#limit) {
      const job = this.#next();
      if (job === null) break;
      this.#begin(job);
    }
    // A full thread reads on when something ends, so no sender has to wake it.
    if (this.#underWay >= this.#limit) return;
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
      const record = link?.take() ?? null;
      if (link !== undefined && record !== null) return { link, record, wasSent: false };
    }
    return null;
  }

  #begin(job: Job): void {
    this.#underWay += 1;
    this.#deliver(job.record, (outcome) => this.#end(job, outcome));
  }

  #end({ link, record, wasSent }: Job, told: Untold): void {
    const outcome = wasSent && told.status !== 'delivered' ? { ...told, ambiguous: true } : told;
    this.#underWay -= 1;
    if (outcome.status === 'delivered') this.#endings?.add(record.segment.ticketAt(record.offset));
    link.end(record, outcome);
    this.#wakeLater(link);
    this.#endTurnLater();
  }

  #wakeLater(link: IoLink): void {
    if (!this.#toWake.includes(link)) this.#toWake.push(link);
  }

  /** What has ended in one turn of the loop is told together, and makes room for as many. */
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
    for (const link of this.#links.values()) {
      if (!link.giveUpIfUnused(now)) continue;
      this.#links.delete(link.number);
      this.#options.onUnlinked(link.number);
    }
    this.#order = [...this.#links.values()];
    this.#endings?.keepUp();
    this.#pump();
  }
}
