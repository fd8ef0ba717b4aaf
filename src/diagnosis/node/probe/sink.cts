import fs from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { ProbeEvent } from '../protocol.ts';

// Taken before the program can replace them.
const { openSync, writeSync, fstatSync, closeSync } = fs;
const clock = performance.now.bind(performance);
const toMonotonic = Number(process.hrtime.bigint()) / 1e6 - clock();
const { stringify } = JSON;
const tick = process.nextTick.bind(process);

/** A file is left for the next one at this size, so that what was read can be deleted. */
const fileBytes = 16 * 1024 * 1024;
/** A thread that writes more often than this a second lets its less urgent events wait for the next tick. */
const calmWritesPerSecond = 1000;
/** How long a descriptor is trusted to be ours still, in ms. */
const trustMs = 2;

/** The monotonic clock in ms, the same in all threads and processes of one machine. */
export function now(): number {
  return clock() + toMonotonic;
}

let directory = '';
let name = '';
let serial = 0;
let fd = -1;
let identity = { dev: 0, ino: 0 };
let written = 0;
let checkedAt = 0;
let broken = false;
let waiting = '';
let flushPlanned = false;
let windowStart = 0;
let windowWrites = 0;
let busy = false;

export function openSink(recordDirectory: string, threadName: string): void {
  directory = recordDirectory;
  name = threadName;
  open();
}

/** Leaves at once: the loop may stop in the very next statement. */
export function emit(event: ProbeEvent): void {
  waiting += `${stringify(event)}\n`;
  flush();
}

/** Leaves at once in a calm thread; in a busy one before the program's next callback runs. */
export function emitSoon(event: ProbeEvent): void {
  waiting += `${stringify(event)}\n`;
  if (!isBusy()) flush();
  else planFlush();
}

/** Leaves with the next event: for what only matters while the loop runs. */
export function emitLazily(event: ProbeEvent): void {
  waiting += `${stringify(event)}\n`;
}

/** Whether this thread writes so often that stacks and writes must be spared. */
export function isBusy(): boolean {
  const at = clock();
  if (at - windowStart > 100) {
    busy = windowWrites > calmWritesPerSecond / 10;
    windowStart = at;
    windowWrites = 0;
  }
  return busy;
}

export function flush(): void {
  if (waiting === '' || broken) return;
  const text = waiting;
  waiting = '';
  windowWrites++;
  try {
    ensureOurs();
    writeSync(fd, text);
    written += text.length;
    if (written > fileBytes) rotate();
  } catch {
    retryOnce(text);
  }
}

function planFlush(): void {
  if (flushPlanned) return;
  flushPlanned = true;
  tick(() => {
    flushPlanned = false;
    flush();
  });
}

/** A program that closes descriptors may have been given ours again for a file of its own. */
function ensureOurs(): void {
  const at = clock();
  if (at - checkedAt < trustMs) return;
  checkedAt = at;
  if (fd !== -1 && isOurs()) return;
  open();
}

function isOurs(): boolean {
  try {
    const { dev, ino } = fstatSync(fd);
    return dev === identity.dev && ino === identity.ino;
  } catch {
    return false;
  }
}

function open(): void {
  fd = openSync(join(directory, `${name}.${String(serial).padStart(6, '0')}`), 'a');
  const { dev, ino } = fstatSync(fd);
  identity = { dev, ino };
  checkedAt = clock();
}

function rotate(): void {
  closeSync(fd);
  serial++;
  written = 0;
  open();
}

function retryOnce(text: string): void {
  try {
    open();
    writeSync(fd, text);
  } catch {
    // The record's directory is gone, or the disk is full: the program goes on unobserved.
    broken = true;
  }
}
