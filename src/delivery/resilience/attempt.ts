/** How one attempt ended, as far as it matters to another one. */
export interface Judged<Result> {
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
  /** True when the server or the network is in trouble, rather than this one message. */
  readonly unhealthy: boolean;
}
