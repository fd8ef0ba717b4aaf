import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { configJsonSchema, parseConfigFile } from '../../../src/options/config-file.ts';
import { fileLayer, type Layer, resolve } from '../../../src/options/layers.ts';

const example = new URL('../../../docs/timer-notify.config.yaml', import.meta.url);
const file = parseConfigFile('timer-notify.config.yaml', readFileSync(example, 'utf8'));

/** `delivery.rate_limit.burst` and so on, as the published schema has them. */
function keysOf(schema: unknown, prefix = ''): string[] {
  const properties: unknown =
    typeof schema === 'object' && schema !== null ? Reflect.get(schema, 'properties') : null;
  if (typeof properties !== 'object' || properties === null) return [prefix];
  return Object.entries(properties).flatMap(([key, value]) =>
    keysOf(value, prefix === '' ? key : `${prefix}.${key}`),
  );
}

function valuesIn(layers: readonly Layer[]): object {
  return Object.fromEntries(Object.entries(resolve(layers)).map(([key, { value }]) => [key, value]));
}

describe('the example configuration', () => {
  test.each(keysOf(configJsonSchema()))('has %s', (key) => {
    expect(file.valueOf(key)).toBeDefined();
  });

  test('shows the defaults', () => {
    const withoutDefault = {
      strategy: 'shared-pool',
      tokenFile: './slack-token',
      thresholds: ['shared-pool:completion>=100%', 'shared-pool:p99<1s', 'shared-pool/parked:hung==0'],
    };
    expect(valuesIn([fileLayer(file)])).toEqual({ ...valuesIn([]), ...withoutDefault });
  });
});
