import { Socket } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ignoreContinue } from '../../../src/delivery/ignore-continue.ts';

const informational = fc.constantFrom(
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 100 \r\nserver: x\r\ndate: now\r\n\r\n',
);
const answer = fc.constantFrom(
  'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok',
  'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\r\ncontent-length: 25\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n',
  'no HTTP',
);

/** A connection whose other end is the test. */
class FakeSocket extends Socket {
  written = 0;

  constructor() {
    super();
    Object.defineProperty(this, 'bytesWritten', { get: () => this.written });
  }

  override _read(): void {}
}

test('100 Continue is left out before each answer, however the bytes are cut, and nothing else is', () => {
  const exchange = fc.record({ before: fc.array(informational, { maxLength: 3 }), answer });
  const cuts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(fc.array(exchange, { minLength: 1, maxLength: 4 }), cuts, (exchanges, sizes) => {
      const fake = new FakeSocket();
      const socket = ignoreContinue(fake);
      for (const one of exchanges) {
        fake.written += 100;
        const read = piecesOf(one.before.join('') + one.answer, sizes).map((piece) => {
          fake.push(piece);
          return readAll(socket);
        });
        expect(read.join('')).toBe(one.answer);
      }
      fake.destroy();
    }),
  );
});

test('what no request was written for is left as it is', () => {
  const fake = new FakeSocket();
  const socket = ignoreContinue(fake);
  fake.push('HTTP/1.1 100 Continue\r\n\r\n');
  expect(readAll(socket)).toBe('HTTP/1.1 100 Continue\r\n\r\n');
  fake.destroy();
});

test('a head that does not end is not held back for ever', () => {
  const fake = new FakeSocket();
  const socket = ignoreContinue(fake);
  fake.written = 100;
  fake.push(`HTTP/1.1 100 Continue\r\nx: ${'x'.repeat(70_000)}`);
  expect(readAll(socket)).toHaveLength(70_026);
  fake.destroy();
});

function piecesOf(text: string, sizes: readonly number[]): string[] {
  const pieces: string[] = [];
  for (let at = 0, index = 0; at < text.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1;
    pieces.push(text.slice(at, at + size));
    at += size;
  }
  return pieces;
}

function readAll(socket: Socket): string {
  let all = '';
  for (let chunk: unknown = socket.read(); chunk !== null; chunk = socket.read()) all += String(chunk);
  return all;
}
