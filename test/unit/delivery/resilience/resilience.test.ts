import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Judged, ServerWord } from '../../../../src/delivery/resilience/attempt.ts';
import type { ResilienceOptions } from '../../../../src/delivery/resilience/options.ts';
import { Resilience } from '../../../../src/delivery/resilience/resilience.ts';
import { SharedHolds } from '../../../../src/delivery/resilience/shared-holds.ts';
import { monotonicMs } from '../../../../src/time/clock.ts';

const failed: ServerWord = { kind: 'failed' };
const answered: ServerWord = { kind: 'answered', afterMs: 1 };
const neutral = { kind: 'attempted' as const, rateLimited: false, retryAfterMs: null, channel: null };
const plain: ResilienceOptions = { maxRetries: 3, retryAmbiguous: false, rate: null, breaker: null };
const posted = judged('posted');
const refused = judged('refused', { retryable: true, server: failed });
const tooMany = judged('429', { retryable: true, rateLimited: true, retryAfterMs: 5 });
const unsure = judged('unsure', { retryable: true, ambiguous: true, server: failed });

function judged(result: string, change: Partial<Judged<string>> = {}): Judged<string> {
  return { result, retryable: false, ambiguous: false, server: answered, ...neutral, ...change };
}

/** Answers the attempts with the given results in turn, the last one for ever, and counts them. */
function server(...results: readonly Judged<string>[]) {
  let requests = 0;
  return {
    requests: () => requests,
    attempt: async (): Promise<Judged<string>> => {
      const result = results[Math.min(requests, results.length - 1)] ?? posted;
      requests += 1;
      return result;
    },
  };
}

function job(attempt: () => Promise<Judged<string>>, channel = 'C1', deadlineMs = 60_000) {
  return { channel, deadlineAtMs: monotonicMs() + deadlineMs, attempt };
}

describe('a notification', () => {
  test('that is posted is requested once', async () => {
    const { attempt, requests } = server(posted);
    expect(await new Resilience(plain).run(job(attempt))).toMatchObject({
      result: 'posted',
      ambiguous: false,
    });
    expect(requests()).toBe(1);
  });

  test('that was provably not posted is requested again', async () => {
    const { attempt, requests } = server(refused, refused, posted);
    expect(await new Resilience(plain).run(job(attempt))).toMatchObject({ result: 'posted' });
    expect(requests()).toBe(3);
  });

  test('that may have been posted is requested once', async () => {
    const { attempt, requests } = server(unsure, posted);
    expect(await new Resilience(plain).run(job(attempt))).toMatchObject({
      result: 'unsure',
      ambiguous: true,
    });
    expect(requests()).toBe(1);
  });

  test('that may have been posted is requested again when duplicates are accepted', async () => {
    const { attempt, requests } = server(unsure, posted);
    const resilience = new Resilience({ ...plain, retryAmbiguous: true });
    expect(await resilience.run(job(attempt))).toMatchObject({ result: 'posted' });
    expect(requests()).toBe(2);
  });

  test('stays ambiguous when a later attempt provably failed', async () => {
    const { attempt } = server(unsure, refused);
    const resilience = new Resilience({ ...plain, retryAmbiguous: true, maxRetries: 1 });
    expect(await resilience.run(job(attempt))).toMatchObject({ result: 'refused', ambiguous: true });
  });

  test('is requested no more than the retries allow', async () => {
    const { attempt, requests } = server(refused);
    await new Resilience({ ...plain, maxRetries: 2 }).run(job(attempt));
    expect(requests()).toBe(3);
  });

  test('is told at once when the server asks to wait beyond the deadline', async () => {
    const { attempt, requests } = server({ ...refused, retryAfterMs: 120_000 });
    expect(await new Resilience(plain).run(job(attempt))).toMatchObject({ result: 'refused' });
    expect(requests()).toBe(1);
  });
});

describe('a channel with a rate', () => {
  const rate = { perS: 1000, burst: 3 };

  test('keeps the order of its messages whatever each one’s fate', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 30 }), async (kinds) => {
        const resilience = new Resilience({ ...plain, rate });
        const arrivals: number[] = [];
        const send = (kind: number, index: number) => {
          const { attempt } = server(...(kind === 3 ? [{ ...tooMany, retryAfterMs: 1 }, posted] : [posted]));
          return resilience.run(
            job(async () => {
              await sleep(kind);
              arrivals.push(index);
              return attempt();
            }),
          );
        };
        await Promise.all(kinds.map(send));
        expect([...new Set(arrivals)]).toEqual(kinds.map((_, index) => index));
        expect(arrivals).toEqual(arrivals.toSorted((a, b) => a - b));
      }),
      { numRuns: 15 },
    );
  });

  test('is never sent more than a server with the same rate and burst accepts, however long requests take to arrive', async () => {
    const slow = { perS: 200, burst: 3 };
    const resilience = new Resilience({ ...plain, rate: slow });
    const accepts = tokenBucket(slow);
    let refusals = 0;
    const send = (index: number) =>
      resilience.run(
        job(async () => {
          if (index % 10 === 0) await sleep(30);
          if (!accepts()) refusals += 1;
          return posted;
        }),
      );
    await Promise.all(Array.from({ length: 60 }, (_, index) => send(index)));
    expect(refusals).toBe(0);
  });

  test('does not hold up another channel', async () => {
    const resilience = new Resilience({ ...plain, rate });
    let answer = (_: Judged<string>) => {};
    const stuck = resilience.run(job(() => new Promise((resolve) => (answer = resolve)), 'C1'));
    expect(await resilience.run(job(server(posted).attempt, 'C2'))).toMatchObject({ result: 'posted' });
    answer(posted);
    expect(await stuck).toMatchObject({ result: 'posted' });
  });

  test('tells a message whose deadline passes in the queue, and goes on with the next', async () => {
    const resilience = new Resilience({ ...plain, rate });
    let answer = (_: Judged<string>) => {};
    const { attempt, requests } = server(posted);
    const first = resilience.run(job(() => new Promise((resolve) => (answer = resolve))));
    const second = resilience.run(job(attempt, 'C1', 5));
    const third = resilience.run(job(attempt));
    expect(await second).toMatchObject({ kind: 'overdue', ambiguous: false });
    answer(posted);
    expect(await Promise.all([first, third])).toMatchObject([{ result: 'posted' }, { result: 'posted' }]);
    expect(requests()).toBe(1);
  });
});

describe('too many messages', () => {
  const rate = { perS: 1000, burst: 3 };
  const none = { ...plain, maxRetries: 0, rate };

  test('hold their channel back and are sent again, however few retries there are', async () => {
    const { attempt, requests } = server(tooMany, posted);
    expect(await new Resilience(none).run(job(attempt))).toMatchObject({ result: 'posted' });
    expect(requests()).toBe(2);
  });

  test('do not hold up another channel', async () => {
    const resilience = new Resilience(none);
    const forLong = { ...tooMany, retryAfterMs: 86_400_000 };
    expect(await resilience.run(job(server(forLong).attempt, 'C1', 50))).toMatchObject({ result: '429' });
    expect(await resilience.run(job(server(posted).attempt, 'C2', 50))).toMatchObject({ result: 'posted' });
  });

  test('end what follows on their channel at once, as held, where its deadline comes first', async () => {
    const resilience = new Resilience(none);
    const forLong = { ...tooMany, retryAfterMs: 5000 };
    await resilience.run(job(server(forLong).attempt, 'C1', 50));
    const { attempt, requests } = server(posted);
    expect(await resilience.run(job(attempt, 'C1', 50))).toMatchObject({
      kind: 'held',
      untilMs: expect.any(Number),
      ambiguous: false,
    });
    expect(requests()).toBe(0);
  });

  test('hold it for a minute at most, whatever the server asks for', async () => {
    const resilience = new Resilience(none);
    const forEver = { ...tooMany, retryAfterMs: 86_400_000 };
    await resilience.run(job(server(forEver).attempt, 'C1', 50));
    const held = await resilience.run(job(server(posted).attempt, 'C1', 50));
    if (held.kind !== 'held') throw new Error('the channel is open');
    expect(held.untilMs - monotonicMs()).toBeLessThanOrEqual(60_000);
  });

  test('that are refused for no time are not asked about at once for ever', async () => {
    const { attempt, requests } = server({ ...tooMany, retryAfterMs: 0 });
    await new Resilience(none).run(job(attempt, 'C1', 1500));
    expect(requests()).toBe(2);
  });

  test('pace a channel without a rate, in order', async () => {
    const resilience = new Resilience(plain);
    const arrivals: number[] = [];
    let refusing = 3;
    const send = (index: number) =>
      resilience.run(
        job(
          async () => {
            if (refusing-- > 0) return { ...tooMany, retryAfterMs: 1 };
            arrivals.push(index);
            return posted;
          },
          'C1',
          5000,
        ),
      );
    await Promise.all([0, 1, 2].map(send));
    expect(arrivals).toEqual([0, 1, 2]);
  });
});

describe('two threads without a rate', () => {
  const twoThreads = () => {
    const { shared } = new SharedHolds();
    return [
      new Resilience(plain, new SharedHolds(shared)),
      new Resilience(plain, new SharedHolds(shared)),
    ] as const;
  };

  test('both leave a channel alone for as long as the server has asked one of them to', async () => {
    const [one, other] = twoThreads();
    await one.run(job(server({ ...tooMany, retryAfterMs: 5000 }).attempt, 'C1', 50));
    const { attempt, requests } = server(posted);
    expect(await other.run(job(attempt, 'C1', 50))).toMatchObject({ kind: 'held' });
    expect(requests()).toBe(0);
    expect(await other.run(job(attempt, 'C2', 50))).toMatchObject({ result: 'posted' });
  });

  test('keep one pace together on a channel that was refused', async () => {
    const [one, other] = twoThreads();
    const { attempt, requests } = server({ ...tooMany, retryAfterMs: 1 }, posted);
    expect(await one.run(job(attempt))).toMatchObject({ result: 'posted' });
    const late = [one, other].map((thread) => thread.run(job(attempt, 'C1', 300)));
    expect(await Promise.all(late)).toMatchObject([{ kind: 'overdue' }, { kind: 'overdue' }]);
    const next = [one, other].map((thread) => thread.run(job(attempt, 'C1', 1700)));
    const kinds = (await Promise.all(next)).map(({ kind }) => kind);
    expect(kinds.toSorted()).toEqual(['attempted', 'overdue']);
    expect(requests()).toBe(3);
  });
});

describe('a channel with a name and an ID', () => {
  const slow = { ...plain, rate: { perS: 0.001, burst: 1 } };
  const postedTo = (channel: string) => judged('posted', { channel });
  const isSentTo = async (resilience: Resilience, channel: string) =>
    (await resilience.run(job(server(posted).attempt, channel, 20))).kind === 'attempted';

  test('is one with and without the #', async () => {
    const resilience = new Resilience(slow);
    await resilience.run(job(server(posted).attempt, '#general'));
    expect(await isSentTo(resilience, 'general')).toBe(false);
  });

  test('is one as soon as a reply has said so', async () => {
    const resilience = new Resilience(slow);
    await resilience.run(job(server(postedTo('C123ABC456')).attempt, '#general'));
    expect(await isSentTo(resilience, 'C123ABC456')).toBe(false);
    expect(await isSentTo(resilience, 'C999ABC456')).toBe(true);
  });

  test('is one also where both were sent to before', async () => {
    const resilience = new Resilience({ ...plain, rate: { perS: 0.001, burst: 2 } });
    await resilience.run(job(server(posted).attempt, 'C123ABC456'));
    await resilience.run(job(server(posted).attempt, 'C123ABC456'));
    await resilience.run(job(server(postedTo('C123ABC456')).attempt, '#general'));
    expect(await isSentTo(resilience, '#general')).toBe(false);
  });

  test('is not taken for another by a server that calls all of them the same', async () => {
    const resilience = new Resilience(slow);
    const attempt = server(postedTo('C123ABC456')).attempt;
    for (const channel of ['#a', '#b', 'C777ABC456']) await resilience.run(job(attempt, channel));
    expect(await isSentTo(resilience, '#c')).toBe(true);
  });
});

describe('a circuit', () => {
  const breaker = { failures: 3, openMs: 20 };
  const once = { ...plain, maxRetries: 0 };

  async function broken(options: ResilienceOptions) {
    const resilience = new Resilience(options);
    for (let failures = 0; failures < breaker.failures; failures += 1)
      await resilience.run(job(server(refused).attempt));
    return resilience;
  }

  test('opens after that many failures in a row, which the outcome shows', async () => {
    const resilience = new Resilience({ ...once, breaker });
    const states = [];
    for (let failures = 0; failures < 3; failures += 1)
      states.push((await resilience.run(job(server(refused).attempt))).circuit);
    expect(states).toEqual(['closed', 'closed', 'open']);
  });

  test('makes no request while it is open beyond the deadline', async () => {
    const resilience = await broken({ ...once, breaker: { ...breaker, openMs: 60_000 } });
    const { attempt, requests } = server(posted);
    expect(await resilience.run(job(attempt, 'C1', 1000))).toMatchObject({
      kind: 'circuit-open',
      circuit: 'open',
      ambiguous: false,
    });
    expect(requests()).toBe(0);
  });

  test('refuses at once a message that could not be answered in time once it is half open, and says until when it is open', async () => {
    const resilience = await broken({ ...once, breaker: { ...breaker, openMs: 60_000 } });
    const { attempt, requests } = server(posted);
    expect(await resilience.run(job(attempt, 'C1', 60_500))).toMatchObject({
      kind: 'circuit-open',
      openUntilMs: expect.any(Number),
    });
    expect(requests()).toBe(0);
  });

  test('lets no message through that has waited until its deadline came near', async () => {
    const resilience = await broken({ ...once, breaker });
    let answer = (_: Judged<string>) => {};
    const trial = resilience.run(job(() => new Promise((resolve) => (answer = resolve)), 'C1', 5000));
    await sleep(2 * breaker.openMs);
    const { attempt, requests } = server(posted);
    expect(await resilience.run(job(attempt, 'C2', 30))).toMatchObject({
      kind: 'circuit-open',
      openUntilMs: null,
      circuit: 'half-open',
    });
    answer(posted);
    expect(await trial).toMatchObject({ result: 'posted', circuit: 'closed' });
    expect(requests()).toBe(0);
  });

  test('stays open where the message that tries it is told nothing', async () => {
    const resilience = await broken({ ...once, breaker });
    const notAsked = judged('no connection', { server: { kind: 'not-asked' } });
    expect(await resilience.run(job(server(notAsked).attempt))).toMatchObject({ circuit: 'open' });
  });

  test('stays closed where messages had waited here until the server had little time to answer', async () => {
    const resilience = new Resilience({ ...once, breaker });
    const late = judged('late', { server: { kind: 'silent', forMs: 900 } });
    const notAsked = judged('no connection', { server: { kind: 'not-asked' } });
    for (let count = 0; count < 10; count += 1)
      await resilience.run(job(server(count % 2 === 0 ? late : notAsked).attempt));
    expect(await resilience.run(job(server(late).attempt))).toMatchObject({ circuit: 'closed' });
  });

  test('stays closed where the server was silent for no longer than it takes to answer', async () => {
    const resilience = new Resilience({ ...once, breaker });
    const slow = judged('posted', { server: { kind: 'answered', afterMs: 3000 } });
    const silent = (forMs: number) => judged('late', { server: { kind: 'silent', forMs } });
    await resilience.run(job(server(slow).attempt));
    for (let count = 0; count < 10; count += 1)
      expect(await resilience.run(job(server(silent(2900)).attempt))).toMatchObject({ circuit: 'closed' });
    for (let count = 0; count < 3; count += 1) await resilience.run(job(server(silent(3100)).attempt));
    expect(await resilience.run(job(server(posted).attempt, 'C1', 10))).toMatchObject({ circuit: 'open' });
  });

  test('lets a message wait until it is half open, and closes when that one is posted', async () => {
    const resilience = await broken({ ...once, breaker });
    expect(await resilience.run(job(server(posted).attempt))).toMatchObject({
      result: 'posted',
      circuit: 'closed',
    });
  });

  test('opens again when the message that tries it fails', async () => {
    const resilience = await broken({ ...once, breaker });
    expect(await resilience.run(job(server(refused).attempt))).toMatchObject({
      result: 'refused',
      circuit: 'open',
    });
  });

  test('stays closed when Slack refuses messages: it is not in trouble', async () => {
    const resilience = new Resilience({ ...once, breaker });
    const notFound = judged('channel_not_found');
    for (let count = 0; count < 10; count += 1) await resilience.run(job(server(notFound).attempt));
    expect(await resilience.run(job(server(notFound).attempt))).toMatchObject({ circuit: 'closed' });
  });
});

/** A server's count: refuses what comes faster than `perS` after a burst. */
function tokenBucket({ perS, burst }: { perS: number; burst: number }): () => boolean {
  let tokens = burst;
  let atMs = monotonicMs();
  return () => {
    const now = monotonicMs();
    tokens = Math.min(burst, tokens + ((now - atMs) / 1000) * perS);
    atMs = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
