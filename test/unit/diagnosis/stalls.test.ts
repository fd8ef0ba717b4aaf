import { expect, it } from 'vitest';
import { beats, diagnosisOf, main, type Recording, requestStarts, threadStarts } from './recorded.ts';

const sent = (r: number): Recording[number] => [main, { e: 'state', t: 300, r, s: 'sent' }];

it('the request that a server makes comes before the one that waits for that server', () => {
  const recording: Recording = [
    threadStarts(main),
    [main, { e: 'listen', t: 50, port: 3000 }],
    requestStarts(main, { t: 100, r: 1, origin: 'http://localhost:3000' }),
    requestStarts(main, { t: 200, r: 2, origin: 'https://slack.com', body: 'b' }),
    sent(1),
    sent(2),
    ...beats(main, 300, 6000),
  ];
  const { findings } = diagnosisOf(recording, { at: 6000 });
  expect(findings.map(({ code, request }) => [code, request?.origin])).toEqual([
    ['response-stalled', 'https://slack.com'],
    ['response-stalled', 'http://localhost:3000'],
  ]);
});
