import type { Button } from '../notification/notification.ts';
import type { Metadata, Presentation } from '../notification/presentation.ts';

/** One timer a user has set. */
export interface Timer {
  readonly id: string;
  readonly durationMs: number;
  /** `monotonicMs` at which it expires: a clock jump changes nothing. */
  readonly dueAtMs: number;
  /** Where its notifications go. */
  readonly channel: string;
  readonly threadTs?: string;
  /** Text of the expiry notification, where the user gave one. */
  readonly text?: string;
  /** Below the expiry notification. */
  readonly buttons?: readonly Button[];
  readonly presentation?: Presentation;
  /** Of the expiry notification. */
  readonly metadata?: Metadata;
}
