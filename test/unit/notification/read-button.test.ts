import { expect, test } from 'vitest';
import { readButton } from '../../../src/notification/read-button.ts';

test.each([
  ['Snooze 5 min', { text: 'Snooze 5 min', actionId: 'snooze_5_min' }],
  ['Snooze=snooze', { text: 'Snooze', actionId: 'snooze' }],
  ['Snooze=snooze:5m', { text: 'Snooze', actionId: 'snooze', value: '5m' }],
  ['Open = https://example.com/a?b=c', { text: 'Open', actionId: 'open', url: 'https://example.com/a?b=c' }],
])('the button "%s" is read', (spec, button) => {
  expect(readButton(spec)).toEqual(button);
});

test.each(['', '=snooze', 'Snooze='])('the button "%s" is refused with an example', (spec) => {
  expect(() => readButton(spec)).toThrow('write for example "Snooze=snooze:5m"');
});
