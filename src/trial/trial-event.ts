import type { ContextNote } from '../contexts/context.ts';
import type { SendOutcome } from '../delivery/outcome.ts';
import type { Settled } from '../delivery/outcome-log.ts';
import type { DeliveryPath } from '../model/names.ts';

/** What the trial's process writes, in the order in which it happened. */
export type TrialEvent = { readonly atMs: number } & (PipelineEvent | ContextNote | Settled | PythonNote);

export type PipelineEvent =
  | { readonly kind: 'timer-set'; readonly id: string }
  | { readonly kind: 'timers-started'; readonly count: number; readonly dueAtMs: number }
  | { readonly kind: 'expired'; readonly id: string; readonly thread: string; readonly lateByMs: number }
  | { readonly kind: 'calling'; readonly id: string; readonly path: DeliveryPath; readonly thread: string }
  | {
      readonly kind: 'outcome';
      readonly id: string;
      readonly path: DeliveryPath;
      readonly thread: string;
      readonly outcome: SendOutcome;
    }
  | { readonly kind: 'subscriber-error'; readonly message: string }
  /** The user's own `send` began a request, was done at once, or threw before it returned or awaited anything. */
  | { readonly kind: 'handler-requested'; readonly id: string }
  | { readonly kind: 'handler-returned'; readonly id: string }
  | { readonly kind: 'handler-threw'; readonly id: string; readonly message: string }
  | { readonly kind: 'sender-ended'; readonly code: number };

/** What happened to a loop, a thread or the program of a Python trial. */
export interface PythonNote {
  readonly kind: 'note';
  readonly note:
    | 'loop-stopped'
    | 'loop-blocked'
    | 'executor-saturated'
    | 'thread-ended'
    | 'cancelled'
    | 'main-blocked'
    | 'main-waiting'
    | 'main-unblocked'
    | 'main-exiting';
  readonly thread: string;
  /** As the program's log says it. */
  readonly text: string;
}
