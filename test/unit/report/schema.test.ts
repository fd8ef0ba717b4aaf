import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { reportJsonSchema } from '../../../src/model/report.ts';
import { brokenReport, sampleChecks } from './sample-doctor.ts';
import { sampleBenchReport, sampleCell, sampleFinding, sampleReport, sampleTrials } from './sample-report.ts';

const validate = new Ajv2020({ strict: true, formats: { 'date-time': true } }).compile(reportJsonSchema());

describe('the published JSON schema', () => {
  it.each([
    ['a bare report', sampleReport()],
    ['a report with findings', sampleReport({ findings: [sampleFinding({ thread: null, request: null })] })],
    ['an interrupted report', sampleReport({ partial: true })],
    ['a diagnosis', { ...brokenReport, checks: sampleChecks }],
    ['a bench report', sampleBenchReport()],
    ['a repro report', sampleReport({ kind: 'repro', trials: sampleTrials })],
  ])('accepts %s', (_, report) => {
    expect(validate(JSON.parse(JSON.stringify(report))), JSON.stringify(validate.errors)).toBe(true);
  });

  it.each([
    ['another schema version', { ...sampleReport(), schemaVersion: 2 }],
    ['a missing field', { ...sampleReport(), ok: undefined }],
    ['an unknown context', { ...sampleReport(), cells: [{ ...sampleCell(), context: 'moon' }] }],
    ['a rate above 1', sampleReport({ cells: [sampleCell({ completionRate: 1.5 })] })],
    ['trials without a timer', sampleReport({ trials: { ...sampleTrials, count: 0 } })],
    ['a negative count', sampleReport({ cells: [sampleCell({ hung: -1 })] })],
  ])('refuses %s', (_, report) => {
    expect(validate(JSON.parse(JSON.stringify(report)))).toBe(false);
  });
});
