import { describe, expect, it } from 'vitest';
import {
  answered,
  beats,
  diagnosisOf,
  main,
  type Recording,
  requestStarts,
  threadStarts,
} from './recorded.ts';

const queue = {
  name: 'queue',
  waiting: 2,
  function: 'next',
  file: '/app/main.mjs',
  line: 10,
  column: 15,
};

const sent: Recording = [
  threadStarts(main),
  ...beats(main, 0, 5000),
  requestStarts(main, { t: 300 }),
  ...answered(main, 350),
];
const looked: Recording[number] = [
  main,
  { e: 'awaits', t: 4900, until: 4910, when: 'asked', awaits: [], queues: [queue] },
];

describe('the verdict on jobs that wait in a list from which nobody takes', () => {
  it('is never-requested, at the place that takes', () => {
    const { verdict, findings } = diagnosisOf([...sent, looked], { at: 5000 });
    expect(verdict).toBe('never-requested');
    expect(findings[0]?.stack).toEqual(['/app/main.mjs:10:15 (next)']);
  });

  it('says nothing of them while a request is under way, which may be that of the job before', () => {
    const { findings } = diagnosisOf([...sent, requestStarts(main, { t: 4800, r: 2 }), looked], { at: 5000 });
    expect(findings.map(({ title }) => title).join('\n')).not.toContain('calls back');
  });
});
