import { describe, expect, it } from 'vitest';
import type { EventOf } from '../../../src/diagnosis/node/protocol.ts';
import {
  answered,
  beats,
  diagnosisOf,
  main,
  mainAndWorker,
  type Recording,
  requestStarts,
  worker,
} from './recorded.ts';

const channel = { kind: 'channel', name: 'alarms' } as const;
const port = { kind: 'port', id: '' } as const;

function post(t: number, n: number, shape: string): Recording[number] {
  return [main, { e: 'post', t, to: channel, stack: n, own: true, lost: null, n, shape }];
}

const listener: EventOf<'channel-sender'> = {
  e: 'channel-sender',
  t: 500,
  name: 'alarms',
  conditional: true,
  sentFor: [],
  others: ['stop'],
};

/** Main has sent something; the worker opens its channel at 500 ms. */
const recording = (...events: Recording): Recording => [
  ...mainAndWorker,
  ...beats(main, 0, 5000),
  ...beats(worker, 20, 5000),
  requestStarts(main, { t: 40 }),
  ...answered(main, 60),
  [main, { e: 'stack', id: 1, frames: ['/app/main.mjs:7:5'] }],
  [main, { e: 'stack', id: 2, frames: ['/app/main.mjs:9:5'] }],
  [worker, { e: 'reads', t: 500, from: channel, reading: true }],
  [worker, { e: 'reads', t: 500, from: port, reading: true }],
  ...events,
];
const early = [post(200, 1, 'text type=alarm'), post(3000, 2, 'type=stop')];
const verdictOf = (...events: Recording) => diagnosisOf(recording(...events), { at: 5000 }).verdict;

describe('the verdict on a broadcast that came before its reader', () => {
  it('is never-requested, though another one has reached it', () => {
    const { verdict, findings } = diagnosisOf(recording([worker, listener], ...early), { at: 5000 });
    expect(verdict).toBe('never-requested');
    expect(findings[0]?.stack).toEqual(['/app/main.mjs:7:5']);
  });

  it('is healthy where one of its kind came again', () => {
    expect(verdictOf([worker, listener], ...early, post(3500, 3, 'text type=alarm'))).toBe('healthy');
  });

  it('is healthy where the reader has sent since', () => {
    const sent = [requestStarts(worker, { t: 3100 }), ...answered(worker, 3200)];
    expect(verdictOf([worker, listener], ...early, ...sent)).toBe('healthy');
  });

  it('is healthy where the reader sends for another kind, or not at all', () => {
    expect(verdictOf([worker, { ...listener, sentFor: ['fire'] }], ...early)).toBe('healthy');
    expect(verdictOf(...early)).toBe('healthy');
  });
});
