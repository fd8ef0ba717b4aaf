import fs from 'node:fs';
import { join } from 'node:path';
import v8 from 'node:v8';
import { isMainThread } from 'node:worker_threads';
import { type EventOf, lookFile } from '../protocol.ts';
import type { Look } from './look.cjs';
import { placesLearned } from './purpose.cjs';
import { hasRequested } from './requests.cjs';
import { emit, now } from './sink.cjs';
import { stopWorkers } from './workers.cjs';
import { attempt } from './wrap.cjs';

const { existsSync, readdirSync, writeFileSync } = fs;

const mebibyte = 1024 * 1024;
/** A larger heap takes many seconds to look at. */
const largestHeapBytes = 96 * mebibyte;
/** A look takes about this many times the heap's own size in it; a program near its limit would die of that. */
const roomPerHeap = 3;
const leastRoomBytes = 64 * mebibyte;
/** Threads of one program that are looked at as they end. */
const mostAtEnd = 4;

let directory = '';
let answered = false;

export function openAwaits(recordDirectory: string): void {
  directory = recordDirectory;
}

/** Asked while the loop runs: whether the collector wants to know what is awaited. */
export function reportAwaitsWhenAsked(): void {
  if (answered || !existsSync(join(directory, lookFile))) return;
  answered = true;
  report('asked', false);
}

interface AtEnd {
  readonly code: number;
  /** By process.exit(). */
  readonly isCalled: boolean;
  /** By a rejection that nobody had caught, which may not be what its other functions wait for. */
  readonly isRejected: boolean;
  readonly hasWorkers: boolean;
  /** Nothing of the program's comes after the look; a listener may still see to what its lists hold. */
  readonly isLast: boolean;
}

/**
 * The thread ends by itself, by process.exit or by a rejection: the last moment to see what its functions wait for. Where other threads
 * of the process work on, they would get time that they would not have had.
 */
export function reportAwaitsAtEnd({ code, isCalled, isRejected, hasWorkers, isLast }: AtEnd): void {
  // A parent that listens would hear of its child's end only afterwards.
  if ((isCalled || isRejected) && process.send !== undefined) return;
  if (answered || !(isCalled || isRejected || code === 0 || code === 13)) return;
  if (hasWorkers) {
    // Beside process.exit(), an exit listener may wait for what a worker still does.
    if (isCalled || isRejected || !isLast || !isMainThread) return;
    stopWorkers();
  }
  answered = true;
  // Node has said that the program's own top-level await is why it ends.
  if (code === 13 || ((isMainThread || !hasRequested()) && isAmongFirst())) report('end', isLast);
}

function isAmongFirst(): boolean {
  if (readdirSync(directory).filter((name) => name.startsWith('looked')).length >= mostAtEnd) return false;
  writeFileSync(join(directory, `looked.${process.pid}.${isMainThread ? 'main' : now()}`), '');
  return true;
}

function report(when: EventOf<'awaits'>['when'], isLast: boolean): void {
  const { used_heap_size: heapBytes, heap_size_limit: limitBytes } = v8.getHeapStatistics();
  const hasRoom = limitBytes - heapBytes >= leastRoomBytes + roomPerHeap * heapBytes;
  const t = now();
  if (heapBytes > largestHeapBytes || !hasRoom) emit({ e: 'awaits', t, until: t, when, awaits: null });
  else
    attempt(() => {
      // A bundle of its own: a program of which nothing need be looked at does not load it.
      const { look }: { look(sentFrom: readonly string[]): Look } = require(join(__dirname, 'look.cjs'));
      const { awaits, queues, unsent, stalled } = look(placesLearned());
      emit({ e: 'awaits', t, until: now(), when, awaits, queues, unsent: isLast ? unsent : [], stalled });
    });
}
