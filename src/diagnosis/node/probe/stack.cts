import * as nodeModule from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ChildKiller } from '../protocol.ts';
import { emitLazily, isBusy } from './sink.cjs';
import { isObject } from './wrap.cjs';

const frameLimit = 40;
const deepFrameLimit = 200;
const keptFrames = 12;
/** Enough to get out of the probe. */
const nearFrames = 20;
/** Share of stacks taken while the thread is busy: one takes 10 µs. */
const busyShare = 32;

const capture = Error.captureStackTrace;
const known = new Map<string, number>();
const knownLimit = 2000;
let skipped = 0;

/** The number of the current stack, sent once; null when it was spared or no frame of the program is on it. */
export function stackHere(): number | null {
  return isSpared() ? null : stackNumber(framesOf(callSitesHere()));
}

/** The current stack; where no own code is on it, `ownBefore`, where own code last was, comes first. Null when spared. */
export function framesReaching(ownBefore: readonly string[]): readonly string[] | null {
  if (isSpared()) return null;
  const frames = framesOf(callSitesHere());
  if (hasOwn(frames)) return frames;
  // Node's frames and a package's may be many.
  const deep = framesOf(callSitesHere(deepFrameLimit));
  return hasOwn(deep) ? deep : [...ownBefore, ...deep].slice(0, keptFrames);
}

function isSpared(): boolean {
  return isBusy() && ++skipped % busyShare !== 0;
}

function hasOwn([first]: readonly string[]): boolean {
  return first !== undefined && !isPackaged(first);
}

/** Where this package's own code lies: in its repository it is below no `node_modules`. */
const packageFolder = `${resolve(__dirname, '../../..')}/`;

/** Whether a frame or file lies in an installed package. */
export function isOfPackage(frame: string): boolean {
  return frame.includes('/node_modules/');
}

/** Whether it is a package's code, this one's included, and not the program's own. */
function isPackaged(file: string): boolean {
  return isOfPackage(file) || plainPath(file).startsWith(packageFolder);
}

/** The current stack itself, for what is reported too seldom to be numbered. */
export function framesHere(): readonly string[] {
  return framesOf(callSitesHere());
}

/** Frames of packages may lie on top of the program's own. */
const userFrameLimit = 24;
const userFramesKept = 4;

/** The program's own frames on the current stack, without its packages' and Node's. */
export function userFramesHere(): readonly string[] {
  const frames: string[] = [];
  for (const site of callSitesHere(userFrameLimit)) {
    const raw = site.getFileName();
    if (typeof raw !== 'string' || raw === '' || !isOwnFile(raw)) continue;
    frames.push(frameOf(site, raw, plainPath(raw)));
    if (frames.length === userFramesKept) break;
  }
  return frames;
}

/** Whether a file is the program's own, by its path or URL. */
export function isOwnFile(raw: string): boolean {
  return !raw.startsWith('node:') && !isPackaged(raw) && !isInner(plainPath(raw));
}

export function stackNumber(frames: readonly string[]): number | null {
  if (frames.length === 0) return null;
  const key = frames.join('\n');
  const id = known.get(key);
  if (id !== undefined) return id;
  if (known.size >= knownLimit) return null;
  const fresh = known.size + 1;
  known.set(key, fresh);
  emitLazily({ e: 'stack', id: fresh, frames });
  return fresh;
}

/** The frames in the text of an error's stack. */
export function framesInText(stack: unknown): readonly string[] {
  return typeof stack === 'string' ? userFirst(framesInOrder(stack)) : [];
}

/** The same as they lie upon each other. */
export function framesInOrder(stack: string): readonly string[] {
  const frames: string[] = [];
  for (const line of stack.split('\n')) {
    const match = /^\s+at (?:async )?(?:(.+?) \()?(.+?):(\d+):(\d+)\)?$/.exec(line);
    if (match === null) continue;
    const file = plainPath(match[2] ?? '');
    if (isInner(file)) continue;
    frames.push(frameText(file, match[3] ?? '0', match[4] ?? '0', match[1] ?? ''));
  }
  return frames;
}

/** Whether the probe's own code threw it, or called what did, and not what the program called through a wrapper. */
export function isProbesOwn(stack: string): boolean {
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  const from = frames.findIndex(isProbes);
  if (from === -1) return false;
  const length = frames.slice(from).findIndex((line) => !isProbes(line));
  const inProbe = length === -1 ? frames.slice(from) : frames.slice(from, from + length);
  if (inProbe.some((line) => /^\s+at Object\.apply /.test(line))) return false;
  // Where the stack is cut off in the middle of the probe's frames, who called them is not known.
  const isCutOff = length === -1 && frames.length >= Error.stackTraceLimit;
  return !isCutOff || framesInOrder(frames.slice(0, from).join('\n')).length === 0;
}

function isProbes(line: string): boolean {
  return line.includes(__dirname);
}

/** A stack is printed as it would be without the probe, through whose functions listeners are called. */
export function hideProbeFrames(error: unknown): void {
  if (!isObject(error)) return;
  const stack = Object.getOwnPropertyDescriptor(error, 'stack');
  if (stack === undefined || typeof stack.value !== 'string' || !stack.value.includes(__dirname)) return;
  const lines = stack.value.split('\n');
  const value = lines.filter((line) => !(/^\s+at /.test(line) && line.includes(__dirname))).join('\n');
  Object.defineProperty(error, 'stack', { ...stack, value });
}

/** Whether the program's own code called the function that called the probe, not a package's or Node's, but this module of Node's. */
export function calledByProgram(through: string | null = null): boolean {
  for (const site of callSitesHere(nearFrames)) {
    const raw = site.getFileName();
    if (typeof raw !== 'string' || raw === '') continue;
    const file = plainPath(raw);
    if (file.startsWith(__dirname) || file === through) continue;
    return !file.startsWith('node:') && !isPackaged(file);
  }
  return false;
}

const schedulerFile =
  /[\\/]node_modules[\\/](?:node-schedule|long-timeout|safe-timers|cron|node-cron|croner|toad-scheduler|bree)[\\/]/;

/** The same of a call that a package which schedules jobs made for the program. */
export function calledByScheduler(): boolean {
  const files = callSitesHere(nearFrames).map((site) => plainPath(site.getFileName() ?? ''));
  const callers = files.filter(
    (file) => file !== '' && !file.startsWith(__dirname) && !file.startsWith('node:'),
  );
  const [first = ''] = callers;
  const caller = callers.find((file) => !schedulerFile.test(file));
  return schedulerFile.test(first) && caller !== undefined && !isPackaged(caller);
}

const undiciFile = /^node:internal\/deps\/undici|[\\/]node_modules[\\/]undici[^\\/]*[\\/]/;

/** Whether undici, of whichever copy, called the function that called the probe. */
export function isCalledByUndici(): boolean {
  return callSitesHere(nearFrames).some((site) => undiciFile.test(site.getFileName() ?? ''));
}

/** Who is about to kill a child: Node does it by itself where it printed too much or took too long. */
export function killerHere(): ChildKiller {
  const sites = callSitesHere();
  if (sites.some((site) => isOwnFile(site.getFileName() ?? 'node:'))) return 'program';
  const names = sites.map((site) => site.getFunctionName() ?? '');
  if (names.some((name) => /onChildStd(?:out|err)$/.test(name))) return 'maxBuffer';
  return names.includes('listOnTimeout') ? 'timeout' : 'program';
}

const agentFile = /[\\/]node_modules[\\/](?:agent-base|[^\\/]*-agent|agentkeepalive|socks)[\\/]/;

/** Which client opens a connection, where the code that runs does: one that is followed, or another. */
export function whoConnects(): 'followed' | 'http2' | 'other' {
  const files = callSitesHere().map((site) => site.getFileName() ?? '');
  if (files.some((file) => undiciFile.test(file))) return 'followed';
  for (const raw of files) {
    if (raw.startsWith('node:internal/http2/')) return 'http2';
    if (/^node:(?:_http_|http|internal\/http|internal\/deps\/undici|inspector)/.test(raw)) return 'followed';
  }
  // Node itself, or an agent of a followed client that has awaited something before.
  const [opener] = files.filter((raw) => raw !== '' && !isInner(plainPath(raw)));
  return opener === undefined || agentFile.test(opener) ? 'followed' : 'other';
}

/** Whether the code that runs is a timer's callback, and nothing that it awaited. */
export function isInTimer(): boolean {
  const sites = callSitesHere();
  const async = sites.findIndex((site) => site.isAsync());
  const direct = async === -1 ? sites : sites.slice(0, async);
  return direct.some((site) => site.getFunctionName() === 'listOnTimeout');
}

/** Whether this runs in a listener of the "close" of a request that came in. */
export function isInCloseOfIncoming(): boolean {
  const names = callSitesHere().map((site) => `${site.getTypeName() ?? ''}.${site.getFunctionName() ?? ''}`);
  return names.some(
    (name, index) => name === 'IncomingMessage.emit' && names[index + 1]?.endsWith('.emitCloseNT') === true,
  );
}

function callSitesHere(limit = frameLimit): readonly NodeJS.CallSite[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const holder: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = limit;
    Error.prepareStackTrace = keepSites;
    capture(holder);
    return isSites(holder.stack) ? holder.stack : [];
  } catch {
    return [];
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    if (prepareStackTrace === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace');
    else Error.prepareStackTrace = prepareStackTrace;
  }
}

function keepSites(_error: unknown, sites: NodeJS.CallSite[]): NodeJS.CallSite[] {
  return sites;
}

function isSites(value: unknown): value is readonly NodeJS.CallSite[] {
  return Array.isArray(value);
}

function framesOf(sites: readonly NodeJS.CallSite[]): readonly string[] {
  const frames: string[] = [];
  for (const site of sites) {
    const raw = site.getFileName();
    if (typeof raw !== 'string' || raw === '') continue;
    const file = plainPath(raw);
    if (isInner(file)) continue;
    frames.push(frameOf(site, raw, file));
  }
  return userFirst(frames);
}

function frameOf(site: NodeJS.CallSite, raw: string, file: string): string {
  const line = site.getLineNumber() ?? 0;
  const column = site.getColumnNumber() ?? 0;
  const mapped = original(raw, file, line, column);
  return frameText(mapped.file, mapped.line, mapped.column, site.getFunctionName() ?? '');
}

function frameText(file: string, line: number | string, column: number | string, name: string): string {
  return `${file}:${line}:${column}${name === '' ? '' : ` (${name})`}`;
}

function userFirst(frames: readonly string[]): readonly string[] {
  const own = frames.filter((frame) => !isPackaged(frame));
  const foreign = frames.filter(isPackaged);
  return [...own, ...foreign].slice(0, keptFrames);
}

function isInner(file: string): boolean {
  return file.startsWith('node:') || file.startsWith(__dirname) || file === 'native';
}

function plainPath(file: string): string {
  if (!file.startsWith('file:')) return file;
  try {
    return fileURLToPath(file);
  } catch {
    return file;
  }
}

interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The place in the source that a loader or bundler compiled, where source maps are on. */
function original(raw: string, file: string, line: number, column: number): Place {
  try {
    const entry = nodeModule.findSourceMap?.(raw)?.findEntry(line - 1, column - 1);
    if (entry !== undefined && 'originalSource' in entry && entry.originalSource) {
      return {
        file: plainPath(entry.originalSource),
        line: entry.originalLine + 1,
        column: entry.originalColumn + 1,
      };
    }
  } catch {
    // Without a map the compiled place is reported.
  }
  return { file, line, column };
}
