import { expect, test } from 'vitest';
import { unknownVariables } from '../../../src/options/variables.ts';
import { readWatchSettings } from '../../../src/options/watch-settings.ts';

const said = (env: NodeJS.ProcessEnv) => unknownVariables(env).map(({ message }) => message);

test('a misspelt variable is told with the right one', () => {
  expect(said({ TIMER_NOTIFY_CHANEL: '#x', TIMER_NOTIFY_DEADLINE: '5s', PATH: '/bin' })).toEqual([
    'TIMER_NOTIFY_CHANEL is an unknown variable; it has no effect; did you mean TIMER_NOTIFY_CHANNEL?',
  ]);
});

test('one that is like none of ours gets no guess', () => {
  expect(said({ TIMER_NOTIFY_FROBNICATE: '1' })).toEqual([
    'TIMER_NOTIFY_FROBNICATE is an unknown variable; it has no effect; remove it; docs/configuration.md lists those there are',
  ]);
});

test('the watch tells of a misspelt variable of its own', () => {
  const { misspelt } = readWatchSettings({ TIMER_NOTIFY_WACTH: 'off', TIMER_NOTIFY_CHANNEL: '#x' });
  expect(misspelt.map(({ message }) => message)).toEqual([
    'TIMER_NOTIFY_WACTH is an unknown variable; it has no effect; did you mean TIMER_NOTIFY_WATCH?',
  ]);
});
