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
