/** How one attempt ended, as far as it matters to another one. */
export interface Judged<Result> {
  readonly kind: 'attempted';
  readonly result: Result;
  /** True when another attempt may succeed. Never true after a 2xx. */
  readonly retryable: boolean;
  /** True when the message may have been posted. */
  readonly ambiguous: boolean;
  /** True when the server refused it for there being too many messages. */
  readonly rateLimited: boolean;
  /** How long the server asks to wait; null when it does not ask. */
  readonly retryAfterMs: number | null;
  /** The channel's ID, where the server took the message and said it. */
  readonly channel: string | null;
  readonly server: ServerWord;
}

/** What one attempt says of the server and of the network, rather than of its message. */
export type ServerWord =
  | { readonly kind: 'answered'; readonly afterMs: number }
  /** It said that it is in trouble, or there was no connection to it. */
  | { readonly kind: 'failed' }
  /** The deadline came first. */
  | { readonly kind: 'silent'; readonly forMs: number }
  /** Nothing was asked: what waited for a connection may have waited for its neighbours here. */
  | { readonly kind: 'not-asked' };
