import { capital } from '../../capital.ts';
import type { Report } from '../../model/report.ts';
import { expectation, type Headline, listed } from './wording.ts';

export function sendHeadline(report: Report): Headline {
  const outcomes = (report.deliveries ?? []).map(({ path, outcome }) => `${path} ${outcome}`);
  const sentence = outcomes.length === 0 ? '' : `${capital(listed(outcomes))}.`;
  return { ...expectation(report), sentence };
}
