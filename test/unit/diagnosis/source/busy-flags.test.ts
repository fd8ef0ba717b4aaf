import { describe, expect, it } from 'vitest';
import { busyFlags } from '../../../../src/diagnosis/source/busy-flags.ts';

/** The name of each, and what stands at its places. */
function found(code: string): readonly string[] {
  return busyFlags(code).map(({ name, leaves, sets, awaits }) =>
    [name, ...[leaves, sets, ...awaits].map((at) => code.slice(at, at + 6))].join(' | '),
  );
}

describe('flags by which a run is left out while another is at work', () => {
  it.each([
    'async function tick() {\n  if (running) return;\n  running = true;\n  try { await send(); } finally { running = false; }\n}',
    'async function tick() {\n  if (running) {\n    note();\n    return;\n  }\n  running = true;\n  await send();\n  running = false;\n}',
    'async function tick() {\n  if (running || list.length === 0) return;\n  running = true;\n  await send();\n  running = false;\n}',
  ])('are found: %s', (code) => {
    expect(found(code)).toEqual(['running | return | runnin | await ']);
  });

  it('may belong to an object, or say that it is idle', () => {
    expect(
      found(
        'class Poll {\n  async run() {\n    if (this.#busy) return;\n    this.#busy = true;\n    await send();\n    this.#busy = false;\n  }\n}',
      ),
    ).toEqual(['this.#busy | return | this.# | await ']);
    expect(
      found(
        'const run = async () => {\n  if (!idle) return;\n  idle = false;\n  await send();\n  idle = true;\n};',
      ),
    ).toEqual(['idle | return | idle = | await ']);
  });

  it.each([
    // It is done once only.
    'async function start() {\n  if (started) return;\n  started = true;\n  await send();\n}',
    // It waits for nothing.
    'function note() {\n  if (busy) return;\n  busy = true;\n  send();\n  busy = false;\n}',
    // Another function sets it.
    'async function tick() {\n  if (stopped) return;\n  await send();\n}\nfunction stop() { stopped = true; }',
    'if (busy) throw new Error();\n',
  ])('are no others: %s', (code) => {
    expect(found(code)).toEqual([]);
  });
});
