import type { FruitlessCallback, ProgramRecord } from '../record.ts';
import { happened, isPutOff } from './fruitless-callbacks.ts';
import type { Rule, Suspicion } from './rule.ts';
import { at } from './wording.ts';

/**
 * `inconclusive`: a timer that is to send what it was given was put off until process.exit(). A debounced message is lost
 * then; an alarm that waits for silence never was to be sent.
 */
export const putOff: Rule = (record) =>
  record.fruitlessCallbacks.filter((callback) => isOpen(callback, record)).map(suspicion);

function isOpen(callback: FruitlessCallback, { leftUndone }: ProgramRecord): boolean {
  const { thread, leads, conditional, uncertain, setAt, ranAt } = callback;
  const { end } = thread;
  if (!isPutOff(callback) || thread.isLauncher || end?.reason !== 'exit-call') return false;
  if (leads === 'maybe' || conditional || uncertain) return false;
  if (leftUndone.some((undone) => undone.thread === thread)) return false;
  // What was sent since may have been sent in its place, as a flush does; one that was due waited for other code.
  return (thread.lastRequestAt ?? Number.NEGATIVE_INFINITY) < setAt && ranAt > end.at;
}

function suspicion(callback: FruitlessCallback): Suspicion {
  const { thread, stack } = callback;
  return {
    code: 'inconclusive',
    severity: 'warning',
    title: 'The process exited before a timer had fired that was to send, as one set at the same place had',
    thread,
    request: null,
    evidence: [
      happened(callback),
      `process.exit() was called${at(thread.end?.stack ?? [])}, and no request was made in between`,
      'what was not seen: whether it had something to send that was put off (it is lost), or waited for a silence that did not come (nothing is)',
    ],
    stack: [...stack, ...(thread.end?.stack ?? [])],
    fix: 'Where it puts off what is to be sent, send that before process.exit() (flush it and await its request); where it is not needed any more, clear it (clearTimeout)',
  };
}
