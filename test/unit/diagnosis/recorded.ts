import { decodeEvent } from '../../../src/diagnosis/node/decode.ts';
import { Joiner } from '../../../src/diagnosis/node/joiner.ts';
import type { ProbeEvent } from '../../../src/diagnosis/node/protocol.ts';
import type { ObservationEnd } from '../../../src/diagnosis/record.ts';
import { type Diagnosis, diagnose } from '../../../src/diagnosis/rules/index.ts';

/** What the probe of one thread wrote, as `[thread, event]`, in the order of its writing. */
export type Recording = readonly (readonly [thread: string, event: ProbeEvent])[];

export const main = '100.0';
export const worker = '100.1';

/** The verdict on a recorded program, with `--hang-after 2s`. It is asked for meanwhile, too, which leaves no trace. */
export function diagnosisOf(
  recording: Recording,
  end: Partial<ObservationEnd> & { at: number },
  gone?: { readonly pid: number; readonly at: number },
): Diagnosis {
  const joiner = new Joiner(() => true);
  for (const [thread, event] of recording) {
    joiner.add(thread, asRead(event));
    const meanwhile = { kind: 'timeout', at: timeOf(event), exitCode: null, signal: null } as const;
    joiner.provisionally(
      meanwhile,
      () => null,
      (record) => diagnose(record, { hangAfterMs: 2000 }),
    );
  }
  const full: ObservationEnd = { kind: 'timeout', exitCode: null, signal: null, ...end };
  if (gone !== undefined) joiner.processGone(gone.pid, gone.at, null);
  if (full.kind === 'exited') joiner.processGone(100, full.at, full.exitCode);
  return diagnose(joiner.finish(full), { hangAfterMs: 2000 });
}

function timeOf(event: ProbeEvent): number {
  return 't' in event ? event.t : 0;
}

/** The event as it comes out of the probe's file. */
function asRead(event: ProbeEvent): ProbeEvent {
  const line = JSON.stringify(event);
  const read = decodeEvent(line);
  if (read === null) throw new Error(`the reader of the record drops ${line}`);
  return read;
}

export function threadStarts(thread: string, t = 0, file = '/app/app.js'): Recording[number] {
  const [pid = 0, tid = 0] = thread.split('.').map(Number);
  return [
    thread,
    {
      e: 'thread',
      t,
      pid,
      tid,
      ppid: 1,
      isMain: tid === 0,
      file,
      node: '20.19.0',
      heapLimit: 4 * 2 ** 30,
      debugPort: 20_100,
      ports: [],
    },
  ];
}

/** Main, and a worker that it starts. */
export const mainAndWorker: Recording = [
  threadStarts(main),
  [main, { e: 'worker', t: 10, tid: 1, name: 'heartbeat', stack: null, ports: [] }],
  threadStarts(worker, 20),
];

/** The loop runs from `from` to `to`. */
export function beats(thread: string, from: number, to: number): Recording {
  const count = Math.floor((to - from) / 200) + 1;
  return Array.from({ length: count }, (_, index) => [
    thread,
    { e: 'beat', t: from + index * 200, wakeable: true },
  ]);
}

interface RequestOptions {
  readonly t: number;
  readonly r?: number;
  readonly origin?: string;
  readonly path?: string;
  readonly body?: string | null;
}

export function requestStarts(
  thread: string,
  { t, r = 1, origin = 'http://10.0.0.1', path = '/api/chat.postMessage', body = 'a' }: RequestOptions,
): Recording[number] {
  return [
    thread,
    {
      e: 'request',
      t,
      r,
      client: 'undici',
      method: 'POST',
      origin,
      path,
      stack: null,
      deadline: null,
      body,
      waitMs: null,
    },
  ];
}

export function answered(thread: string, t: number, r = 1, status = 200): Recording {
  return [
    [thread, { e: 'headers', t, r, status, retryAfter: null, endless: false }],
    [thread, { e: 'end', t, r }],
  ];
}
