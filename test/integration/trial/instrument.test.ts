import { describe, expect, it } from 'vitest';
import { type ContextName, type StrategyName, strategyNames } from '../../../dist/model/names.js';
import { toLoadCell } from '../../../dist/trial/load/load-cell.js';
import { startLoadTrial } from '../../../dist/trial/load/load-trial.js';
import type { TrialLoad } from '../../../dist/trial/load/trial-load.js';
import type { TrialSpec } from '../../../dist/trial/trial.js';
import type { LatencySummary } from '../../../src/model/cell.ts';
import { type Delay, openScriptedSession, type ScriptedSession } from './scripted-session.ts';

const ratePerS = 200;
const load: TrialLoad = {
  path: 'expiry',
  arrival: { mode: 'open', ratePerS },
  warmUpMs: 0,
  durationMs: 2500,
  count: null,
  atOnce: false,
};

/** Park and Miller: the same delays in every run. */
function seeded(): () => number {
  let state = 4711;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

const stallMs = 2000;

function stall(): Delay {
  let startedAtMs: number | null = null;
  return () => {
    const now = performance.now();
    startedAtMs ??= now;
    const elapsedMs = now - startedAtMs;
    return elapsedMs > 250 && elapsedMs < 250 + stallMs ? 250 + stallMs - elapsedMs : 0;
  };
}

/** Delay of the answers, in ms. */
const distributions: Readonly<Record<string, () => Delay>> = {
  constant: () => () => 20,
  uniform: () => {
    const random = seeded();
    return () => 5 + 45 * random();
  },
  'bimodal with a tail of 1 %': () => {
    const random = seeded();
    return () => (random() < 0.01 ? 300 : 5);
  },
  'one stall of 2 s': stall,
};

interface Seen {
  readonly reported: LatencySummary;
  /** From the server's own log and the times at which the timers were due. */
  readonly truth: LatencySummary;
}

async function measure(context: ContextName, strategy: StrategyName, delay: Delay): Promise<Seen> {
  const scripted = await openScriptedSession(delay);
  try {
    return await measureAgainst(scripted, context, strategy);
  } finally {
    await scripted.close();
  }
}

async function measureAgainst(
  { session, log }: ScriptedSession,
  context: ContextName,
  strategy: StrategyName,
): Promise<Seen> {
  const spec: TrialSpec = {
    context,
    strategy,
    target: { kind: 'bot', baseUrl: session.baseUrl, token: 'xoxb-test-token' },
    channel: '#general',
    count: 0,
    afterMs: 0,
    patienceMs: 5000,
    deadlineMs: 4000,
    connections: 1000,
    queueLimit: 10_000,
    project: process.cwd(),
    load,
  };
  const trial = await startLoadTrial(spec, load, session, new Promise(() => {}));
  const observation = await trial.done;
  const { latencyMs } = toLoadCell({ spec, load, fault: null }, observation, 1);
  const { startAtMs } = observation.record;
  if (latencyMs === null || startAtMs === null) throw new Error('nothing was measured');
  const latencies = log.map(({ id, answeredAtMs }) => {
    const index = Number(/\d+/.exec(id)?.[0]) - 1;
    return answeredAtMs - (startAtMs + (index * 1000) / ratePerS);
  });
  return { reported: latencyMs, truth: summaryOf(latencies) };
}

/** By sorting, not by a histogram. */
function summaryOf(latencies: readonly number[]): LatencySummary {
  const sorted = [...latencies].sort((a, b) => a - b);
  const at = (percentile: number) =>
    sorted[Math.max(0, Math.ceil((percentile / 100) * sorted.length - 1e-9) - 1)] ?? Number.NaN;
  return {
    min: at(0),
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    p50: at(50),
    p90: at(90),
    p99: at(99),
    p999: at(99.9),
    max: at(100),
  };
}

const figures = ['min', 'mean', 'p50', 'p90', 'p99', 'p999', 'max'] as const;

function disagreements({ strategy, reported, truth }: Seen & { readonly strategy: string }): string[] {
  return figures
    .filter((key) => Math.abs(reported[key] - truth[key]) > Math.max(1, 0.02 * truth[key]))
    .map((key) => `${strategy}: ${key} is ${reported[key]} ms, the log says ${truth[key]} ms`);
}

describe('the instrument, against a server that delays its answers by a known distribution', () => {
  for (const [name, distribution] of Object.entries(distributions)) {
    for (const context of ['main', 'worker'] as const) {
      it(`${name}, ${context}: every strategy reports what the server’s log says, to 2 % or 1 ms`, async () => {
        const seen = await Promise.all(
          strategyNames.map(async (strategy) => ({
            strategy,
            ...(await measure(context, strategy, distribution())),
          })),
        );
        expect(seen.flatMap(disagreements)).toEqual([]);
      });
    }
  }

  it('charges a stall to every notification it delayed: no coordinated omission', async () => {
    const { reported } = await measure('worker', 'shared-pool', stall());
    // 400 of 500 fell due during the stall, and had to wait for what was left of it.
    expect(reported.p90).toBeGreaterThan(stallMs / 2);
    expect(reported.p99).toBeGreaterThan(stallMs * 0.9);
  });
});
