import type { Cause, FindingCode } from '../../model/cause.ts';
import { type ContextName, contextNames } from '../../model/names.ts';
import { describeError } from '../../slack/errors.ts';
import { showMs } from '../../time/show-ms.ts';
import { type Check, type CheckResult, fail, inconclusive, ok, quieter, skipped, warn } from './check.ts';
import type { HandlerResult } from './surroundings.ts';

/** The id of the check that runs the user's `send` in this context. */
export function handlerCheckId(context: ContextName): string {
  return `handler-${context}`;
}

/** One check a thread context: does the user's own `send(notification)` survive it? */
export const handlerChecks: readonly Check[] = contextNames.map((context) => ({
  id: handlerCheckId(context),
  group: 'handler',
  title: context,
  run: async ({ handler }) =>
    handler === null ? skipped('no handler was named') : resultOf(await handler.run(context)),
}));

type Ran = Extract<HandlerResult, { kind: 'ran' }>;

function resultOf(result: HandlerResult): CheckResult {
  switch (result.kind) {
    case 'skipped':
      return skipped(result.reason);
    case 'interrupted':
      return inconclusive('interrupted', 'run it again');
    case 'crashed':
      throw new Error(result.message);
    case 'ran':
      return result.latencyMs === null ? explainLoss(result) : arrivalResult(result, result.latencyMs);
  }
}

function arrivalResult({ late, starved, duplicates, cause }: Ran, latencyMs: number): CheckResult {
  const arrived = `arrived in ${showMs(latencyMs)}`;
  if (duplicates > 0) {
    return warn(`${arrived}, ${duplicates + 1} times`, 'do not send again what may have been posted already');
  }
  if (!late) return ok(arrived);
  if (starved !== null) return inconclusive(`${arrived}; ${starved}`, quieter);
  return warn(`${arrived}: late (${cause ?? 'a slow response'})`, handOver);
}

const handOver = 'hand the notification to another thread: createNotifier with the shared-pool strategy';
const returnPromise =
  'return or await the request’s promise in send(), so that the thread knows of it; or hand it over: createNotifier with the shared-pool strategy';

/** What happened to the thread, by the cause that it became. */
const whatHappens: Readonly<Partial<Record<Cause, string>>> = {
  'loop-parked': 'the thread parked in Atomics.wait',
  'loop-blocked': 'synchronous code held the thread’s loop',
  'thread-exited': 'the thread ended',
  'process-exited': 'the process ended',
  'threadpool-starved': 'the process’s thread pool was busy, and with it DNS',
};

/** The variable is set for it; the table's remedy is to set it. */
const sendToken =
  'send the token in SLACK_BOT_TOKEN with the request, in its authorization header as a bearer token';
const correctIt = 'correct the error in send(); it receives one notification: { id, path, channel, text }';
const postHere =
  'make the request in send(), to the address in SLACK_API_URL or SLACK_WEBHOOK_URL (fetch, undici and node:http are seen)';

function explainLoss(result: Ran): CheckResult {
  const { cause, send, message, requested, threw, refused } = result;
  if (threw !== null && !requested)
    return fail('never-requested', `send() threw at once: ${threw}`, correctIt);
  const why = cause === null || cause === 'healthy' ? 'never-requested' : cause;
  if (refused !== null) return explainRefusal(refused, send);
  if (!requested) return explainSilence(result, why);
  if (send === 'rejected')
    return fail(why, `send() rejected: ${message ?? 'without a reason'}`, rejectionFix(why));
  const happened = whatHappens[why];
  if (happened !== undefined) {
    return send === 'resolved'
      ? fail(why, `send() had returned, but its request was still under way when ${happened}`, returnPromise)
      : fail(why, `send() still waited for its request when ${happened}`, handOver);
  }
  if (send === 'pending')
    return fail(
      why,
      'send() neither resolved nor rejected, and nothing arrived',
      'give the request a deadline',
    );
  return fail(
    'never-requested',
    `send() resolved, but nothing arrived at the emulator${message === null ? '' : `: ${message}`}`,
    'post to the address in SLACK_API_URL or SLACK_WEBHOOK_URL',
  );
}

/** Nothing of a request was seen: what became of the thread afterwards is the reason only where send() still waited. */
function explainSilence({ send, message }: Ran, why: FindingCode): CheckResult {
  if (send === 'resolved') return fail('never-requested', 'send() made no request', postHere);
  if (send === 'rejected')
    return fail('never-requested', `send() rejected: ${message ?? 'without a reason'}`, correctIt);
  const happened = whatHappens[why];
  return happened === undefined
    ? fail('never-requested', 'send() made no request, and neither resolved nor rejected', postHere)
    : fail(why, `send() had not made its request yet when ${happened}`, handOver);
}

function explainRefusal(code: string, send: Ran['send']): CheckResult {
  const { meaning, remedy } = describeError(code);
  const after = send === 'resolved' ? '; send() did not throw because of it' : '';
  return fail(
    'rejected-by-slack',
    `the emulator answered ${code}: ${meaning}${after}`,
    code === 'not_authed' || code === 'invalid_auth' ? sendToken : remedy,
  );
}

function rejectionFix(cause: Cause): string {
  return cause === 'never-requested'
    ? 'correct the error in send()'
    : 'post to the address in SLACK_API_URL or SLACK_WEBHOOK_URL';
}
