import type { ChalkInstance } from 'chalk';
import type { CheckReport, CheckStatus } from '../../model/finding.ts';
import { counted } from '../headline/wording.ts';
import { marks } from './marks.ts';
import type { Terminal } from './terminal.ts';
import { wrap } from './wrap.ts';

type Style = Pick<Terminal, 'out' | 'columns'>;

const statusMarks: Readonly<Record<CheckStatus, string>> = {
  ok: marks.good,
  warn: marks.doubtful,
  fail: marks.bad,
  skipped: '–',
  inconclusive: '?',
  crash: marks.bad,
};

const widest = 100;

/** The checks by group, one line each where all is well; what to do stands below what was seen. */
export function renderChecks(checks: readonly CheckReport[], { out, columns }: Style): string {
  if (checks.length === 0) return '';
  const groups = [...new Set(checks.map(({ group }) => group))];
  const indent = 5 + Math.max(...checks.map(({ title }) => title.length));
  const width = Math.max(20, Math.min(columns, widest) - indent);
  const sections = groups.map((group) => {
    const rows = checks.filter((check) => check.group === group);
    return [
      out.bold(group),
      ...withoutRepeats(rows).flatMap((row) => showCheck(row, { out, indent, width })),
    ].join('\n');
  });
  return [...sections, countLine(checks)].join('\n\n');
}

/** What is to be done is said once, where it is said first. */
function withoutRepeats(rows: readonly CheckReport[]): readonly CheckReport[] {
  const isFirst = ({ fix }: CheckReport, index: number) => rows.findIndex((row) => row.fix === fix) === index;
  return rows.map((row, index) => (isFirst(row, index) ? row : { ...row, fix: null }));
}

interface Layout {
  readonly out: ChalkInstance;
  readonly indent: number;
  readonly width: number;
}

function showCheck(
  { title, status, seen, fix }: CheckReport,
  { out, indent, width }: Layout,
): readonly string[] {
  const paint = paintOf(status, out);
  const head = `  ${paint(statusMarks[status])} ${title.padEnd(indent - 4)}`;
  const margin = ' '.repeat(indent);
  const said = wrap(seen, width).map((line) => (status === 'skipped' ? out.dim(line) : line));
  const advice = fix === null ? [] : wrap(`→ ${fix}`, width);
  return [...said, ...advice].map((line, index) => (index === 0 ? `${head}${line}` : `${margin}${line}`));
}

function paintOf(status: CheckStatus, out: ChalkInstance): ChalkInstance {
  if (status === 'ok') return out.green;
  if (status === 'fail' || status === 'crash') return out.red;
  return status === 'skipped' ? out.dim : out.yellow;
}

const words: readonly (readonly [statuses: readonly CheckStatus[], word: string])[] = [
  [['ok'], 'ok'],
  [['warn'], 'to look at'],
  [['fail'], 'failed'],
  [['skipped', 'inconclusive'], 'not checked'],
  [['crash'], 'crashed'],
];

function countLine(checks: readonly CheckReport[]): string {
  const counts = words.flatMap(([statuses, word]) => {
    const count = checks.filter(({ status }) => statuses.includes(status)).length;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  return `${counted(checks.length, 'check')}: ${counts.join(', ')}`;
}
