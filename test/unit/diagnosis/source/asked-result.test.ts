import { describe, expect, it } from 'vitest';
import { codeWithoutResult } from '../../../../src/diagnosis/source/asked-result.ts';

function without(...lines: readonly string[]): string {
  const source = ['function plan(at) {', ...lines, '}', 'plan(fire);'].join('\n');
  const line = source.split('\n').findIndex((text) => text.includes('scheduleJob'));
  const column = source.split('\n')[line]?.indexOf('scheduleJob') ?? 0;
  return codeWithoutResult(source, { line: line + 1, column: column + 1 }).trim();
}

describe('the code that runs where a call returned nothing', () => {
  it('is the statement behind the condition', () => {
    expect(without('  const job = schedule.scheduleJob(at, fire);', '  if (!job) fire();')).toBe('fire()');
    expect(without('  const job = schedule.scheduleJob(at, fire);', '  if (job === null) fire();')).toBe(
      'fire()',
    );
  });

  it('is the block behind it', () => {
    expect(
      without('  const job = schedule.scheduleJob(at, fire);', '  if (!job) {', '    fire();', '  }'),
    ).toContain('fire();');
  });

  it('is what stands behind the call where that is the condition', () => {
    expect(without('  if (!schedule.scheduleJob(at, fire)) fire();')).toContain('fire()');
  });

  it('is none where nobody asks, or for something else', () => {
    expect(without('  schedule.scheduleJob(at, fire);', '  if (!open) fire();')).toBe('');
    expect(without('  const job = schedule.scheduleJob(at, fire);', '  if (job) keep(job);')).toBe('');
  });
});
