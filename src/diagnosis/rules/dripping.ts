import { showMs } from '../../time/show-ms.ts';
import type { ProgramRecord, ReceivedBytes, RequestRecord } from '../record.ts';
import { requestText } from '../request-text.ts';
import type { Suspicion } from './rule.ts';
import { ageOf, lastSeen, startedAt, stateText } from './wording.ts';

/** Slower than this, in bytes a second, a body brings nothing that anybody means to wait for. */
const usefulRate = 1024;
/** More than this, in ms, to come at such a rate is as good as no end. */
const tooLongMs = 60_000;

/** A body that keeps coming, ever so slowly, into a call that returns only with all of it: no timeout of a read ends that. */
export function drips(request: RequestRecord, record: ProgramRecord, hangAfterMs: number): boolean {
  const { received, readWhole, headersAt, endedAt, thread, deadline } = request;
  if (received === null || !readWhole || headersAt === null || endedAt !== null) return false;
  if (record.end.kind === 'exited' || thread.end !== null) return false;
  const until = lastSeen(request, record);
  const forMs = until - headersAt;
  // What has stopped is no drip.
  if (forMs < hangAfterMs || until - received.at >= hangAfterMs) return false;
  const rate = received.bytes / (forMs / 1000);
  if (rate >= usefulRate) return false;
  if (received.announced !== null) return ((received.announced - received.bytes) / rate) * 1000 > tooLongMs;
  return deadline !== null && forMs > deadline.ms;
}

export function dripping(request: RequestRecord, received: ReceivedBytes, record: ProgramRecord): Suspicion {
  const { deadline, headersAt } = request;
  const forMs = lastSeen(request, record) - (headersAt ?? request.startedAt);
  const length =
    received.announced === null ? 'no length is announced' : `${received.announced} are announced`;
  return {
    code: 'body-stalled',
    severity: 'error',
    title: 'The server’s response comes very slowly, and the call waits for all of it',
    thread: request.thread,
    request,
    evidence: [
      `${requestText(request)}${startedAt(request)} ${stateText(request)} after ${showMs(ageOf(request, record))}`,
      `${received.bytes} bytes of it had come in ${showMs(forMs)}, and it keeps coming; ${length}`,
      ...(deadline === null
        ? []
        : [
            `its own ${deadline.what} is for each read, not for the whole: every byte that comes begins it anew`,
          ]),
    ],
    stack: request.stack,
    fix: 'Read it piece by piece and stop when you have what you want (stream=True, client.stream), or give the whole a deadline: the timeout of requests and httpx is for each read',
    ...(request.loop === null ? { halted: [request.thread] } : {}),
  };
}
