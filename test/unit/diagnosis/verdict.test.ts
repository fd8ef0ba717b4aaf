import { describe, expect, it } from 'vitest';
import { judge } from '../../../src/diagnosis/verdict.ts';
import type { FindingCode } from '../../../src/model/cause.ts';
import type { Finding, Severity } from '../../../src/model/finding.ts';

function finding(code: FindingCode, severity: Severity): Finding {
  return { code, severity, title: '', thread: null, request: null, evidence: [], stack: [], fix: '' };
}

describe('the verdict', () => {
  it('is healthy where nothing was found', () => {
    expect(judge([])).toEqual({ verdict: 'healthy', ok: true });
  });

  it('is the first finding, which is the root', () => {
    const found = [finding('loop-blocked', 'error'), finding('reset', 'error')];
    expect(judge(found)).toEqual({ verdict: 'loop-blocked', ok: false });
  });

  it('passes with warnings alone', () => {
    expect(judge([finding('loop-blocked', 'warning')])).toEqual({ verdict: 'loop-blocked', ok: true });
  });

  it('never passes where not enough was seen', () => {
    expect(judge([finding('inconclusive', 'info')])).toEqual({ verdict: 'inconclusive', ok: false });
  });
});
