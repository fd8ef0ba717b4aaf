import { describe, expect, it } from 'vitest';
import {
  describeServedFaults,
  everyFault,
  parseFault,
  parseFaults,
  servedFaults,
} from '../../../src/emulator/faults.ts';
import { methodNames } from '../../../src/emulator/methods/index.ts';

describe('a fault spec', () => {
  it.each([
    ['hang:10%', { kind: 'hang', rate: 0.1 }],
    ['reset:5%', { kind: 'reset', rate: 0.05 }],
    ['hang-after-commit', { kind: 'hang-after-commit', rate: 1 }],
    ['reset-after-commit:50%', { kind: 'reset-after-commit', rate: 0.5 }],
    ['half-body:1%', { kind: 'half-body', rate: 0.01 }],
    ['stalled-body:first-1', { kind: 'stalled-body', first: 1 }],
    ['bad-json:0.5%', { kind: 'bad-json', rate: 0.005 }],
    ['status-500:20%', { kind: 'status', status: 500, rate: 0.2 }],
    ['rate-limit:10%', { kind: 'rate-limit', retryAfterS: 1, rate: 0.1 }],
    ['rate-limit:3s:first-2', { kind: 'rate-limit', retryAfterS: 3, first: 2 }],
    ['ok-false:channel_not_found:5%', { kind: 'ok-false', code: 'channel_not_found', rate: 0.05 }],
    ['drip:50ms:10%', { kind: 'drip', intervalMs: 50, rate: 0.1 }],
    ['drip', { kind: 'drip', intervalMs: 100, rate: 1 }],
    ['latency:50ms', { kind: 'latency', ms: 50 }],
    ['jitter:20ms', { kind: 'jitter', ms: 20 }],
    ['refuse', { kind: 'refuse' }],
  ])('%s is read', (spec, fault) => {
    expect(parseFault(spec)).toEqual(fault);
  });

  it.each([
    ['hnag:10%', 'unknown fault "hnag:10%"; a fault is one of: ', 'did you mean "hang"?'],
    ['everything', 'unknown fault "everything"', 'write for example hang:10%'],
    ['', 'unknown fault ""', 'write for example hang:10%'],
    [
      'chat.postMesage/hang',
      '"chat.postMesage" is not a method of Slack’s',
      'did you mean "chat.postMessage"?',
    ],
    ['webhok/hang', '"webhok" is not a method of Slack’s', 'did you mean "webhook"?'],
    ['hang:0%', 'bad fault "hang:0%"; "0%" does not say how often', 'above 0% up to 100%'],
    ['hang:101%', 'bad fault "hang:101%"', 'above 0% up to 100%'],
    ['hang:0.1', 'bad fault "hang:0.1"', 'for example 10%, or first-2'],
    ['hang:10%:5%', '"5%" is one part too many', 'leave it out'],
    ['hang:first-0', 'bad fault "hang:first-0"', 'first-2'],
    ['status-200:10%', 'an error status is in the range 300..599', 'status-500:20%'],
    ['ok-false:10%', 'ok-false needs the Slack error code', 'ok-false:channel_not_found:5%'],
    ['ok-false', 'ok-false needs the Slack error code', 'ok-false:channel_not_found:5%'],
    ['rate-limit:1500ms', 'Retry-After counts whole seconds', 'rate-limit:2s:10%'],
    ['latency', 'latency takes one duration', 'latency:50ms'],
    ['latency:50', 'bad duration "50"', '50ms'],
    ['jitter:20ms:10%', 'jitter takes one duration', 'jitter:50ms'],
    ['refuse:10%', 'a port that refuses does so every time', 'write refuse alone'],
  ])('%j is refused with what, why and what to write', (spec, what, remedy) => {
    expect(() => parseFault(spec)).toThrow(what);
    expect(() => parseFault(spec)).toThrow(remedy);
  });

  it.each([...methodNames, 'webhook'])('may strike %s alone', (method) => {
    expect(parseFault(`${method}/hang`)).toMatchObject({ method });
  });

  it('is refused together with others when the shares exceed all requests', () => {
    expect(() => parseFaults(['hang:60%', 'reset:50%'])).toThrow('strike 110% of the requests');
  });

  it.each(everyFault)('that is offered as %s is one', (name) => {
    const detail: Readonly<Record<string, string>> = {
      'ok-false': ':channel_not_found',
      'ok-warning': ':message_truncated',
      latency: ':1ms',
      jitter: ':1ms',
    };
    expect(() => parseFault(`${name}${detail[name] ?? ''}`)).not.toThrow();
  });

  it('of another name is answered with those that the command has', () => {
    expect(() => parseFaults(['refus'])).toThrow('did you mean "refuse"?');
    expect(() => parseFaults(['refus'], servedFaults)).toThrow(/jitter; write for example hang:10%$/);
    expect(() => parseFault('refus', servedFaults)).not.toThrow('refuse');
  });

  it('that serve has stands in its help', () => {
    const words = describeServedFaults().match(/[a-z][a-z-]+(-5)?/g) ?? [];
    for (const name of servedFaults) expect(words).toContain(name === 'status-500' ? 'status-' : name);
    expect(words).not.toContain('refuse');
  });
});
