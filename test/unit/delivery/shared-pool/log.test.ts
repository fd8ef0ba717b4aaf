import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LinkControl } from '../../../../src/delivery/shared-pool/link-control.ts';
import { LogReader } from '../../../../src/delivery/shared-pool/log-reader.ts';
import { LogWriter, type Place } from '../../../../src/delivery/shared-pool/log-writer.ts';
import { type LogRecord, Segment, segmentHeaderBytes } from '../../../../src/delivery/shared-pool/segment.ts';

const board = new Int32Array(new SharedArrayBuffer(64));

/** Both ends of one link in one thread. */
class Link {
  readonly control = new LinkControl(64);
  readonly known = new Map<number, SharedArrayBuffer>();
  readonly writer: LogWriter;
  reader: LogReader;
  #slot = 0;

  constructor() {
    this.writer = new LogWriter(this.control, ({ added, dropped }) => {
      if (added !== null) {
        this.known.set(added.number, added.shared);
        this.reader.addSegment(added.number, added.shared);
      }
      for (const number of dropped) this.known.delete(number);
      this.reader.dropSegments(dropped);
    });
    for (const { number, shared } of this.writer.segments) this.known.set(number, shared);
    this.reader = this.newReader();
  }

  write(channel: string, body: string): Place {
    const place = this.writer.append(channel, body, { slot: this.#slot++, sentAtMs: this.#slot, ticket: 0 });
    this.control.publish(board, 5);
    return place;
  }

  /** As a new I/O thread begins: with nothing but the shared memory. */
  newReader(): LogReader {
    const reader = new LogReader(new LinkControl(this.control.shared));
    for (const [number, shared] of this.known) reader.addSegment(number, shared);
    return reader;
  }

  end(record: LogRecord, place: Place): void {
    record.segment.setState(record.offset, 'ended');
    this.writer.release(place);
  }

  get bytes(): number {
    return [...this.known.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  }
}

const bodyIn = ({ segment, offset }: LogRecord): string => Buffer.from(segment.bodyAt(offset)).toString();

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
            const record = link.reader.take();
            if (record === null) throw new Error('nothing to take');
            expect(bodyIn(record)).toBe(body);
            expect(record.segment.channelAt(record.offset)).toBe(Buffer.from(channel).toString());
            link.end(record, place);
          }
          expect(link.reader.take()).toBeNull();
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
        let taken = new Map<string, LogRecord>();
        let written = 0;
        let next = 0;
        const takeNext = () => {
          const record = link.reader.take();
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
            const open = link.reader.takenBefore();
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
      const record = link.reader.take();
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
        const record = link.reader.take();
        if (record === null) throw new Error('nothing to take');
        link.end(record, place);
      }
      return largest;
    };
    const largest = burst();
    for (let index = 0; index < 5000; index += 1) {
      const place = link.write('C1', 'x'.repeat(300));
      const record = link.reader.take();
      if (record === null) throw new Error('nothing to take');
      link.end(record, place);
    }
    expect(link.bytes).toBeLessThan(largest / 1.5);
  });
});

describe('a link', () => {
  test('lets its sender write no more once it is revoked', () => {
    const control = new LinkControl(4);
    expect(control.beginUse()).toBe(true);
    control.endUse();
    expect(new LinkControl(control.shared).revoke()).toBe(true);
    expect(control.beginUse()).toBe(false);
  });

  test('tells ended slots in the order in which they ended, also after its counters have wrapped', () => {
    const control = new LinkControl(4);
    const reader = new LinkControl(control.shared);
    const segment = new Segment(0, new SharedArrayBuffer(1024));
    const offset = segmentHeaderBytes;
    for (let round = 0; round < 10; round += 1) {
      for (const slot of [3, 0, 2, 1]) {
        segment.writeHeader(offset, { slot, sentAtMs: 0, ticket: 0 });
        reader.publishEnd(board, 5, { segment, offset });
        expect(segment.isAt(offset, 'ended')).toBe(true);
      }
      expect([control.nextEnded(), control.nextEnded(), control.nextEnded(), control.nextEnded()]).toEqual([
        3, 0, 2, 1,
      ]);
      expect(control.nextEnded()).toBeNull();
    }
  });
});
