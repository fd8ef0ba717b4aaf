import { classifyError, isOffline } from '../../failures/classify-error.ts';
import { describeFailure } from '../../failures/failures.ts';
import { showMs } from '../../time/show-ms.ts';
import { type Check, type CheckResult, fail, inconclusive, ok, skipped, warn } from './check.ts';
import type { Journey, Step } from './journey.ts';
import { matchesNoProxy } from './no-proxy.ts';

/** A step that takes longer, in ms, is worth a word: together they must stay well below a notification's deadline. */
const slowMs = 1000;

const nothingConfigured = 'no token or webhook is configured';

interface StepCheck<Seen> {
  readonly id: string;
  readonly title: string;
  readonly pick: (journey: Journey) => Step<Seen>;
  readonly show: (seen: Seen, journey: Journey) => string;
  readonly slow: string;
}

function stepCheck<Seen>({ id, title, pick, show, slow }: StepCheck<Seen>): Check {
  return {
    id,
    group: 'network',
    title,
    async run(surroundings) {
      const journey = await surroundings.journey();
      if (journey === null) return skipped(nothingConfigured);
      const step = pick(journey);
      if (step.kind === 'not-reached') return skipped(step.because);
      const took = showMs(step.ms);
      if (step.kind === 'failed') return failedStep(step, journey, `after ${took}`);
      const seen = `${show(step.seen, journey)} in ${took}`;
      return step.ms > slowMs ? warn(seen, slow) : ok(seen);
    },
  };
}

type FailedStep = Extract<Step<unknown>, { kind: 'failed' }>;

function failedStep(failed: FailedStep, journey: Journey, when: string): CheckResult {
  const seen = `${journey.host}:${journey.port}: ${failed.message} ${when}`;
  if (failed.code === 'INTERRUPTED') return inconclusive(seen, 'run it again');
  if (isOffline(failed))
    return inconclusive(`${seen}; this machine seems to be offline`, 'connect it and run this again');
  const code = classifyError(failed) ?? 'connect-failed';
  const { cause, remedy } = describeFailure(code);
  // Nothing was posted: a cut connection leaves no doubt.
  return fail(
    cause,
    seen,
    code === 'reset' ? 'look for a proxy or firewall that cuts the connection' : remedy,
  );
}

const dns = stepCheck({
  id: 'dns',
  title: 'DNS',
  pick: (journey) => journey.dns,
  show: ({ address }, { host }) => (address === host ? 'no name to look up' : `${host} is ${address}`),
  slow: 'look at the resolver: every cold request waits for it, on a thread pool of four',
});

const tcp = stepCheck({
  id: 'tcp',
  title: 'TCP',
  pick: (journey) => journey.tcp,
  show: (_socket, { port }) => `connected to port ${port}`,
  slow: 'look for packet loss or a distant proxy; keep connections open with the shared-pool strategy',
});

const tls = stepCheck({
  id: 'tls',
  title: 'TLS',
  pick: (journey) => journey.tls,
  show: ({ protocol }) => `${protocol}, certificate trusted`,
  slow: 'keep connections open with the shared-pool strategy',
});

const firstByte = stepCheck({
  id: 'first-byte',
  title: 'first byte',
  pick: (journey) => journey.firstByte,
  show: ({ status }) => `HTTP ${status}`,
  slow: 'the server is slow; leave it a deadline of several times this',
});

/** Longest difference, in ms, that is no reason to worry: `Date` has whole seconds. */
const tolerableSkewMs = 30_000;

const clock: Check = {
  id: 'clock',
  group: 'network',
  title: 'clock',
  async run(surroundings) {
    const journey = await surroundings.journey();
    if (journey === null) return skipped(nothingConfigured);
    if (journey.firstByte.kind !== 'done') return skipped('the server did not respond');
    const { date, receivedAt } = journey.firstByte.seen;
    if (date === null)
      return inconclusive('the server’s response has no Date header', 'compare with a time server');
    const skewMs = receivedAt - date.getTime();
    const seen = `${Math.abs(Math.round(skewMs / 1000))} s ${skewMs < 0 ? 'behind' : 'ahead of'} the server`;
    return Math.abs(skewMs) <= tolerableSkewMs
      ? ok(seen)
      : warn(
          `${seen}: timers set by wall clock expire that much off`,
          'synchronise this machine’s clock (NTP)',
        );
  },
};

const proxy: Check = {
  id: 'proxy',
  group: 'network',
  title: 'proxy',
  run({ env, target }) {
    const variable = proxyVariable(env, target?.kind === 'bot' && target.baseUrl.startsWith('http:'));
    if (variable === null) return ok('none is set');
    const host =
      target === null ? null : new URL(target.kind === 'bot' ? target.baseUrl : target.url).hostname;
    if (host !== null && matchesNoProxy(host, env.NO_PROXY ?? env.no_proxy ?? '')) {
      return ok(`${variable} is set, and NO_PROXY exempts ${host}`);
    }
    if (env.NODE_USE_ENV_PROXY === '1') {
      return warn(
        `${variable} is set and NODE_USE_ENV_PROXY=1: Node 24 and later send fetch and node:http through it, undici’s own pools do not`,
        'give undici an EnvHttpProxyAgent, or exempt the host with NO_PROXY',
      );
    }
    return warn(
      `${variable} is set, but Node’s fetch, undici and node:http do not read it: they connect directly`,
      'set NODE_USE_ENV_PROXY=1 (Node 24 and later), or give undici an EnvHttpProxyAgent',
    );
  },
};

/** The one that counts for the target's scheme; names only, since a proxy's URL may hold a password. */
function proxyVariable(env: NodeJS.ProcessEnv, plain: boolean): string | null {
  const names = plain ? ['HTTP_PROXY', 'http_proxy'] : ['HTTPS_PROXY', 'https_proxy'];
  return [...names, 'ALL_PROXY', 'all_proxy'].find((name) => (env[name] ?? '') !== '') ?? null;
}

export const networkChecks: readonly Check[] = [dns, tcp, tls, firstByte, clock, proxy];
