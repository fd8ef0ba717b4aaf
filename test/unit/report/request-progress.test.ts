import { expect, it } from 'vitest';
import { requestProgress } from '../../../src/report/request-progress.ts';

const request = { method: 'POST', origin: 'https://slack.com', path: '/', ageMs: 4580 };

it.each([
  ['created', 'not sent after 4.58 s'],
  ['connecting', 'still connecting after 4.58 s'],
  ['sent', 'sent, not answered after 4.58 s'],
  ['body-unread', 'answered, its body not read after 4.58 s'],
  // Of a report that a later version wrote.
  ['whispered', 'whispered after 4.58 s'],
])('%s: %s', (state, text) => {
  expect(requestProgress({ ...request, state })).toBe(text);
});

it('says of one that has ended no more than that', () => {
  expect(requestProgress({ ...request, state: 'body', ended: true })).toBe('ended after 4.58 s');
});

it('says of one that was looked at twice that it may have begun before', () => {
  expect(requestProgress({ ...request, state: 'sent' }, 'at least ')).toBe(
    'sent, not answered after at least 4.58 s',
  );
});
