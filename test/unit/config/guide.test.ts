import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseConfigFile } from '../../../src/config/config-file.ts';
import { configJsonSchema } from '../../../src/config/schema.ts';
import { defaultSettings } from '../../../src/config/settings.ts';
import { fileLayer, resolve } from '../../../src/config/sources.ts';

const example = new URL('../../../fixtures/guides/timer-notify.config.yaml', import.meta.url);
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

describe('the example configuration', () => {
  test.each(keysOf(configJsonSchema()))('has %s', (key) => {
    const path = key.split('.');
    const value = path.reduce<unknown>((node, part) => Reflect.get(Object(node), part), file.value);
    expect(value).toBeDefined();
  });

  test('shows the defaults', () => {
    const settings = resolve([fileLayer(file)]);
    const shown = Object.fromEntries(Object.entries(settings).map(([key, { value }]) => [key, value]));
    expect(shown).toEqual({ ...defaultSettings, strategy: 'shared-pool', tokenFile: './slack-token' });
  });
});
