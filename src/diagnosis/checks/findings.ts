import { capital } from '../../capital.ts';
import type { Cause } from '../../model/cause.ts';
import type { Finding } from '../../model/finding.ts';
import type { CheckedCheck } from './check.ts';
import { liveCheck } from './live.ts';

/** A failed check says why a notification won't arrive. */
export function findingsOf(checked: readonly CheckedCheck[]): readonly Finding[] {
  return checked.flatMap(({ check, outcome }) =>
    outcome.status === 'fail'
      ? [
          {
            code: outcome.cause,
            severity: 'error' as const,
            title: `${check.title}: ${outcome.seen}`,
            thread: null,
            request: null,
            // The title says what was seen.
            evidence: [`seen by the check ${check.id}`],
            stack: [],
            fix: outcome.fix,
          },
        ]
      : [],
  );
}

/** A run that was asked for an answer and got none has not found anything healthy. */
export function unansweredOf(
  checked: readonly CheckedCheck[],
  { liveWanted, asked }: { readonly liveWanted: boolean; readonly asked: readonly string[] },
): readonly Finding[] {
  const nothingSeen = checked.every(({ outcome }) => isUnanswered(outcome));
  const live = checked.find(({ check }) => check.id === liveCheck.id);
  const notPosted = liveWanted && live !== undefined && isUnanswered(live.outcome);
  const wayLost = checked.filter(
    ({ check, outcome }) => wayChecks.includes(check.id) && outcome.status === 'inconclusive',
  );
  if (!nothingSeen && !notPosted) {
    if (wayLost.length > 0) return [wayNotSeen(wayLost)];
    const words = asked.filter((word) => isLeftOpen(word, checked));
    return words.length === 0 ? [] : [askedInVain(words, checked)];
  }
  const unanswered = nothingSeen ? checked : checked.filter((row) => row === live);
  return [
    {
      code: 'inconclusive',
      severity: 'error',
      title: nothingSeen ? nothingChecked(checked) : 'No test message was posted',
      thread: null,
      request: null,
      evidence: unanswered.map(({ check, outcome }) => `check ${check.id}: ${outcome.seen}`),
      stack: [],
      fix: `${needsOf(unanswered)}, and run them again`,
    },
  ];
}

/** Where each of them has the same reason, that is what to know. */
function nothingChecked(checked: readonly CheckedCheck[]): string {
  const [reason, ...others] = new Set(checked.map(({ outcome }) => outcome.seen));
  return reason === undefined || others.length > 0
    ? 'None of these checks could be made'
    : `Nothing was checked: ${reason}`;
}

/** What checks without an answer lack. */
function needsOf(rows: readonly CheckedCheck[]): string {
  const ofProject = rows.filter(({ check }) => check.group === 'project');
  const needs = [
    ...(ofProject.length === 0
      ? []
      : [
          ofProject.every(({ outcome }) => outcome.status === 'inconclusive')
            ? 'correct the package.json'
            : 'go to the folder of your project, where its package.json and node_modules are',
        ]),
    ...(ofProject.length === rows.length
      ? []
      : ['set what the checks need, for example SLACK_BOT_TOKEN and a channel']),
  ];
  return capital(needs.join(', '));
}

/** A proxy's absence says nothing of the network. */
const optional: readonly string[] = ['proxy'];

/** A group or check that was asked for by name and gave no answer. */
function isLeftOpen(word: string, checked: readonly CheckedCheck[]): boolean {
  const named = namedBy(word, checked).filter(({ check: { id } }) => id === word || !optional.includes(id));
  return !optional.includes(word) && named.length > 0 && named.every(({ outcome }) => isUnanswered(outcome));
}

function namedBy(word: string, checked: readonly CheckedCheck[]): readonly CheckedCheck[] {
  return checked.filter(({ check: { id, group } }) => id === word || group === word);
}

function askedInVain(words: readonly string[], checked: readonly CheckedCheck[]): Finding {
  const open = words
    .flatMap((word) => namedBy(word, checked))
    .filter((row, index, rows) => isUnanswered(row.outcome) && rows.indexOf(row) === index);
  return {
    code: 'inconclusive',
    severity: 'error',
    title: `Asked for and not checked: ${words.join(', ')}`,
    thread: null,
    request: null,
    evidence: open.map(({ check, outcome }) => `check ${check.id}: ${outcome.seen}`),
    stack: [],
    fix: `${needsOf(open)}, or leave them out of --check`,
  };
}

/** The way to where notifications go, from the ground up: without an answer on it nothing is known to arrive. */
const wayChecks: readonly string[] = ['dns', 'tcp', 'tls', 'first-byte', 'auth', 'webhook'];

function wayNotSeen(lost: readonly CheckedCheck[]): Finding {
  return {
    code: 'inconclusive',
    severity: 'error',
    title: 'Whether notifications get through could not be seen',
    thread: null,
    request: null,
    evidence: lost.map(({ check, outcome }) => `check ${check.id}: ${outcome.seen}`),
    stack: [],
    fix: 'Connect this machine and run the checks again',
  };
}

/** A check that failed itself has seen nothing: what it was to look at is not healthy. */
export function crashesOf(checked: readonly CheckedCheck[]): readonly Finding[] {
  const crashed = checked.filter(({ outcome }) => outcome.status === 'crash');
  const [first] = crashed;
  if (first === undefined) return [];
  const many = crashed.length === 1 ? '1 check' : `${crashed.length} checks`;
  return [
    {
      code: 'inconclusive',
      severity: 'error',
      title: `${many} could not be made: ${first.outcome.seen}`,
      thread: null,
      request: null,
      evidence: crashed.map(({ check, outcome }) => `check ${check.id}: ${outcome.seen}`),
      stack: [],
      fix: 'Remove what stopped them and run them again; --verbose shows where they stopped',
    },
  ];
}

function isUnanswered({ status }: CheckedCheck['outcome']): boolean {
  return status === 'skipped' || status === 'inconclusive';
}

/** What failed first: the table goes from the ground up, so what fails later is likely to fail because of it. */
export function verdictOf([first]: readonly Finding[]): Cause {
  return first?.code ?? 'healthy';
}
