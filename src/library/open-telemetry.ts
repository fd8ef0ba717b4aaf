import type { SendOutcome } from '../delivery/outcome.ts';
import type { StrategyName } from '../model/names.ts';
import type { Notification } from '../notification/notification.ts';
import type { NotifierStats } from './stats.ts';

/** What is reported to OpenTelemetry, in one thread. */
export interface Telemetry {
  /** Returns the function that ends the span with the outcome. */
  startSpan(notification: Notification, strategy: StrategyName): (outcome: SendOutcome) => void;
  /** Observes the counts whenever they are collected. Returns the function that ends that. */
  observe(notifier: string, stats: () => NotifierStats): () => void;
}

type Api = typeof import('@opentelemetry/api');

/** Not a literal, and marked for webpack: a bundler must not look for an optional package. */
const apiName = '@opentelemetry/api';

/** Null where `@opentelemetry/api` is not installed. */
export async function openTelemetry(): Promise<Telemetry | null> {
  const api: Api | null = await import(/* webpackIgnore: true */ apiName).catch(() => null);
  return api === null ? null : telemetryOf(api);
}

function telemetryOf(api: Api): Telemetry {
  const tracer = api.trace.getTracer('timer-notify');
  return {
    startSpan(notification, strategy) {
      const span = tracer.startSpan('timer-notify send', {
        kind: api.SpanKind.CLIENT,
        attributes: {
          'messaging.system': 'slack',
          'messaging.operation.name': 'send',
          'messaging.destination.name': notification.channel,
          'messaging.message.id': notification.id,
          'timer_notify.path': notification.path,
          'timer_notify.strategy': strategy,
        },
      });
      return (outcome) => {
        span.setAttributes({
          'timer_notify.outcome': outcome.status,
          'timer_notify.attempts': outcome.attempts,
        });
        const type = errorType(outcome);
        if (type !== null) {
          span.setAttribute('error.type', type);
          span.setStatus({ code: api.SpanStatusCode.ERROR, message: type });
        }
        span.end();
      };
    },
    observe: (notifier, stats) => observe(api, notifier, stats),
  };
}

function observe(api: Api, notifier: string, stats: () => NotifierStats): () => void {
  const meter = api.metrics.getMeter('timer-notify');
  const settled = meter.createObservableCounter('timer_notify.notifications', {
    description: 'Notifications by outcome',
    unit: '{notification}',
  });
  const inFlight = meter.createObservableGauge('timer_notify.in_flight', {
    description: 'Notifications sent and not yet settled',
    unit: '{notification}',
  });
  const latency = meter.createObservableGauge('timer_notify.latency', {
    description: 'From the call of send to Slack’s response, by quantile',
    unit: 'ms',
  });
  const instruments = [settled, inFlight, latency];
  const callback: Parameters<typeof meter.addBatchObservableCallback>[0] = (result) => {
    const now = stats();
    result.observe(settled, now.delivered, { notifier, outcome: 'delivered' });
    result.observe(settled, now.failed, { notifier, outcome: 'failed' });
    result.observe(settled, now.timedOut, { notifier, outcome: 'timed-out' });
    result.observe(inFlight, now.inFlight, { notifier });
    if (now.latencyMs === null) return;
    result.observe(latency, now.latencyMs.p50, { notifier, quantile: 0.5 });
    result.observe(latency, now.latencyMs.p99, { notifier, quantile: 0.99 });
  };
  meter.addBatchObservableCallback(callback, instruments);
  return () => meter.removeBatchObservableCallback(callback, instruments);
}

function errorType(outcome: SendOutcome): string | null {
  if (outcome.status === 'delivered') return null;
  return outcome.status === 'failed' ? outcome.code : 'timed-out';
}
