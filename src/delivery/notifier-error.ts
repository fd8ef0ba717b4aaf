/** What can be wrong before anything is sent: the `code` of what `createNotifier` and `attachNotifier` throw. */
export type NotifierErrorCode =
  /** An option of `createNotifier` is not what it takes. */
  | 'invalid-option'
  /** What was passed to `attachNotifier` is no handle. */
  | 'invalid-handle'
  /** No notifier of that name is open, or several are, or its thread did not answer. */
  | 'cannot-attach'
  /** Another notifier writes the journal. */
  | 'journal-in-use'
  /** The journal's file can't be opened, read or written. */
  | 'journal-unusable'
  /** The I/O thread's file was not found. */
  | 'io-thread-not-found'
  /** The I/O thread ended while it was started. */
  | 'io-thread-not-started';

/** An error by which a program can act without reading its text. */
export type NotifierError = Error & { readonly code: NotifierErrorCode };

export function withCode<Thrown extends Error>(
  code: NotifierErrorCode,
  error: Thrown,
): Thrown & NotifierError {
  return Object.assign(error, { code });
}
