import type { FindingCode } from '../model/cause.ts';
import type { Finding, RequestSummary, Severity } from '../model/finding.ts';
import type { Runtime } from '../model/runtime.ts';

/** What one rule holds to be the cause, of one request or of the program. */
export interface SuspicionOf<Thread, Request> {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly title: string;
  readonly thread: Thread | null;
  readonly request: Request | null;
  readonly evidence: readonly string[];
  readonly stack: readonly string[];
  /** What this evidence asks for; null where it is what the cause always asks for. */
  readonly fix: string | null;
  /** Threads that this kept from going on; there where it ended or halts what the stack shows, if no whole thread. */
  readonly halted?: readonly Thread[];
  /** What had to go on for this not to have come about. */
  readonly needed?: Needed<Thread>;
  /** Whether the program went on without it, and said so: whatever else is wrong comes first. */
  readonly isPassedOver?: boolean;
  /** Whether only a shortage of CPU is behind it, which delays and loses nothing by itself. */
  readonly isOfMachine?: boolean;
}

export interface Needed<Thread> {
  readonly threads: readonly Thread[];
  /** Code of these threads, as `file (function)`. */
  readonly functions: readonly string[];
}

/** How a runtime's threads and requests are shown. */
export interface Showing<Thread, Request> {
  thread(thread: Thread): NonNullable<Finding['thread']>;
  request(request: Request): RequestSummary;
  /** Tells threads of different processes apart. */
  threadKey(thread: Thread): string;
  /** Whose words the advice is in. */
  runtime(thread: Thread | null): Runtime;
}
