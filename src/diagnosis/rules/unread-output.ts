import type { FullOutput, ProgramRecord, Standstill, ThreadRecord } from '../record.ts';
import { isWait } from './request-facts.ts';
import type { Suspicion } from './rule.ts';
import { at } from './wording.ts';

/** Of a child process that stands in a write, as its parent saw it. */
export function unreadOutputText({ pid, file, output, stack }: FullOutput): string {
  return `process ${pid} (${file}${at(stack)}) is blocked in a write to a full pipe: nobody reads its ${output}`;
}

export const readOutputFix =
  'Read the child’s output (child.stdout.resume() where nobody wants it), or start it with stdio: ["ignore", "ignore", "inherit"]';

/** What a thread prints goes to a pipe that its parent does not read, and that is full: no write to it comes back. */
export function withUnreadOutput(suspicion: Suspicion, record: ProgramRecord): Suspicion {
  const output = suspicion.thread === null ? null : unreadOutputOf(suspicion.thread, record);
  if (output === null) return suspicion;
  return {
    ...suspicion,
    evidence: [...suspicion.evidence, unreadOutputText(output)],
    stack: [...suspicion.stack, ...output.stack],
    fix: readOutputFix,
  };
}

function unreadOutputOf(thread: ThreadRecord, { threads }: ProgramRecord): FullOutput | null {
  const last = thread.standstills.at(-1);
  if (!thread.isMain || last === undefined || last.to !== null || !mayBeInWrite(last)) return null;
  return threads.flatMap(({ fullOutputs }) => fullOutputs).find(({ pid }) => pid === thread.pid) ?? null;
}

/** A thread in a call of the kernel's has no stack to show; one that waits for room pauses between its tries. */
function mayBeInWrite(standstill: Standstill): boolean {
  const { stack, statement } = standstill;
  return (
    isWait(standstill) ||
    stack.length === 0 ||
    /\b(?:console|log|write|print)/i.test(statement ?? stack[0] ?? '')
  );
}
