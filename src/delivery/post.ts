import type { Dispatcher } from 'undici';
import { type ConnectionFailure, connectionFailure } from '../failures/classify-error.ts';
import type { HttpRequest } from '../slack/request.ts';
import type { HttpResponse } from '../slack/response.ts';
import { type LongTimer, startTimer } from '../time/long-timer.ts';
import type { WaitingFor } from './outcome.ts';
import { longestBody, responseText } from './response-text.ts';

/** How one HTTP request ended. `sent` says whether any of it may have reached the server. */
export type Attempt =
  | { readonly kind: 'responded'; readonly response: HttpResponse }
  /** The head of a response came and not all of its body; `by` is null where the deadline ended it. */
  | { readonly kind: 'cut'; readonly response: HttpResponse; readonly by: ConnectionFailure | null }
  | { readonly kind: 'failed'; readonly failure: ConnectionFailure; readonly sent: boolean }
  | {
      readonly kind: 'timed-out';
      readonly sent: boolean;
      readonly waitingFor: Extract<WaitingFor, 'connection' | 'response'>;
    };

/** True when any of the request may have reached the server. */
export function wasSent(attempt: Attempt): boolean {
  return attempt.kind === 'responded' || attempt.kind === 'cut' || attempt.sent;
}

/** Called when the request is about to be written: from then on it may be posted. */
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
    let timer: LongTimer | null = null;
    const onEnd = (attempt: Attempt) => {
      timer?.clear();
      resolve(attempt);
    };
    const posting = startPost(dispatcher, request, { onSending, onEnd });
    timer = startTimer(() => setImmediate(() => posting.timeOut()), timeoutMs);
  });
}

export type PostRequest = HttpRequest<string | Uint8Array>;

/** A request under way, whose deadline its owner keeps. */
export interface Posting {
  /** Ends it now; does nothing when it has ended. */
  timeOut(): void;
}

/** How a request goes; `onEnd` is called exactly once, and never before `startPost` has returned. */
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

class PostHandler implements Dispatcher.DispatchHandler, Posting {
  readonly #listener: PostListener;
  #controller: Dispatcher.DispatchController | null = null;
  #settled = false;
  #status = 0;
  #headers: HttpResponse['headers'] = {};
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
    headers: HttpResponse['headers'],
  ): void {
    // Of 102 and 103 the end is still to come.
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#bytes > longestBody) return;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  onResponseEnd(): void {
    this.#settle({ kind: 'responded', response: this.#response() });
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: unknown): void {
    const sent = this.#controller !== null;
    const failure = connectionFailure(error, sent);
    this.#settle(
      this.#status === 0
        ? { kind: 'failed', failure, sent }
        : { kind: 'cut', response: this.#response(), by: failure },
    );
  }

  timeOut(): void {
    const controller = this.#controller;
    if (this.#status !== 0) this.#settle({ kind: 'cut', response: this.#response(), by: null });
    else if (controller !== null) this.#settle({ kind: 'timed-out', sent: true, waitingFor: 'response' });
    else this.#settle({ kind: 'timed-out', sent: false, waitingFor: 'connection' });
    controller?.abort(new Error('the deadline passed'));
  }

  #response(): HttpResponse {
    const headers = this.#headers;
    return { status: this.#status, headers, body: responseText(this.#chunks, headers['content-encoding']) };
  }

  #settle(attempt: Attempt): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#listener.onEnd(attempt);
  }
}
