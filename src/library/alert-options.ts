/** Bounds of the alerts; one that is absent raises none, except for a restart of the I/O thread. */
export interface AlertOptions {
  /** Raised when a smaller share (0..1) of the last window's notifications was delivered. */
  readonly completionBelow?: number;
  /** Raised when 99 % of the last window's notifications were not delivered within so many ms. */
  readonly p99AboveMs?: number;
  /** Raised when more notifications than this are in flight. */
  readonly queueAbove?: number;
  /** Raised when the I/O thread had to be started anew; default: true. */
  readonly ioThreadRestarted?: boolean;
  /** Time that completion and p99 look back over, and without a restart until that alert clears; default: 60000. */
  readonly windowMs?: number;
  /** Settled notifications in the window below which completion and p99 say nothing; default: 20. */
  readonly minimumCount?: number;
}
