import type { Report } from '../../model/report.ts';
import { benchHeadline } from './bench.ts';
import { doctorHeadline } from './doctor.ts';
import { reproHeadline } from './repro.ts';
import { sendHeadline } from './send.ts';
import type { Headline } from './wording.ts';

const byKind: Readonly<Record<Report['kind'], (report: Report) => Headline>> = {
  repro: reproHeadline,
  bench: benchHeadline,
  doctor: doctorHeadline,
  send: sendHeadline,
};

export function headlineOf(report: Report): Headline {
  return byKind[report.kind](report);
}
