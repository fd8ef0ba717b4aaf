import fs from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { purposeOfCallback } from './purpose.cjs';
import { emit, now } from './sink.cjs';
import { calledByProgram, framesHere, stackNumber } from './stack.cjs';
import { attempt, isFunction, isObject, wrapCall } from './wrap.cjs';

const { statSync } = fs;
const kept = 20;

interface Watched {
  readonly id: number;
  readonly watcher: WeakRef<object>;
  readonly path: string;
  readonly ino: number;
  readonly bornAt: number;
  readonly at: number;
  readonly frames: readonly string[];
  isReported: boolean;
}

let watched: readonly Watched[] = [];
let serial = 0;

/** A file that the program watches by itself: on Linux a watcher stays with what it was made for, however that is called since. */
export function followWatchedFiles(): void {
  wrapCall(fs, 'watch', (target, self, args) => {
    const watcher: unknown = Reflect.apply(target, self, args);
    attempt(() => {
      if (watched.length < kept && isObject(watcher) && calledByProgram()) keep(watcher, args[0]);
    });
    return watcher;
  });
}

function keep(watcher: object, name: unknown): void {
  const path = resolve(name instanceof URL ? fileURLToPath(name) : String(name));
  const file = statSync(path, { throwIfNoEntry: false });
  if (file?.isFile() !== true) return;
  const { ino, birthtimeMs: bornAt } = file;
  const what = { watcher: new WeakRef(watcher), path, ino, bornAt, at: now(), frames: framesHere() };
  watched = [...watched, { id: ++serial, ...what, isReported: false }];
}

/** Asked at every beat: a listener may be added after the watcher is made. */
export function lookAtWatchedFiles(): void {
  if (watched.length > 0) watched = watched.filter(isKept);
}

function isKept(one: Watched): boolean {
  const watcher = one.watcher.deref();
  if (watcher === undefined || isClosed(watcher)) {
    if (one.isReported) emit({ e: 'file-unwatched', id: one.id });
    return false;
  }
  if (one.isReported) return true;
  const { id, path, ino, bornAt, at, frames } = one;
  if (!listenersOf(watcher).some((listener) => leads(listener, frames))) return true;
  one.isReported = true;
  emit({ e: 'file-watched', t: at, id, path, ino, bornAt, stack: stackNumber(frames) });
  return true;
}

function isClosed(watcher: object): boolean {
  const handle: unknown = Reflect.get(watcher, '_handle');
  return isObject(handle) && Reflect.get(handle, 'initialized') === false;
}

function listenersOf(watcher: object): readonly object[] {
  const listeners: unknown = Reflect.get(watcher, 'listeners');
  const found: unknown = isFunction(listeners) ? Reflect.apply(listeners, watcher, ['change']) : [];
  return Array.isArray(found) ? found.filter(isFunction) : [];
}

const asked = new WeakMap<object, boolean>();

function leads(listener: object, frames: readonly string[]): boolean {
  const known = asked.get(listener);
  if (known !== undefined) return known;
  const found = /^(?:surely|likely)$/.test(purposeOfCallback(listener, frames[0]).leads);
  asked.set(listener, found);
  return found;
}
