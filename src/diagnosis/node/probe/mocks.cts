import http from 'node:http';
import Module from 'node:module';
import net from 'node:net';
import type { EventOf } from '../protocol.ts';
import { contextHere } from './async-contexts.cjs';
import { onceLoaded } from './loaded-modules.cjs';
import { reportMocked } from './requests.cjs';
import { emit, now } from './sink.cjs';
import {
  calledByProgram,
  framesHere,
  framesReaching,
  isOfPackage,
  stackNumber,
  userFramesHere,
} from './stack.cjs';
import { type WatchedGlobal, watchGlobal } from './watched-global.cjs';
import { attempt, isFunction, isObject, replaceFunction, wrapCall } from './wrap.cjs';

const { OutgoingMessage, ServerResponse } = http;
const ownKind: unknown = http.ClientRequest.prototype;
const realSocket: unknown = net.Socket.prototype;

interface Begun {
  readonly at: number;
  readonly stack: number | null;
}

/** Requests of a class that is not Node's own: nock 13 puts such ones in their place. */
const strangers = new WeakMap<object, Begun>();
/** Those that may never be answered, the youngest last. */
let unanswered: WeakRef<object>[] = [];
const unansweredKept = 100;
/** A mock that answers after a delay has done so by then, in ms. */
const patienceMs = 1000;

/** Reports requests that something inside the process answers in the server's place. */
export function followMocks(): void {
  followStrangers();
  watchFetch();
  followAxiosMocks();
}

/** A mock's request sets its headers where every request does. */
function followStrangers(): void {
  const { setHeader } = OutgoingMessage.prototype;
  replaceFunction(
    OutgoingMessage.prototype,
    'setHeader',
    setHeader,
    function (this: http.OutgoingMessage, name: string, value: number | string | readonly string[]) {
      const kind: unknown = Object.getPrototypeOf(this);
      if (kind !== ownKind && !(this instanceof ServerResponse)) attempt(() => begun(this));
      return setHeader.call(this, name, value);
    },
  );
}

function begun(request: object): void {
  if (strangers.has(request)) return;
  const frames = framesReaching(contextHere()?.frames ?? []);
  strangers.set(request, { at: now(), stack: frames === null ? null : stackNumber(frames) });
  if (unanswered.length < unansweredKept) unanswered.push(new WeakRef(request));
}

/** A request of Node's own was begun: a mock may have let through what it stands for. */
export function strangerLetThrough(method: string, path: string): void {
  for (const reference of unanswered) {
    const request = reference.deref();
    if (
      request !== undefined &&
      Reflect.get(request, 'method') === method &&
      Reflect.get(request, 'path') === path
    )
      strangers.delete(request);
  }
}

/** Asked at every beat and at the end: a mock may take a request and never answer it. */
export function reportUnansweredStrangers(isEnd: boolean): void {
  if (unanswered.length === 0) return;
  const due = isEnd ? now() : now() - patienceMs;
  unanswered = unanswered.filter((reference) => {
    const request = reference.deref();
    const known = request === undefined ? undefined : strangers.get(request);
    if (request === undefined || known === undefined) return false;
    // One that was never ended asks for nothing.
    if (known.at > due || !isEnded(request)) return !isEnd;
    strangerAnswered(request);
    return false;
  });
}

function isEnded(request: object): boolean {
  return Reflect.get(request, 'writableEnded') === true || Reflect.get(request, 'finished') === true;
}

/** A response has come for a request that Node did not make, or can't be expected any more. */
export function strangerAnswered(request: object): void {
  const known = strangers.get(request);
  if (known === undefined) return;
  strangers.delete(request);
  const described = describe(request);
  if (described !== null) reportMocked({ ...described, ...known }, mockName());
}

function describe(request: object): Pick<EventOf<'request'>, 'client' | 'method' | 'origin' | 'path'> | null {
  const method: unknown = Reflect.get(request, 'method');
  const path: unknown = Reflect.get(request, 'path');
  const options: unknown = Reflect.get(request, 'options');
  const protocol = isObject(options) ? Reflect.get(options, 'protocol') : Reflect.get(request, 'protocol');
  const getHeader: unknown = Reflect.get(request, 'getHeader');
  if (typeof method !== 'string' || typeof path !== 'string' || !isFunction(getHeader)) return null;
  const host = String(Reflect.apply(getHeader, request, ['host']) ?? '');
  return {
    client: 'http',
    method,
    origin: `${typeof protocol === 'string' ? protocol : 'http:'}//${host}`,
    path,
  };
}

/**
 * As msw and nock 14 make them: a socket that is no connection. Null for a real one, for one that was let through, and
 * for one of which that is not decided, unless that has taken long.
 */
export function mockBehind(socket: unknown, hasTakenLong = false): string | null {
  if (!isObject(socket) || Object.getPrototypeOf(socket) === realSocket) return null;
  const name = String(Reflect.get(Reflect.get(socket, 'constructor') ?? {}, 'name'));
  if (!/^Mock/.test(name)) return null;
  const state: unknown = Reflect.get(socket, 'socketState');
  const isMock = state === undefined || state === 'mock' || (hasTakenLong && state === 'unknown');
  return isMock ? mockName() : null;
}

const packages = [
  [/[\\/]node_modules[\\/]nock[^\\/]*[\\/]/, 'nock'],
  [/[\\/]node_modules[\\/]msw[\\/]/, 'msw'],
  [/[\\/]node_modules[\\/]@mswjs[\\/]interceptors[\\/]/, '@mswjs/interceptors'],
] as const;

/** Which of the known packages is loaded. */
function mockName(): string {
  const cache: unknown = Reflect.get(Module, '_cache');
  const files = isObject(cache) ? Object.keys(cache) : [];
  for (const [pattern, name] of packages) if (files.some((file) => pattern.test(file))) return name;
  return usesInterceptors() ? 'msw or nock (@mswjs/interceptors)' : 'a mock';
}

const interceptorKeys = [Symbol.for('fetch-interceptor'), Symbol.for('client-request-interceptor')];

function usesInterceptors(): boolean {
  return interceptorKeys.some((key) => isObject(Reflect.get(globalThis, key)));
}

/** Calls that are reported. */
const mostReported = 200;
let asked = 0;
let watched: WatchedGlobal | null = null;

/**
 * A fetch that the program puts in place of Node's is still the program's own function; only that somebody asks for it
 * is seen. What it lets through, our own fetch sees.
 */
function watchFetch(): void {
  if (typeof globalThis.fetch !== 'function') return;
  watched = watchGlobal('fetch', { changed: () => {}, asked: askedFor }, 'as it was');
  // msw and nock 14 define the property anew, and register themselves right after.
  for (const key of interceptorKeys) {
    let value: unknown;
    Object.defineProperty(globalThis, key, {
      configurable: true,
      enumerable: false,
      get: () => value,
      set(given: unknown) {
        value = given;
        lookAtFetch();
      },
    });
  }
}

export function lookAtFetch(): void {
  watched?.look();
}

/** A package may ask without calling, and ask twice: it counts once. */
let hasPackageAsked = false;

function askedFor(replacement: unknown): void {
  if (asked >= mostReported) return;
  if (!calledByProgram()) {
    if (hasPackageAsked || !usesInterceptors() || !calledForProgram()) return;
    hasPackageAsked = true;
  }
  reportFake('fetch', replacedBy(replacement));
}

function reportFake(client: string, by: string | null): void {
  asked++;
  const frames = framesReaching(contextHere()?.frames ?? []);
  const stack = frames === null ? null : stackNumber(frames);
  emit({ e: 'fake-fetch', t: now(), client, by, stack });
}

/** It takes the place of what axios sends with; what it lets through is then a request like any other. */
function followAxiosMocks(): void {
  onceLoaded(/[\\/]axios-mock-adapter[\\/]src[\\/]index\.js$/, (_file, exported) => {
    const prototype: unknown = isObject(exported) ? Reflect.get(exported, 'prototype') : null;
    if (!isObject(prototype)) return;
    wrapCall(prototype, 'adapter', (target, self, args) => {
      const adapter: unknown = Reflect.apply(target, self, args);
      if (!isFunction(adapter)) return adapter;
      return new Proxy(adapter, {
        apply(original, owner, given) {
          if (asked < mostReported) attempt(() => reportFake('axios', 'axios-mock-adapter'));
          return Reflect.apply(original, owner, given);
        },
      });
    });
  });
}

/** By a package that is no mock, on its way from the program's own code. */
function calledForProgram(): boolean {
  const caller = framesHere().find(isOfPackage);
  if (caller === undefined) return false;
  const isMock = packages.some(([pattern]) => pattern.test(caller));
  return !isMock && (userFramesHere().length > 0 || (contextHere()?.frames.length ?? 0) > 0);
}

/** Who stands in for fetch, where that can be reported. */
function replacedBy(replacement: unknown): string | null {
  if (!isObject(replacement)) return null;
  if (Reflect.get(replacement, 'isSinonProxy') === true) return 'sinon';
  if (Reflect.get(replacement, '_isMockFunction') === true) return 'a mock function (jest or vitest)';
  if (usesInterceptors()) return mockName();
  return isObject(Reflect.get(replacement, 'mock')) ? 'a mock function' : null;
}
