import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { defaultThresholds, parseThreshold } from '../../../src/measure/threshold.ts';

describe('a threshold', () => {
  it.each([
    ['completion>=100%', 'every', 'every', 'completion', '>=', 1],
    ['completion >= 99.9%', 'every', 'every', 'completion', '>=', 0.999],
    ['p99<5s', 'every', 'every', 'p99', '<', 5000],
    ['p99.9<=250ms', 'every', 'every', 'p99.9', '<=', 250],
    ['hung==0', 'every', 'every', 'hung', '==', 0],
    ['duplicates==0', 'every', 'every', 'duplicates', '==', 0],
    ['throughput>1000/s', 'every', 'every', 'throughput', '>', 1000],
    ['shared-pool:p99<1s', ['shared-pool'], 'every', 'p99', '<', 1000],
    ['shared-pool/parked:completion>=100%', ['shared-pool'], ['parked'], 'completion', '>=', 1],
  ])('%s is read', (expr, strategies, contexts, metric, operator, limit) => {
    const threshold = parseThreshold(expr);
    expect({ ...threshold, metric: threshold.metric.name }).toEqual({
      expr,
      strategies,
      contexts,
      metric,
      operator,
      limit,
    });
  });

  it.each([
    ['p99', /a threshold is a metric, one of/],
    ['', /a threshold is a metric, one of/],
    ['p99<', /a threshold is a metric, one of/],
    ['p98<5s', /unknown metric "p98".*did you mean/],
    ['sharedpool:p99<1s', /unknown strategy "sharedpool".*did you mean "shared-pool"/],
    ['shared:p99<1s', /unknown strategy "shared", .*; did you mean "shared-pool"\?$/],
    ['shared-pool/park:p99<1s', /unknown context "park".*did you mean "parked"/],
    ['shared-pool/parked/x:p99<1s', /is no scope/],
    ['p99<5', /write the unit/],
    ['completion>=1', /the limit of completion is a percentage/],
    ['throughput>1000', /the limit of throughput is a rate/],
    ['hung==0.5', /the limit of hung is a count/],
  ])('%j is refused with what is wrong', (expr, message) => {
    expect(() => parseThreshold(expr)).toThrow(UsageError);
    expect(() => parseThreshold(expr)).toThrow(message);
  });
});

describe('the default thresholds', () => {
  it('judge every benched strategy but the bug', () => {
    const scopes = defaultThresholds(['detached', 'bridged', 'shared-pool']).map(
      ({ strategies }) => strategies,
    );
    expect(scopes).toEqual(Array(4).fill(['bridged', 'shared-pool']));
  });

  it('judge nothing when only the bug is benched', () => {
    expect(defaultThresholds(['detached'])).toEqual([]);
  });
});
