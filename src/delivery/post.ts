import { TextDecoder } from 'node:util';
import type { Dispatcher } from 'undici';
import { type ConnectionFailure, connectionFailure } from '../failures/classify-error.ts';
import type { HttpRequest } from '../slack/request.ts';
import type { HttpReply } from '../slack/response.ts';
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
    const onEnd = (attempt: Attempt) => {
      if (timer !== null) clearTimeout(timer);
      resolve(attempt);
    };
    const posting = startPost(dispatcher, request, { onSending, onEnd });
    timer = setTimeout(() => posting.timeOut(), timeoutMs);
  });
}

export type PostRequest = HttpRequest<string | Uint8Array>;

/** A request under way, whose deadline its owner keeps. */
export interface Posting {
  /** Ends it now; does nothing when it has ended. */
  timeOut(): void;
}

/** Told how a request goes; `onEnd` is called exactly once, and never before `startPost` has returned. */
export interface PostListener {
  onSending(): void;
  onEnd(attempt: Attempt): void;
}

/** Makes one request. */
export function startPost(dispatcher: Dispatcher, request: PostRequest, listener: PostListener): Posting {
  const handler = new PostHandler(listener);
  try {
    dispatcher.dispatch(request, handler);
  } catch (error) {
    queueMicrotask(() => handler.onResponseError(null, error));
  }
  return handler;
}

/** Bytes of a reply that are kept: many times what Slack sends, so that no server can fill the memory. */
const longestBody = 4 * 1024 * 1024;

class PostHandler implements Dispatcher.DispatchHandler, Posting {
  readonly #listener: PostListener;
  #controller: Dispatcher.DispatchController | null = null;
  #settled = false;
  #status = 0;
  #headers: HttpReply['headers'] = {};
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(listener: PostListener) {
    this.#listener = listener;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#settled) {
      controller.abort(new Error('the deadline passed while the request was queued'));
      return;
    }
    this.#controller = controller;
    this.#listener.onSending();
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
    if (this.#bytes > longestBody) return;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  onResponseEnd(): void {
    const reply = { status: this.#status, headers: this.#headers, body: textOf(this.#chunks) };
    this.#settle({ kind: 'replied', reply });
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: unknown): void {
    const sent = this.#controller !== null;
    this.#settle({ kind: 'failed', failure: connectionFailure(error, sent), sent });
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
    this.#listener.onEnd(attempt);
  }
}

const utf8 = new TextDecoder();

/** Nearly every reply is one chunk, which needs no copy. */
function textOf(chunks: readonly Buffer[]): string {
  const [only] = chunks;
  return utf8.decode(chunks.length === 1 ? only : Buffer.concat(chunks));
}
