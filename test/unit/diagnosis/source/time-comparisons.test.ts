import { describe, expect, it } from 'vitest';
import { namesIn, timeComparisons } from '../../../../src/diagnosis/source/time-comparisons.ts';

/** Both sides of each, and what is done where it is true. */
function found(code: string): readonly string[] {
  return timeComparisons(code).map(({ from, to, body }) =>
    [code.slice(from, to).trim(), ...(body === null ? [] : [code.slice(body.from, body.to)])].join(' → '),
  );
}

describe('comparisons that are true once a time has come', () => {
  it('are found with what is done then', () => {
    expect(found('if (now >= job.at) {\n  tell(job);\n}\nrest();')).toEqual([
      'now >= job.at → {\n  tell(job);\n}',
    ]);
    expect(found('if (job.on && new Date(job.at).getTime() <= Date.now()) tell(job);\n')).toEqual([
      'new Date(job.at).getTime() <= Date.now() → tell(job);',
    ]);
  });

  it('are found as the answer of a function', () => {
    expect(found('isDue() {\n  return Date.now() >= this.next;\n}')).toEqual(['Date.now() >= this.next']);
    expect(found('jobs.filter((job) => job.at - Date.now() <= 0)')).toEqual(['job.at - Date.now() <= 0']);
    expect(found('const due = new Date() > nextAt;\n')).toEqual(['new Date() > nextAt']);
  });

  it.each([
    'if (now < job.at) continue;\n',
    'if (!(now >= job.at)) return;\n',
    'if (now >= job.at || job.force) tell(job);\n',
    'if (Date.now() > ask(job)) tell(job);\n',
    'if (Date.now() > times[index++]) tell(job);\n',
    'if (count >= limit) tell(job);\n',
    'const left = now >= job.at ? 0 : 1;\n',
    'now => job.at;\n',
  ])('are no others: %s', (code) => {
    expect(found(code)).toEqual([]);
  });

  it('are made of names', () => {
    expect(namesIn('new Date(job.at).getTime() - Date.now()')).toEqual(['job.at']);
    expect(namesIn('this.next + delayMs')).toEqual(['this.next', 'delayMs']);
    expect(namesIn('nextAt.getTime()')).toEqual(['nextAt']);
  });
});
