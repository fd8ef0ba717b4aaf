import type { SendOutcome } from '../delivery/outcome.ts';
import type { DeliveryPath } from '../model/names.ts';
import type { Timeline, TimelineLine } from '../model/story.ts';
import { confirmationText } from '../notification/texts.ts';
import { monotonicMs } from '../time/clock.ts';
import { classify } from './classify.ts';
import { watchMs } from './standstill-time.ts';
import type { ObservedTrial, TrialEvent } from './trial.ts';

const timer = 'timer-1';

/** Tells the first notification of a path as the program's log tells it, and what the log can't tell. */
export function timelineOf(result: ObservedTrial, path: DeliveryPath): Timeline {
  const { spec, observation } = result;
  const startedAtMs = observation.events.find(({ kind }) => kind === 'timer-set')?.atMs ?? monotonicMs();
  const events = observation.events.flatMap((event) => lineOf(event, path, startedAtMs, result) ?? []);
  const arrivals = observation.arrivals
    .filter(({ id }) => id === `${timer}:${path}`)
    .map(({ atMs }) => observed(atMs - startedAtMs, 'the server has the message', true));
  const lines = [...events, ...arrivals].sort((a, b) => a.atMs - b.atMs);
  return {
    title: path === 'confirmation' ? 'confirmation' : `expiry, ${spec.strategy} in ${spec.context}`,
    context: spec.context,
    strategy: spec.strategy,
    path,
    lines: [...lines, ...silence(result, path, lines)],
  };
}

function lineOf(
  event: TrialEvent,
  path: DeliveryPath,
  startedAtMs: number,
  { spec }: ObservedTrial,
): TimelineLine | null {
  const atMs = event.atMs - startedAtMs;
  const expiry = path === 'expiry';
  switch (event.kind) {
    case 'timer-set':
      return event.id === timer && !expiry ? log(atMs, confirmationText(spec.afterMs), true) : null;
    case 'expired':
      return event.id === timer && expiry
        ? log(atMs, `timer expired, detected in ${event.thread}`, true)
        : null;
    case 'calling':
      return event.id === `${timer}:${path}`
        ? log(atMs, `making POST request... (${event.thread})`, true)
        : null;
    case 'outcome':
      return event.id === `${timer}:${path}`
        ? log(atMs, told(event.outcome), event.outcome.status === 'delivered')
        : null;
    case 'parked':
      return expiry
        ? observed(atMs, `${event.thread} parks in Atomics.wait: its loop stands still`, false)
        : null;
    case 'blocked':
      return expiry ? observed(atMs, `synchronous code blocks the loop of ${event.thread}`, false) : null;
    case 'unblocked':
      return expiry ? observed(atMs, `the loop of ${event.thread} turns again`, true) : null;
    case 'exiting':
      return expiry ? observed(atMs, `${event.thread} calls process.exit()`, false) : null;
    case 'terminating':
      return expiry ? observed(atMs, 'main terminates the sending thread', false) : null;
    case 'process-exiting':
      return expiry ? observed(atMs, 'main calls process.exit()', false) : null;
    case 'unreferenced':
      return expiry
        ? observed(atMs, 'the sending thread is unref’d and main has nothing else to do', false)
        : null;
    case 'starved':
      return expiry ? observed(atMs, `all ${event.threads} threads of the libuv pool are busy`, false) : null;
    case 'subscriber-error':
      return log(atMs, `error: ${event.message}`, false);
    case 'note':
      return expiry ? observed(atMs, event.text, event.note === 'main-unblocked') : null;
    case 'timers-started':
    case 'settled':
    case 'handler-requested':
    case 'handler-threw':
    case 'sender-ended':
      return null;
  }
}

function told(outcome: SendOutcome): string {
  if (outcome.status === 'delivered') return 'Received response with status: 200';
  if (outcome.status === 'timed-out') return `error: timed out after ${Math.round(outcome.deadlineMs)} ms`;
  return `error: ${outcome.code}: ${outcome.message}`;
}

/** What never came, and for how long it was waited for. */
function silence(
  { spec, observation }: ObservedTrial,
  path: DeliveryPath,
  lines: readonly TimelineLine[],
): TimelineLine[] {
  const [first] = classify(spec, observation, path);
  if (first === undefined || (first.outcome !== 'hung' && first.outcome !== 'lost')) return [];
  const atMs = lines.at(-1)?.atMs ?? 0;
  if (first.outcome === 'lost') {
    return [observed(atMs, 'nothing more: no message, no error; whoever could have told is gone', false)];
  }
  const watchedMs = Math.round(spec.patienceMs + watchMs(spec.patienceMs));
  const timeout = `the client’s own timeout of ${Math.round(spec.deadlineMs)} ms did not fire`;
  return [observed(atMs, `nothing more in ${watchedMs} ms: no message, no error; ${timeout}`, false)];
}

function log(atMs: number, text: string, good: boolean): TimelineLine {
  return { atMs, source: 'log', text, good };
}

function observed(atMs: number, text: string, good: boolean): TimelineLine {
  return { atMs, source: 'observed', text, good };
}
