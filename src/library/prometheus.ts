import { deliveredWithin, type TallyReading } from '../delivery/tally.ts';
import { family, type Sample } from '../measure/prometheus-text.ts';
import type { Counts } from './stats.ts';

/** Upper bounds in seconds: from a warm connection nearby to the default deadline. */
const bucketsS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];

/** One notifier's counts in Prometheus' text format 0.0.4. */
export function renderMetrics(
  notifier: string,
  { tally: reading, inFlight, ioThreadRestarts }: Counts,
): string {
  const labels = { notifier };
  return [
    family('sent_total', 'counter', 'Notifications sent.', [{ labels, value: reading.sent }]),
    family('settled_total', 'counter', 'Notifications by outcome.', outcomes(notifier, reading)),
    family('in_flight', 'gauge', 'Notifications sent and not yet settled.', [{ labels, value: inFlight }]),
    family(
      'delivery_seconds',
      'histogram',
      'From the call of send to the response that says the message is posted.',
      latency(notifier, reading),
    ),
    family('io_thread_restarts_total', 'counter', 'Times the I/O thread was started again.', [
      { labels, value: ioThreadRestarts },
    ]),
  ].join('');
}

function outcomes(notifier: string, { delivered, failed, timedOut }: TallyReading): readonly Sample[] {
  return [
    { labels: { notifier, outcome: 'delivered' }, value: delivered },
    { labels: { notifier, outcome: 'failed' }, value: failed },
    { labels: { notifier, outcome: 'timed-out' }, value: timedOut },
  ];
}

function latency(notifier: string, reading: TallyReading): readonly Sample[] {
  const labels = { notifier };
  return [
    ...bucketsS.map(
      (le): Sample => ({
        suffix: '_bucket',
        labels: { notifier, le: String(le) },
        value: deliveredWithin(reading, le * 1000),
      }),
    ),
    { suffix: '_bucket', labels: { notifier, le: '+Inf' }, value: reading.delivered },
    { suffix: '_sum', labels, value: reading.latencySumMs / 1000 },
    { suffix: '_count', labels, value: reading.delivered },
  ];
}
