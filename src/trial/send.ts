import { randomUUID } from 'node:crypto';
import type { ResilienceOptions } from '../delivery/resilience/options.ts';
import { startEmulator } from '../emulator/start-emulator.ts';
import { LatencyHistogram } from '../measure/histogram.ts';
import { reportHead } from '../measure/report-head.ts';
import type { Cell } from '../model/cell.ts';
import type { Finding } from '../model/finding.ts';
import type { ContextName, StrategyName } from '../model/names.ts';
import { deliveryPaths } from '../model/names.ts';
import type { Report } from '../model/report.ts';
import type { Delivery } from '../model/story.ts';
import type { Target } from '../slack/target.ts';
import { emulatorToken } from '../slack/token.ts';
import { toCell } from './cell.ts';
import { deliveryOf, type NodeTrial } from './delivery-of.ts';
import type { Observation } from './observation.ts';
import { runTrial } from './run-trial.ts';
import { ConfirmedRecord, type ServerRecord } from './server-record.ts';
import type { TimerMessage, TrialSpec } from './trial.ts';
import type { TrialEvent } from './trial-event.ts';

export interface SendRequest {
  readonly context: ContextName;
  readonly strategy: StrategyName;
  /** Null sends to an emulator of its own. */
  readonly target: Target | null;
  readonly channel: string;
  /** Begins the timer's id, which the rollout percentage is taken of. */
  readonly timerName: string;
  readonly message: TimerMessage;
  readonly afterMs: number;
  readonly deadlineMs: number;
  readonly connections: number;
  readonly queueLimit: number;
  readonly resilience: ResilienceOptions;
  readonly project: string;
  readonly interrupted: AbortSignal;
  readonly onEvent: (event: TrialEvent) => void;
}

/** A name for one timer that no other run has. */
export function newTimerName(): string {
  return `timer-${randomUUID().slice(0, 8)}`;
}

/** Sends the confirmation at once and the expiry when its time is up, from the context and with the strategy asked for. */
export async function send(request: SendRequest): Promise<Report> {
  const startedAt = new Date();
  const server = await openServer(request.target);
  try {
    return reportOf(await runTimer(request, server), request, startedAt);
  } finally {
    await server.close();
  }
}

interface Server {
  readonly target: Target;
  readonly record: ServerRecord;
  readonly hear: (event: TrialEvent) => void;
  close(): Promise<void>;
}

async function openServer(target: Target | null): Promise<Server> {
  if (target !== null) {
    const record = new ConfirmedRecord();
    return { target, record, hear: (event) => record.hear(event), close: async () => {} };
  }
  const emulator = await startEmulator();
  const session = await emulator.open({});
  return {
    target: { kind: 'bot', baseUrl: session.baseUrl, token: emulatorToken },
    record: session,
    hear: () => {},
    close: () => emulator.close(),
  };
}

async function runTimer(request: SendRequest, { target, record, hear }: Server): Promise<NodeTrial> {
  const { interrupted, onEvent, ...rest } = request;
  const spec: TrialSpec = { ...rest, target, count: 1, patienceMs: request.deadlineMs, logsOutcomes: true };
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  if (interrupted.aborted) stop();
  interrupted.addEventListener('abort', stop, { once: true });
  let confirmed = true;
  const observation = await runTrial(spec, record, {
    interrupted: stopped,
    onEvent: (event) => {
      hear(event);
      onEvent(event);
      // Whoever did not get the confirmation would not get the expiry either.
      if (event.kind === 'outcome' && event.path === 'confirmation' && event.outcome.status !== 'delivered') {
        confirmed = false;
        stop();
      }
    },
  });
  return {
    spec,
    fault: null,
    observation: interrupted.aborted || !confirmed ? asInterrupted(observation) : observation,
  };
}

/** Ctrl-C reaches every process of the terminal, so the trial's own may have ended before it was stopped. */
function asInterrupted(observation: Observation): Observation {
  return { ...observation, end: { kind: 'interrupted' } };
}

/** What the one line of a notification says is what every format says. */
function withOneLatency(cell: Cell, { outcome, durationMs }: Delivery): Cell {
  const arrived = outcome === 'delivered' || outcome === 'late' ? [durationMs ?? []].flat() : [];
  return { ...cell, latencyMs: LatencyHistogram.of(arrived).summary() };
}

function reportOf(result: NodeTrial, { interrupted }: SendRequest, startedAt: Date): Report {
  const deliveries = deliveryPaths.map((path) => deliveryOf(result, path));
  const attempted = deliveries.filter(({ outcome }) => outcome !== 'skipped');
  const cells = attempted.map((delivery) => withOneLatency(toCell(result, delivery.path), delivery));
  const findings = attempted.flatMap((delivery, index): Finding[] => {
    const cause = cells[index]?.cause ?? null;
    if (cause === null) return [];
    return [
      {
        code: cause,
        severity: 'error',
        title: `${delivery.path} ${delivery.outcome}`,
        thread: null,
        request: null,
        evidence: delivery.message === null ? [] : [delivery.message],
        stack: [],
        fix: delivery.fix ?? '',
      },
    ];
  });
  return {
    ...reportHead('send', startedAt),
    cells,
    thresholds: [],
    verdict: findings[0]?.code ?? null,
    findings,
    ok: deliveries.every(({ outcome }) => outcome === 'delivered' || outcome === 'late'),
    ...(interrupted.aborted ? { partial: true } : {}),
    deliveries,
  };
}
