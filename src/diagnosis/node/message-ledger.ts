// One file, however long: one ledger: what was posted, read and dropped, all counted by the same streams.

import { isForeign } from '../../model/frame.ts';
import type { LeftPost, LostPost, UnansweredPost, UnhandledMessage } from '../record.ts';
import { isNamedAsStop, isShutdownCode } from '../source/shutdown-code.ts';
import { mayBeFor } from './channel-kinds.ts';
import { beatMs, type EventOf, type MessageEnd } from './protocol.ts';
import type { Thread, Unread } from './thread.ts';
import { boundsItsWait } from './unanswered.ts';

/** What had arrived before its sender's end is read within this time, in ms. */
const readingMs = 300;
const keptPosts = 5000;
const keptLost = 500;
const keptUnread = 100;
const keptStreams = 5000;
/** Of one stream. */
const keptOfStream = 50;
/** A message that is taken within this time, in ms, did not wait. */
const soonMs = 400;
/** What is sent to several processes goes to them within this time, in ms. */
const together = 1000;

interface Post {
  readonly thread: Thread;
  readonly at: number;
  readonly to: MessageEnd;
  readonly stack: number | null;
  readonly stream: string;
  /** Its place in the stream, from 1. */
  readonly n: number;
  readonly shape: string | null;
}

/** A message whose listener took no other, of which a request came. */
interface ReadOnce {
  readonly n: number;
  readonly reader: Thread;
  readonly listener: readonly string[];
  readonly passesOn: boolean;
  readonly handsOnAll: boolean;
  readonly removedAt: readonly string[] | null;
}

interface Unheard {
  readonly n: number | null;
  readonly misplaced: readonly string[];
  readonly hears?: string;
}

interface LastPost {
  readonly post: Post;
  readonly placesBefore: ReadonlySet<number | null>;
}

/** Who posts to whom, and who reads: says which messages wait, and which can't arrive. */
export class MessageLedger {
  readonly #threadOf: (key: string) => Thread | undefined;
  readonly #lost: LostPost[] = [];
  /** The first message from each thread to each end. */
  readonly #posts = new Map<string, Post>();
  /** The last message of the program's to each worker and port, and where others came from before. */
  readonly #lastTo = new Map<string, LastPost>();
  /** The first messages of the program's in each stream. */
  readonly #firstIn = new Map<string, Post[]>();
  readonly #readOnce = new Map<string, ReadOnce[]>();
  readonly #dropped = new Map<string, Set<number>>();
  /** Messages of which their reader made nothing. */
  readonly #unanswered = new Map<string, { readonly reader: Thread; readonly numbers: Set<number> }>();
  /** The first message of each stream that could not be read. */
  readonly #unreadable = new Map<string, number>();
  /** The first one that was dropped while a listener elsewhere was to hear it; null where they are kept. */
  readonly #unheard = new Map<string, Unheard>();
  /** The last message of each process to another one. */
  readonly #lastSent = new Map<string, Post>();
  /** The first message to each process whose channel was closed. */
  readonly #sentToClosed = new Map<string, Post>();
  readonly #readers = new Set<string>();
  readonly #moved = new Set<string>();
  /** How many messages were taken out of each stream, and when the last of them was. */
  readonly #takenOf = new Map<string, { readonly n: number; readonly at: number; readonly reader: Thread }>();
  /** What a port is called where it was made, by its name in the worker that was given it. */
  readonly #portNames = new Map<string, string>();
  readonly #portOwners = new Map<string, Thread>();
  readonly #given = new Map<Thread, readonly string[]>();
  readonly #taken = new Map<Thread, readonly string[]>();

  /** The last message of the program's to each channel. */
  readonly #lastToChannel = new Map<string, Post>();
  /** Who reads each channel, and since when a thread has read from any end without a name: what a channel is to Node. */
  readonly #channelReaders = new Map<string, Set<Thread>>();
  /** Listeners of threads to channels that are to send, by both. */
  readonly #channelSenders = new Map<string, EventOf<'channel-sender'>>();
  readonly #readsSince = new Map<Thread, number>();

  constructor(threadOf: (key: string) => Thread | undefined) {
    this.#threadOf = threadOf;
  }

  posted(thread: Thread, { t, to, stack, own, lost, n, shape, ended }: EventOf<'post'>): void {
    thread.hasPosted = true;
    if (own) thread.lastPostAt = t;
    const target = this.#targetOf(thread, to);
    const stream = this.#streamTo(thread, to);
    const post: Post = { thread, at: t, to, stack, stream, n, shape: shape ?? null };
    if (lost === 'closed' && to.kind === 'process') {
      if (own && this.#sentToClosed.size < keptStreams && !this.#sentToClosed.has(stream))
        this.#sentToClosed.set(stream, post);
      return;
    }
    if (lost !== null) {
      const reader = ended === undefined ? undefined : this.#threadOf(`${thread.pid}.${ended}`);
      const known = reader === undefined ? {} : { reader };
      // What a package could not clone was given to it by the program.
      const isGiven = lost === 'not-cloneable' && thread.stack(stack).some((frame) => !isForeign(frame));
      if ((own || isGiven) && this.#lost.length < keptLost)
        this.#lost.push({ ...lostPost(post, lost), ...known, ...(own ? {} : { ofPackage: true }) });
      // It was reported before it was tried.
      if (lost === 'not-cloneable' && target?.unread.at(-1)?.from === thread) target.unread.pop();
      return;
    }
    // A message that the reader's loop has run for since has been read.
    if (target !== null && !(t <= target.loopRanAt)) {
      this.#onTheWay(target, { at: t, from: thread, stack, stream, n });
    }
    if (own && to.kind === 'channel') this.#lastToChannel.set(endKey(to), post);
    if (own && to.kind === 'process') this.#lastSent.set(stream, post);
    if (own && (to.kind === 'worker' || to.kind === 'port')) this.#keepLast(post);
    if (own) addTo(this.#firstIn, stream, post);
    const key = `${thread.key} ${endKey(to)}`;
    // What packages post to their own threads is their matter.
    if (own && this.#posts.size < keptPosts && !this.#posts.has(key)) this.#posts.set(key, post);
  }

  /** Its record may be read before that of the thread which posted the message. */
  taken(thread: Thread, { t, from, n }: EventOf<'taken'>): void {
    const stream = this.#streamFrom(thread, from);
    this.#takenOf.delete(stream);
    this.#takenOf.set(stream, { n, at: t, reader: thread });
    if (this.#takenOf.size > keptStreams) this.#forgetStream();
    const isTaken = (post: Unread) => post.stream === stream && post.n <= n;
    for (const post of thread.unread) if (isTaken(post)) took(thread, post, t);
    thread.unread = thread.unread.filter((post) => !isTaken(post));
  }

  /** It is out of its stream, as one that somebody took. */
  dropped(thread: Thread, { t, from, n, misplaced, hears }: EventOf<'dropped'>): void {
    const stream = this.#streamFrom(thread, from);
    if (misplaced !== undefined)
      this.#learnUnheard(stream, { n, misplaced, ...(hears === undefined ? {} : { hears }) });
    const known = this.#dropped.get(stream) ?? new Set();
    if (known.size < keptOfStream) this.#dropped.set(stream, known.add(n));
    this.taken(thread, { e: 'taken', t, from, n });
  }

  unheard(thread: Thread, { from, misplaced }: EventOf<'unheard'>): void {
    this.#learnUnheard(this.#streamFrom(thread, from), { n: null, misplaced });
  }

  #learnUnheard(stream: string, unheard: Unheard): void {
    const known = this.#unheard.get(stream);
    if (known === undefined ? this.#unheard.size < keptStreams : known.n === null)
      this.#unheard.set(stream, unheard);
  }

  unreadable(thread: Thread, { from, n }: EventOf<'unreadable'>): void {
    const stream = this.#streamFrom(thread, from);
    if (!this.#unreadable.has(stream) && this.#unreadable.size < keptStreams) this.#unreadable.set(stream, n);
  }

  readOnce(thread: Thread, event: EventOf<'read-once'>): void {
    const { from, n, frames: listener, passesOn = false, handsOnAll = false, removedAt = null } = event;
    addTo(this.#readOnce, this.#streamFrom(thread, from), {
      n,
      reader: thread,
      listener,
      passesOn,
      handsOnAll,
      removedAt,
    });
  }

  unanswered(thread: Thread, { from, n }: EventOf<'unanswered'>): void {
    const stream = this.#streamFrom(thread, from);
    const known = this.#unanswered.get(stream) ?? { reader: thread, numbers: new Set() };
    if (this.#unanswered.size < keptStreams) this.#unanswered.set(stream, known);
    if (known.numbers.size < keptOfStream) known.numbers.add(n);
  }

  reads(thread: Thread, { t, from, reading }: EventOf<'reads'>): void {
    if (reading) this.#learnChannelReader(thread, from, t);
    const key = this.#readerKey(thread, from);
    if (reading) this.#readers.add(key);
    else this.#readers.delete(key);
    if (from.kind === 'port' && from.id !== '' && reading)
      this.#portOwners.set(this.#portName(from.id), thread);
  }

  sendsFor(thread: Thread, event: EventOf<'channel-sender'>): void {
    this.#channelSenders.set(`${thread.key} channel ${event.name}`, event);
  }

  #learnChannelReader(thread: Thread, from: MessageEnd, at: number): void {
    if (from.kind === 'port' && from.id === '' && !this.#readsSince.has(thread))
      this.#readsSince.set(thread, at);
    if (from.kind !== 'channel') return;
    const known = this.#channelReaders.get(endKey(from)) ?? new Set();
    this.#channelReaders.set(endKey(from), known.add(thread));
  }

  /**
   * What went to a channel before anybody listened, which keeps nothing for later: the last message, or an earlier one of
   * which no like came again.
   */
  #tooEarlyAmong(last: Post): readonly Post[] {
    if (this.#isTooEarly(last)) return [last];
    const posts = this.#firstIn.get(last.stream) ?? [];
    const early = posts.find(
      (post) =>
        this.#isTooEarly(post) &&
        post.shape !== null &&
        this.#readersOf(post).every((reader) => this.#mayBeFor(reader, post)) &&
        !posts.some((other) => isLike(other, post) && !this.#isTooEarly(other)),
    );
    return early === undefined ? [] : [early];
  }

  /** Whoever has sent since has not missed it. */
  #isTooEarly(post: Post): boolean {
    const readers = this.#readersOf(post);
    return (
      readers.length > 0 &&
      readers.every((reader) => reader.requests === 0 && (this.#readsSince.get(reader) ?? 0) > post.at)
    );
  }

  #mayBeFor(reader: Thread, { to, shape }: Post): boolean {
    const sender = this.#channelSenders.get(`${reader.key} ${endKey(to)}`);
    return sender !== undefined && mayBeFor(kindsIn(shape ?? ''), sender);
  }

  #readersOf({ to }: Post): readonly Thread[] {
    return [...(this.#channelReaders.get(endKey(to)) ?? [])];
  }

  moved({ id }: EventOf<'moved'>): void {
    this.#moved.add(id);
  }

  /** The ports in the `workerData` of a worker, as they were called where they come from. */
  portsGiven(worker: Thread, names: readonly string[]): void {
    this.#given.set(worker, names);
    this.#matchPorts(worker);
  }

  /** The same ports, as they are called in the worker. */
  portsTaken(worker: Thread, names: readonly string[]): void {
    this.#taken.set(worker, names);
    this.#matchPorts(worker);
  }

  /** Messages that could not arrive, those that nobody ever read among them. */
  lostPosts(): readonly LostPost[] {
    const unread = [...this.#posts.values()].filter((post) => !this.#isRead(post));
    const cutOff = [...this.#lastSent.values()].filter(
      (post) => !this.#unheard.has(post.stream) && this.#isCutOff(post),
    );
    const disconnected = [...this.#sentToClosed.values()].filter((post) => this.#isMissed(post));
    const tooEarly = [...this.#lastToChannel.values()].flatMap((post) => this.#tooEarlyAmong(post));
    return [
      ...this.#lost,
      ...[...this.#unreadable].flatMap(([stream, n]) => lostPostOf(this.#postIn(stream, n), 'unreadable')),
      ...[...this.#unheard].flatMap(([stream, { n, ...where }]) =>
        lostPostOf(n === null ? this.#leftIn(stream) : this.#postIn(stream, n), 'unheard').map((post) => ({
          ...post,
          ...where,
        })),
      ),
      ...disconnected.map((post) => lostPost(post, 'disconnected')),
      ...tooEarly.map((post) => lostPost(post, 'too-early')),
      ...unread.map((post) => this.#neverRead(post)),
      ...cutOff.map((post) => lostPost(post, 'cut-off')),
    ].slice(0, keptLost);
  }

  /** The first one of the program's that nobody has taken, while its reader went on. */
  #leftIn(stream: string): Post | undefined {
    const post = this.#firstIn.get(stream)?.find(({ n }) => !this.#isTaken(stream, n));
    if (post === undefined) return undefined;
    const reader = this.#targetOf(post.thread, post.to);
    return reader !== null && reader.loopRanAt > post.at + readingMs ? post : undefined;
  }

  /** A message of the program's; where it is not kept, the last one before it. */
  #postIn(stream: string, n: number): Post | undefined {
    return this.#firstIn.get(stream)?.findLast((post) => post.n <= n);
  }

  #neverRead(post: Post): LostPost {
    const reader = post.to.kind === 'worker' ? this.#targetOf(post.thread, post.to) : null;
    const unread = lostPost(post, 'unread');
    return reader !== null && wasEndedAtOnce(reader) ? { ...unread, why: 'ended-too-soon', reader } : unread;
  }

  /** Messages that came after the one for which their reader had listened. */
  leftPosts(): readonly LeftPost[] {
    return [...this.#readOnce].flatMap(([stream, ones]) => {
      const posts = this.#firstIn.get(stream) ?? [];
      const dropped = this.#dropped.get(stream);
      return ones.flatMap(({ n, reader, listener, passesOn, handsOnAll, removedAt }) => {
        const taken = posts.find((post) => post.n === n);
        const left = posts.filter(
          (post) =>
            post.n > n &&
            taken !== undefined &&
            (post.stack === taken.stack ||
              (passesOn && isLike(post, taken)) ||
              (handsOnAll && isOfOneSender(post, taken))) &&
            (dropped?.has(post.n) || !this.#isTaken(stream, post.n)),
        );
        const [first] = left;
        if (first?.stack == null) return [];
        const { thread, at, to, stack } = first;
        const isDropped = dropped?.has(first.n) === true;
        return {
          thread,
          reader,
          at,
          to: endText(to),
          count: left.length,
          isDropped,
          stack: thread.stack(stack),
          listener,
          removedAt,
        };
      });
    });
  }

  /** The first one from each place whose other messages came to something, unless those that post them have provided for it. */
  unansweredPosts(): readonly UnansweredPost[] {
    return [...this.#unanswered].flatMap(([stream, { reader, numbers }]) => {
      const ofPlace = new Map<string, Post[]>();
      for (const post of this.#firstIn.get(stream) ?? [])
        addTo(ofPlace, post.thread.stack(post.stack)[0] ?? '', post);
      return [...ofPlace.values()].flatMap((posts) => {
        const first = posts.find(({ n }) => numbers.has(n));
        const isAnswered = posts.some(({ n }) => !numbers.has(n) && this.#isTaken(stream, n));
        if (first === undefined || !isAnswered) return [];
        const stack = first.thread.stack(first.stack);
        if (boundsItsWait(stack)) return [];
        const { thread, at, to } = first;
        return { thread, reader, at, lastAt: posts.at(-1)?.at ?? at, to: endText(to), stack };
      });
    });
  }

  /** How many messages the thread has taken. */
  takenBy(thread: Thread): number {
    return [...this.#takenOf.values()].reduce((sum, { n, reader }) => sum + (reader === thread ? n : 0), 0);
  }

  /** The last messages to threads that others ended. */
  unhandled(): readonly UnhandledMessage[] {
    return [...this.#lastTo.values()].flatMap(({ post, placesBefore }) => {
      const reader = this.#targetOf(post.thread, post.to);
      if (reader?.end == null || reader === post.thread) return [];
      const taken = this.#takenOf.get(post.stream);
      return [
        {
          thread: post.thread,
          reader,
          at: post.at,
          takenAt: taken !== undefined && taken.n >= post.n ? taken.at : null,
          isOneOfMany: post.stack !== null && placesBefore.has(post.stack),
          stack: post.thread.stack(post.stack),
        },
      ];
    });
  }

  #keepLast(post: Post): void {
    const before = this.#lastTo.get(post.stream);
    if (before === undefined && this.#lastTo.size >= keptPosts) return;
    const places = before?.placesBefore ?? new Set();
    const isNew = before !== undefined && !places.has(before.post.stack) && places.size < keptUnread;
    this.#lastTo.set(post.stream, {
      post,
      placesBefore: isNew ? new Set([...places, before.post.stack]) : places,
    });
  }

  #onTheWay(target: Thread, post: Unread): void {
    const taken = this.#takenOf.get(post.stream);
    if (taken !== undefined && post.n === taken.n) took(target, post, taken.at);
    else if (post.n > (taken?.n ?? 0) && target.unread.length < keptUnread) target.unread.push(post);
  }

  #matchPorts(worker: Thread): void {
    const given = this.#given.get(worker);
    const taken = this.#taken.get(worker);
    if (given === undefined || given.length !== taken?.length) return;
    given.forEach((name, index) => {
      const original = this.#portName(name);
      this.#portNames.set(taken[index] ?? '', original);
      this.#portOwners.set(original, worker);
    });
  }

  /** The one from which nothing was taken for longest. */
  #forgetStream(): void {
    for (const stream of this.#takenOf.keys()) {
      this.#takenOf.delete(stream);
      return;
    }
  }

  /** One name for the messages from one end to the other, as the sender's thread sees them. */
  #streamTo(thread: Thread, to: MessageEnd): string {
    switch (to.kind) {
      case 'worker':
        return `to worker ${thread.pid}.${to.tid}`;
      case 'parent':
        return `from worker ${thread.key}`;
      case 'port':
        return `port ${this.#otherEnd(to.id)}`;
      case 'process':
        return `process ${thread.pid} to ${to.pid}`;
      case 'channel':
        return endKey(to);
    }
  }

  /** The same, as the reader's thread sees it. */
  #streamFrom(thread: Thread, from: MessageEnd): string {
    switch (from.kind) {
      case 'worker':
        return `from worker ${thread.pid}.${from.tid}`;
      case 'parent':
        return `to worker ${thread.key}`;
      case 'port':
        return `port ${this.#portName(from.id)}`;
      case 'process':
        return `process ${from.pid} to ${thread.pid}`;
      case 'channel':
        return endKey(from);
    }
  }

  #portName(id: string): string {
    return this.#portNames.get(id) ?? id;
  }

  #otherEnd(id: string): string {
    const name = this.#portName(id);
    return name.endsWith('.1') ? `${name.slice(0, -1)}2` : `${name.slice(0, -1)}1`;
  }

  #targetOf(thread: Thread, to: MessageEnd): Thread | null {
    switch (to.kind) {
      case 'worker':
        return this.#threadOf(`${thread.pid}.${to.tid}`) ?? null;
      case 'parent':
        return thread.parent;
      case 'port':
        return this.#portOwners.get(this.#otherEnd(to.id)) ?? null;
      case 'process':
        return this.#threadOf(`${to.pid}.0`) ?? null;
      case 'channel':
        return null;
    }
  }

  #readerKey(thread: Thread, from: MessageEnd): string {
    if (from.kind === 'port') return `port ${this.#portName(from.id)}`;
    return from.kind === 'channel' ? endKey(from) : `${thread.key} ${endKey(from)}`;
  }

  #isRead({ thread, to, stream, n }: Post): boolean {
    // Whoever waits for one message stops reading once it has come.
    if (this.#isTaken(stream, n)) return true;
    switch (to.kind) {
      case 'parent':
        return thread.parent === null || this.#readers.has(`${thread.parent.key} worker ${thread.tid}`);
      case 'worker': {
        const worker = this.#threadOf(`${thread.pid}.${to.tid}`);
        // A worker that the probe did not get into may well read.
        if (worker === undefined || Number.isNaN(worker.startedAt)) return true;
        return this.#readers.has(`${worker.key} parent`);
      }
      case 'channel':
        return this.#readers.has(endKey(to));
      case 'process':
        return true;
      case 'port':
        return to.id === '' || this.#isPortRead(this.#otherEnd(to.id));
    }
  }

  /** Its process was gone before the channel had taken all of it, while the other one went on and read. */
  #isCutOff({ thread, to, stream, n }: Post): boolean {
    const reader = this.#targetOf(thread, to);
    const { end } = thread;
    if (reader === null || end === null) return false;
    return !this.#isTaken(stream, n) && reader.loopRanAt > end.at + readingMs;
  }

  /** Others of its kind were taken by the process, which sent; nobody else was told of it, and its sender sent nothing itself. */
  #isMissed(post: Post): boolean {
    const { thread, to, stream, at: lostAt } = post;
    const reader = this.#targetOf(thread, to);
    const before = this.#firstIn.get(stream) ?? [];
    const wasUseful = before.some((one) => isSameKind(one, post) && this.#isTaken(stream, one.n));
    if (reader === null || reader.requests === 0 || !wasUseful) return false;
    if ((thread.lastRequestAt ?? lostAt) > lostAt) return false;
    return ![...this.#firstIn.values()]
      .flat()
      .some(
        (other) =>
          other.thread === thread &&
          other.stream !== stream &&
          isLike(other, post) &&
          other.at > lostAt - together,
      );
  }

  #isTaken(stream: string, n: number): boolean {
    return (this.#takenOf.get(stream)?.n ?? 0) >= n;
  }

  #isPortRead(name: string): boolean {
    if (this.#readers.has(`port ${name}`)) return true;
    // An end that went on by message is known no more: any reader of an unknown port may have it.
    return this.#moved.has(name) && !this.#portOwners.has(name) && this.#readers.has('port ');
  }
}

/** Posted by one function, with the same content beside its kind: whoever calls it wants all of them read. */
function isOfOneSender(post: Post, other: Post): boolean {
  const { thread, shape } = post;
  if (shape === null || other.shape === null || other.thread !== thread) return false;
  if (!isFromOnePlace(post, other)) return false;
  return hasContent(shape) && fieldsOf(shape) === fieldsOf(other.shape) && !isToStop(shape);
}

function fieldsOf(shape: string): string {
  return shape.replaceAll(/=\S*/g, '');
}

/** A field that does not only name the kind. */
function hasContent(shape: string): boolean {
  return shape.split(' ').some((field) => !field.includes('='));
}

/** By the kind that it names. */
function isToStop(shape: string): boolean {
  return kindsIn(shape).some((kind) => isShutdownCode(kind) || isNamedAsStop(kind));
}

/** The values of the fields that name a message's kind. */
function kindsIn(shape: string): readonly string[] {
  return [...shape.matchAll(/=(\S+)/g)].map(([, kind = '']) => kind);
}

/** Of one kind, wherever they were posted. */
function isLike({ shape }: Post, other: Post): boolean {
  return shape !== null && shape === other.shape;
}

/** The same; what a text is for is known by its place only. */
function isSameKind(one: Post, other: Post): boolean {
  return other.shape === 'text' ? isFromOnePlace(one, other) : isLike(one, other);
}

function isFromOnePlace(one: Post, other: Post): boolean {
  const [place = ''] = one.thread.stack(one.stack);
  return place !== '' && place === other.thread.stack(other.stack)[0];
}

function addTo<Value>(lists: Map<string, Value[]>, stream: string, value: Value): void {
  const list = lists.get(stream);
  if (list !== undefined) {
    if (list.length < keptOfStream) list.push(value);
  } else if (lists.size < keptStreams) lists.set(stream, [value]);
}

function lostPostOf(post: Post | undefined, why: LostPost['why']): readonly LostPost[] {
  return post === undefined ? [] : [lostPost(post, why)];
}

/** By others, before its loop had come round once: it may not have come to listen. */
function wasEndedAtOnce({ end, loopRanAt, startedAt }: Thread): boolean {
  const isByOthers = end?.reason === 'terminated' || end?.reason === 'process-ended';
  return isByOthers && loopRanAt - startedAt < beatMs;
}

function lostPost({ thread, at, to, stack }: Post, why: LostPost['why']): LostPost {
  return { thread, at, to: endText(to), work: null, why, stack: thread.stack(stack) };
}

function took(thread: Thread, post: Unread, takenAt: number): void {
  const taken = { ...post, takenAt };
  thread.taken = taken;
  // What was posted before a thread's loop first ran waited for it to start.
  const hasTurned = thread.loopRanAt > thread.startedAt;
  if (hasTurned && takenAt - post.at >= soonMs && thread.takenLate.length < keptUnread)
    thread.takenLate.push(taken);
}

function endKey(end: MessageEnd): string {
  switch (end.kind) {
    case 'parent':
      return 'parent';
    case 'worker':
      return `worker ${end.tid}`;
    case 'port':
      return `port ${end.id}`;
    case 'channel':
      return `channel ${end.name}`;
    case 'process':
      return `process ${end.pid}`;
  }
}

function endText(end: MessageEnd): string {
  switch (end.kind) {
    case 'parent':
      return 'the parent thread';
    case 'worker':
      return end.tid < 0 ? 'a worker' : `worker ${end.tid}`;
    case 'port':
      return 'a MessagePort';
    case 'channel':
      return `BroadcastChannel "${end.name}"`;
    case 'process':
      return `process ${end.pid}`;
  }
}
