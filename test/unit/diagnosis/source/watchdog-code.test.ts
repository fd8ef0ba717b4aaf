import { describe, expect, it } from 'vitest';
import { isPutOffCode, isWatchdogCode } from '../../../../src/diagnosis/source/watchdog-code.ts';

describe('the code of a timer that watches over work', () => {
  it.each([
    "() => tell('the export takes too long')",
    '() => onStuck(name)',
    'this.watchdogTimer = setTimeout(() => alarm(), ms)',
    "() => tell('no heartbeat from ' + host)",
    "() => post('worker seems dead')",
  ])('says so: %s', (code) => {
    expect(isWatchdogCode(code)).toBe(true);
  });

  it.each([
    "() => tell('tea is ready')",
    "() => tell('your stand-up begins in 5 minutes')",
    "() => remind(user, 'the deadline is tomorrow')",
    "() => tell('the invoice is overdue')",
    'installed()',
    'exchange(rates)',
    'hangUp(call)',
  ])('is no reminder’s: %s', (code) => {
    expect(isWatchdogCode(code)).toBe(false);
  });
});

describe('code that puts off what it is to send', () => {
  it.each(['() => this.flush()', 'changed', 'saveSoon', "() => publish(''.join())"])(
    'says so: %s',
    (code) => {
      expect(isPutOffCode(code)).toBe(true);
    },
  );

  it('is no sign of life’s', () => {
    expect(isPutOffCode("feed () => this.alarm('')")).toBe(false);
  });
});
