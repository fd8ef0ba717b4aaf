import type { Report } from '../../model/report.ts';
import type { Delivery } from '../../model/story.ts';
import { showMs } from '../../time/show-ms.ts';
import { marks } from './marks.ts';
import type { Terminal } from './terminal.ts';
import { wrap } from './wrap.ts';

type Style = Pick<Terminal, 'out' | 'columns'>;

/** One line a notification, and below a failed one what to do. */
export function renderSend({ deliveries = [], partial }: Report, style: Style): string {
  const lines = deliveries.flatMap((delivery) => renderDelivery(delivery, style));
  const end = partial === true ? [style.out.yellow(interruptedLine(deliveries))] : [];
  return [...lines, ...end].join('\n');
}

function renderDelivery(delivery: Delivery, { out, columns }: Style): string[] {
  const { path, outcome, fix, ambiguous } = delivery;
  switch (outcome) {
    case 'delivered':
    case 'late':
      return [
        `${outcome === 'late' ? out.yellow(marks.late) : out.green(marks.good)} ${wrap(`${path} ${outcome}${whereabouts(delivery)}`, columns - 2).join('\n  ')}`,
        ...delivery.warnings.map(warningLine),
      ];
    case 'skipped':
      return [`${out.yellow('–')} ${path} not sent`];
    case 'failed':
    case 'hung':
    case 'lost':
      return [
        `${out.red(marks.bad)} ${path} ${outcome}${requests(delivery)}: ${reason(delivery)}`,
        ...(ambiguous ? [out.yellow(`  it may have been delivered anyway`)] : []),
        ...(fix === null ? [] : [`  ${fix}`]),
      ];
  }
}

function whereabouts({ channel, ts, durationMs, attempts }: Delivery): string {
  const place = channel === null ? '' : ` to ${channel}`;
  const time = durationMs === null ? '' : ` in ${showMs(durationMs)}`;
  const identity = ts === null ? '' : `, ts ${ts}`;
  return `${place}${time}${identity}${(attempts ?? 1) > 1 ? `, ${attempts} requests` : ''}`;
}

/** Slack's codes are in the message already; a failure's own name is what one searches for. */
function reason({ code, message }: Delivery): string {
  if (message === null) return code ?? 'no reason is known';
  return code === null || message.includes(code) ? message : `${code}: ${message}`;
}

function requests({ attempts }: Delivery): string {
  return attempts === null || attempts <= 1 ? '' : ` after ${attempts} requests`;
}

function warningLine(warning: string): string {
  return `  Slack warns: ${warning}`;
}

/** The timer lives in this process, so its end is the timer's end: say so rather than let somebody wait for it. */
function interruptedLine(deliveries: readonly Delivery[]): string {
  const expiry = deliveries.find(({ path }) => path === 'expiry');
  return expiry?.outcome === 'skipped'
    ? 'Interrupted: the timer ended with this process, and its expiry will not be sent.'
    : 'Interrupted while the expiry was being sent.';
}

/** What the countdown shows. */
export function countdownText(remainingMs: number): string {
  const seconds = Math.max(0, Math.ceil(remainingMs / 1000));
  return `timer expires in ${showMs(seconds * 1000)}`;
}
