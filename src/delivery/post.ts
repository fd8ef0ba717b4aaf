import { TextDecoder } from 'node:util';
import type { Dispatcher } from 'undici';
import type { HttpRequest } from '../slack/request.ts';
import type { HttpReply } from '../slack/response.ts';
import { type ConnectionFailure, connectionFailure } from './connection-failure.ts';
import type { WaitingFor } from './outcome.ts';

/** How one HTTP request ended. `sent` says whether any of it may have reached the server. */
export type Attempt =
  | { readonly kind: 'replied'; readonly reply: HttpReply }
  | { readonly kind: 'failed'; readonly failure: ConnectionFailure; readonly sent: boolean }
  | {
      readonly kind: 'timed-out';
      readonly sent: boolean;
      readonly waitingFor: Exclude<WaitingFor, 'answer' | 'turn'>;
    };

/** Told when the request is about to be written: from then on it may be posted. */
export type OnSending = () => void;

const doNothing: OnSending = () => {};

/**
 * Makes one request and settles within `timeoutMs`, whatever the client does: undici ignores an abort while a request
 * is queued behind a full pool (nodejs/undici#386) and its `headersTimeout` starts only at dispatch, so the deadline
 * is kept here. A request that times out while queued is never written afterwards.
 */
export function post(
  dispatcher: Dispatcher,
  request: PostRequest,
  timeoutMs: number,
  onSending: OnSending = doNothing,
): Promise<Attempt> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | null = null;
    const posting = startPost(dispatcher, request, onSending, (attempt) => {
      if (timer !== null) clearTimeout(timer);
      resolve(attempt);
    });
    timer = setTimeout(() => posting.timeOut(), timeoutMs);
  });
}

export type PostRequest = HttpRequest<string | Uint8Array>;

/** A request under way, whose deadline its owner keeps. */
export interface Posting {
  /** Ends it now; does nothing when it has ended. */
  timeOut(): void;
}

/** Makes one request; `onEnd` is called exactly once. */
export function startPost(
  dispatcher: Dispatcher,
  request: PostRequest,
  onSending: OnSending,
  onEnd: (attempt: Attempt) => void,
): Posting {
  const handler = new PostHandler(onEnd, onSending);
  try {
    dispatcher.dispatch(request, handler);
  } catch (error) {
    queueMicrotask(() => handler.onResponseError(null, error));
  }
  return handler;
}

/** Characters of a reply that are kept: many times what Slack sends, so that no server can fill the memory. */
const longestBody = 4 * 1024 * 1024;

class PostHandler implements Dispatcher.DispatchHandler, Posting {
  readonly #onEnd: (attempt: Attempt) => void;
  readonly #onSending: OnSending;
  #controller: Dispatcher.DispatchController | null = null;
  #settled = false;
  #status = 0;
  #headers: HttpReply['headers'] = {};
  #body = '';
  #decoder: TextDecoder | null = null;

  constructor(onEnd: (attempt: Attempt) => void, onSending: OnSending) {
    this.#onEnd = onEnd;
    this.#onSending = onSending;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#settled) {
      controller.abort(new Error('the deadline passed while the request was queued'));
      return;
    }
    this.#controller = controller;
    this.#onSending();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: HttpReply['headers'],
  ): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#body.length > longestBody) return;
    this.#decoder ??= new TextDecoder();
    this.#body += this.#decoder.decode(chunk, { stream: true });
  }

  onResponseEnd(): void {
    const reply = { status: this.#status, headers: this.#headers, body: this.#body };
    this.#settle({ kind: 'replied', reply });
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: unknown): void {
    this.#settle({ kind: 'failed', failure: connectionFailure(error), sent: this.#controller !== null });
  }

  timeOut(): void {
    const controller = this.#controller;
    const waitingFor = controller === null ? 'connection' : this.#status === 0 ? 'response' : 'body';
    this.#settle({ kind: 'timed-out', sent: controller !== null, waitingFor });
    controller?.abort(new Error('the deadline passed'));
  }

  #settle(attempt: Attempt): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#onEnd(attempt);
  }
}
