import { metrics, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { expect, it, onTestFinished } from 'vitest';
import { openNotifier, openSlack } from './emulated.ts';

const message = { id: 'm', channel: '#general', text: 'Timer expired' };

function recordSpans(): InMemorySpanExporter {
  const exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
  onTestFinished(() => trace.disable());
  return exporter;
}

it('makes a span of each message, from the hand-over to its outcome', async () => {
  const exporter = recordSpans();
  const notifier = await openNotifier(await openSlack());
  await notifier.send(message);
  expect(exporter.getFinishedSpans()).toMatchObject([
    {
      name: 'timer-notify send',
      attributes: {
        'messaging.destination.name': '#general',
        'messaging.message.id': 'm',
        'timer_notify.strategy': 'shared-pool',
        'timer_notify.outcome': 'delivered',
      },
    },
  ]);
});

it('names the error in the span of a message that was not delivered', async () => {
  const exporter = recordSpans();
  const slack = await openSlack({ faults: [{ kind: 'ok-false', rate: 1, code: 'channel_not_found' }] });
  const notifier = await openNotifier(slack);
  await notifier.send(message);
  expect(exporter.getFinishedSpans()).toMatchObject([
    { attributes: { 'error.type': 'channel_not_found' }, status: { code: 2 } },
  ]);
});

it('stays out of it where told to', async () => {
  const exporter = recordSpans();
  const notifier = await openNotifier(await openSlack(), { openTelemetry: false });
  await notifier.send(message);
  expect(exporter.getFinishedSpans()).toEqual([]);
});

it('lets the counts be collected', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter });
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  onTestFinished(() => metrics.disable());
  const notifier = await openNotifier(await openSlack(), { name: 'bot' });
  await notifier.send(message);
  await reader.forceFlush();
  const collected = exporter
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
  const counts = collected.find(({ descriptor }) => descriptor.name === 'timer_notify.notifications');
  expect(counts?.dataPoints).toContainEqual(
    expect.objectContaining({ value: 1, attributes: { notifier: 'bot', outcome: 'delivered' } }),
  );
  await reader.shutdown();
});
