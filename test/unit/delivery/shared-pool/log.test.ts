import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Board } from '../../../../src/delivery/shared-pool/board.ts';
import { InProgress, type Noted } from '../../../../src/delivery/shared-pool/in-progress.ts';
import { LinkControl } from '../../../../src/delivery/shared-pool/link-control.ts';
import { LogReader } from '../../../../src/delivery/shared-pool/log-reader.ts';
import { LogWriter, type Place } from '../../../../src/delivery/shared-pool/log-writer.ts';
import type { LogRecord, Segment } from '../../../../src/delivery/shared-pool/segment.ts';

/** Both ends of one link in one thread. */
class Link {
  readonly board = new Board();
  readonly #reading = this.board.readerWordsOf(0);
  readonly control = new LinkControl();
  readonly known = new Map<number, SharedArrayBuffer>();
  readonly #inProgress = InProgress.allocate(25_000);
  readonly writer: LogWriter;
  inProgress = new InProgress(this.#inProgress);
  reader: LogReader;
  #slot = 0;

  constructor() {
    this.writer = new LogWriter(this.control, {
      onChange: ({ added, dropped }) => {
        if (added !== null) {
          this.known.set(added.number, added.shared);
          this.reader.addSegment(added.number, added.shared);
        }
        for (const number of dropped) this.known.delete(number);
        this.reader.dropSegments(dropped);
      },
      onFull: () => {},
    });
    for (const { number, shared } of this.writer.segments) this.known.set(number, shared);
    this.reader = this.newReader();
  }

  /** All that a thread does before the one step that lets the reader see it. */
  append(channel: string, body: string): Place {
    this.writer.makeRoom(channel, body);
    return this.writer.append(channel, body, { slot: this.#slot, sentAtMs: this.#slot, ticket: 0 });
  }

  write(channel: string, body: string): Place {
    const place = this.append(channel, body);
    expect(this.writer.commit(this.#reading)).toBe(true);
    this.#slot += 1;
    return place;
  }

  commit(): boolean {
    return this.writer.commit(this.#reading);
  }

  /** As a new I/O thread begins: with nothing but the shared memory. */
  newReader(): LogReader {
    const reader = new LogReader(new LinkControl(this.control.shared));
    for (const [number, shared] of this.known) reader.addSegment(number, shared);
    this.inProgress = new InProgress(this.#inProgress);
    return reader;
  }

  take(): Taken | null {
    let entry = -1;
    const record = this.reader.take((next) => {
      entry = this.inProgress.add(7, next);
    });
    return record === null ? null : { record, entry };
  }

  recovered(): Taken[] {
    return this.inProgress.left().flatMap(({ segment, offset, entry }: Noted) => {
      const record = this.reader.takeOver(segment, offset);
      if (record === 'unknown') throw new Error('its memory is not known');
      if (record !== 'untaken') return [{ record, entry }];
      this.inProgress.delete(entry);
      return [];
    });
  }

  end({ record, entry }: Taken, place: Place): void {
    this.control.publishEnd(this.#reading, record, this.inProgress.wordOf(entry));
    this.inProgress.delete(entry);
    this.writer.release(place);
  }

  /** Slots that the sender learns of, each from where its record was. */
  ended(places: readonly Place[]): number[] {
    return this.control.takeEnded((slot) => {
      const place = places[slot];
      if (place === undefined) throw new Error(`nothing is at slot ${slot}`);
      return place.segment.words[place.segment.nextEndedWordAt(place.offset)] ?? 0;
    });
  }

  get bytes(): number {
    return [...this.known.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  }
}

interface Taken {
  readonly record: LogRecord;
  readonly entry: number;
}

const bodyIn = ({ record: { segment, offset } }: Taken): string =>
  Buffer.from(segment.bodyAt(offset)).toString();

describe('a log', () => {
  test('gives every record once, whole and in order, however large they are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ channel: fc.string({ unit: 'binary' }), size: fc.nat(40_000) }), {
          maxLength: 40,
        }),
        (messages) => {
          const link = new Link();
          for (const [index, { channel, size }] of messages.entries()) {
            const body = `${index}:${'ü'.repeat(size)}`;
            const place = link.write(channel, body);
            const taken = link.take();
            if (taken === null) throw new Error('nothing to take');
            expect(bodyIn(taken)).toBe(body);
            expect(taken.record.segment.channelAt(taken.record.offset)).toBe(Buffer.from(channel).toString());
            link.end(taken, place);
          }
          expect(link.take()).toBeNull();
        },
      ),
      { numRuns: 25 },
    );
  });

  test('loses and repeats nothing when reading, ending and new readers come in any order', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ kind: fc.constant('write' as const), size: fc.nat(9000) }) },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('take' as const) }) },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('end' as const), which: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('new-reader' as const) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const link = new Link();
        const places = new Map<string, Place>();
        let taken = new Map<string, Taken>();
        let written = 0;
        let next = 0;
        const takeNext = () => {
          const record = link.take();
          if (record === null) return false;
          const name = bodyIn(record).split(':')[0] ?? '';
          expect(name).toBe(String(next));
          next += 1;
          taken.set(name, record);
          return true;
        };
        for (const action of steps) {
          if (action.kind === 'write') {
            const name = String(written++);
            places.set(name, link.write('C1', `${name}:${'x'.repeat(action.size)}`));
          } else if (action.kind === 'take') {
            takeNext();
          } else if (action.kind === 'end') {
            const [name, record] = [...taken][action.which % Math.max(1, taken.size)] ?? [];
            const place = places.get(name ?? '');
            if (name === undefined || record === undefined || place === undefined) continue;
            link.end(record, place);
            taken.delete(name);
          } else {
            link.reader = link.newReader();
            const open = link.recovered();
            const names = open.map((record) => bodyIn(record).split(':')[0] ?? '');
            expect([...names].sort()).toEqual([...taken.keys()].sort());
            taken = new Map(open.map((record, index) => [names[index] ?? '', record]));
          }
        }
        while (takeNext());
        expect(next).toBe(written);
      }),
      { numRuns: 200 },
    );
  });

  test('uses its memory again as long as records end', () => {
    const link = new Link();
    for (let index = 0; index < 5000; index += 1) {
      const place = link.write('C1', `${index}:${'x'.repeat(300)}`);
      const record = link.take();
      if (record === null) throw new Error('nothing to take');
      link.end(record, place);
    }
    expect(link.bytes).toBeLessThan(300_000);
  });

  test('gives memory back after a burst', () => {
    const link = new Link();
    const burst = () => {
      const places = Array.from({ length: 20_000 }, (_, index) =>
        link.write('C1', `${index}:${'x'.repeat(200)}`),
      );
      const largest = link.bytes;
      for (const place of places) {
        const record = link.take();
        if (record === null) throw new Error('nothing to take');
        link.end(record, place);
      }
      return largest;
    };
    const largest = burst();
    for (let index = 0; index < 5000; index += 1) {
      const place = link.write('C1', 'x'.repeat(300));
      const record = link.take();
      if (record === null) throw new Error('nothing to take');
      link.end(record, place);
    }
    expect(link.bytes).toBeLessThan(largest / 1.5);
  });
});

describe('a thread that ends in the middle of a record', () => {
  const unfinished: Record<string, (link: Link) => void> = {
    'before it was written': (link) => link.writer.makeRoom('C1', 'x'.repeat(9000)),
    'when it was written and not committed': (link) => void link.append('C1', 'half'),
    'when memory was added and it was not committed': (link) => void link.append('C1', 'x'.repeat(9000)),
  };

  test.each(Object.entries(unfinished))('%s, leaves what it sent before and nothing else', (_name, end) => {
    const link = new Link();
    link.write('C1', 'whole');
    end(link);
    const taken = link.take();
    expect(taken === null ? null : bodyIn(taken)).toBe('whole');
    expect(link.take()).toBeNull();
    expect(link.board.inFlight).toBe(1);
  });

  test('does not keep the link from being ended', () => {
    const link = new Link();
    link.append('C1', 'half');
    link.control.revoke();
    expect(link.control.hasUntaken).toBe(false);
  });

  test('is overwritten by the next record where it was an error that ended the call', () => {
    const link = new Link();
    link.append('C1', 'half');
    link.write('C1', 'whole');
    const taken = link.take();
    expect(taken === null ? null : bodyIn(taken)).toBe('whole');
    expect(link.take()).toBeNull();
  });
});

describe('a link', () => {
  test('lets its sender commit no more once it is revoked, and counts nothing', () => {
    const link = new Link();
    link.write('C1', 'before');
    link.append('C1', 'after');
    new LinkControl(link.control.shared).revoke();
    expect(link.commit()).toBe(false);
    expect(link.board.inFlight).toBe(1);
    expect(link.take()).not.toBeNull();
    expect(link.take()).toBeNull();
  });

  test('hands ended slots over in the order in which they ended, whenever they are looked for', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ end: fc.nat(), look: fc.boolean() }), { maxLength: 60 }), (steps) => {
        const link = new Link();
        const places = steps.map((_, index) => link.write('C1', String(index)));
        const open = steps.map(() => link.take());
        const expected: number[] = [];
        const seen: number[] = [];
        for (const { end, look } of steps) {
          const [taken] = open.splice(end % open.length, 1);
          if (taken === undefined || taken === null) throw new Error('nothing to end');
          const slot = taken.record.segment.slotAt(taken.record.offset);
          link.end(taken, places[slot] ?? taken.record);
          expected.push(slot);
          if (look) seen.push(...link.ended(places));
        }
        seen.push(...link.ended(places));
        expect(seen).toEqual(expected);
        expect(link.board.inFlight).toBe(0);
      }),
    );
  });
});

describe('an I/O thread that dies while it takes a record', () => {
  class Died extends Error {}

  test('leaves it to the next one when it had only noted it', () => {
    const link = new Link();
    link.write('C1', 'first');
    link.write('C1', 'second');
    link.take();
    expect(() =>
      link.reader.take((record) => {
        link.inProgress.add(7, record);
        throw new Died();
      }),
    ).toThrow(Died);
    link.reader = link.newReader();
    expect(link.recovered().map(bodyIn)).toEqual(['first']);
    const taken = link.take();
    expect(taken === null ? null : bodyIn(taken)).toBe('second');
  });

  test('leaves it to the next one when it had moved on and not counted it', () => {
    const link = new Link();
    link.write('C1', 'first');
    const { cursor } = link.control;
    link.inProgress.add(7, { segment: firstSegmentOf(link), offset: cursor.offset });
    link.control.cursor = { segment: cursor.segment, offset: firstSegmentOf(link).sizeAt(cursor.offset) };
    link.reader = link.newReader();
    expect(link.recovered()).toEqual([]);
    const taken = link.take();
    expect(taken === null ? null : bodyIn(taken)).toBe('first');
  });
});

function firstSegmentOf({ writer }: Link): Segment {
  const [segment] = writer.segments;
  if (segment === undefined) throw new Error('there is no segment');
  return segment;
}
