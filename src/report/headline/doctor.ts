import { capital } from '../../capital.ts';
import type { CheckReport, Finding, ReportedAwait, Severity } from '../../model/finding.ts';
import { nameFrame } from '../../model/frame.ts';
import type { Report, Seen } from '../../model/report.ts';
import { showMs } from '../../time/show-ms.ts';
import { counted, type Headline, listed } from './wording.ts';

/** The verdict, with the title of the finding that it comes from. */
export function doctorHeadline(report: Report): Headline {
  const { checks, verdict, ok, partial, seen } = report;
  const word = verdict ?? 'no verdict';
  const [gravest] = byGravity(report);
  if (partial === true && verdict === null)
    return { tone: 'doubtful', words: 'interrupted', sentence: 'Nothing was checked.' };
  if (partial === true && verdict === 'healthy')
    return { tone: 'doubtful', words: `${word} so far`, sentence: gravest?.title ?? '' };
  if (!ok) return { tone: 'bad', words: word, sentence: gravest?.title ?? '' };
  if (checks !== undefined) return checked(checks, word);
  if (verdict !== 'healthy') return { tone: 'doubtful', words: word, sentence: gravest?.title ?? '' };
  const sentence = gravest?.title ?? calmOf(report);
  const exitCode = seen?.exitCode ?? 0;
  // The verdict is of the requests: whoever reads one line only is to know of this, too.
  if (exitCode !== 0)
    return { tone: 'doubtful', words: `${word}, but the program ended with exit code ${exitCode}`, sentence };
  // What comes after the watch may go wrong: health is said of what was seen.
  if ((seen?.timersToSend ?? 0) > 0) return { tone: 'doubtful', words: `${word} so far`, sentence };
  if (upToProgram(report).length > 0)
    return { tone: 'doubtful', words: `${word} as far as can be seen`, sentence };
  return { tone: 'good', words: word, sentence };
}

function calmOf(report: Report): string {
  const { looks, pending, seen } = report;
  if (looks === undefined) return seen === undefined ? '' : seenText(seen);
  const underWay = pending?.length ?? 0;
  const now =
    underWay === 0
      ? 'no request is under way'
      : `${counted(underWay, 'request')} ${underWay === 1 ? 'is' : 'are'} under way and not stuck`;
  const own = upToProgram(report);
  if (own.length > 0) return `${capital(now)}. ${ownText(own)} ${beyondLook}`;
  return `Nothing was seen to be stuck: ${now}. ${beyondLook}`;
}

function upToProgram({ looks, awaits = [] }: Report): readonly ReportedAwait[] {
  return looks === undefined ? [] : awaits.filter((each) => each.upToProgram === true);
}

/** A lock that nobody releases and a consumer at rest look alike. */
function ownText(own: readonly ReportedAwait[]): string {
  const [first] = own;
  if (first === undefined) return '';
  const calls = own.reduce((sum, { count }) => sum + count, 0);
  const isOne = calls === 1;
  const place = nameFrame(first.chain[0] ?? first.at, process.cwd());
  const where = `${isOne ? ': ' : ', the first at '}${place}${first.waitsFor === '' ? '' : `, ${first.waitsFor}`}`;
  return [
    `${isOne ? 'One call waits' : `${calls} calls wait`} for what only code of the program settles, as far as was seen${where}.`,
    `Whether ${isOne ? 'it is' : 'they are'} stuck, or at rest until there is something to do, can’t be determined.`,
  ].join(' ');
}

/** What no look can see. */
const beyondLook =
  'What ended before this look was not seen, nor an await for a promise that nothing holds any more: garbage collection takes it with its function; timer-notify doctor -- <command> watches from the start.';

/** A loop that was blocked for longer than this, in ms, is worth a word though nothing waited for it. */
const longBlockMs = 1000;

/** All that was seen: that everything was answered is not always the whole truth. */
function seenText(seen: Seen): string {
  const { requests, answered, bodiesOpen = 0, sentAgain, underWay, blockedMs, queuedJobs } = seen;
  const outcomes = [
    `${counted(requests, 'request')} seen`,
    `${answered} answered${bodiesOpen === 0 ? '' : ` (${bodiesOpen === answered ? '' : `${bodiesOpen} `}with a body that was not read to its end)`}`,
    ...(sentAgain > 0 ? [`${sentAgain} sent again`] : []),
    ...(underWay > 0 ? [`${underWay} under way at the end`] : []),
  ];
  const parts = [
    outcomes.join(', '),
    ...(blockedMs >= longBlockMs ? [`a loop was blocked for ${showMs(blockedMs)}`] : []),
    ...(queuedJobs > 0 ? [`${counted(queuedJobs, 'job')} ${queuedJobs === 1 ? 'is' : 'are'} queued`] : []),
  ];
  return `${parts.join('; ')}.${unfiredText(seen)}`;
}

/** Nobody has seen what they do. */
function unfiredText({ timersToSend = 0, nextTimerMs = 0 }: Seen): string {
  if (timersToSend === 0) return '';
  const which = timersToSend === 1 ? 'a timer that is' : `${timersToSend} timers that are`;
  return ` Not seen: ${which} to send had not fired when the watch ended, ${timersToSend === 1 ? '' : 'the first '}due in ${showMs(nextTimerMs)}; a longer --timeout waits for it.`;
}

/** The verdict's finding first, then by severity. */
export function byGravity({ findings, verdict }: Report): readonly Finding[] {
  const weight = ({ code, severity }: Finding) =>
    (code === verdict ? 0 : 1) + severities.indexOf(severity) * 2;
  return [...findings].sort((a, b) => weight(a) - weight(b));
}

const severities: readonly Severity[] = ['error', 'warning', 'info'];

/** Nothing failed: what that is worth depends on what was looked at. */
function checked(checks: readonly CheckReport[], verdict: string): Headline {
  const passed = checks.filter(({ status }) => status === 'ok');
  const warned = checks.filter(({ status }) => status === 'warn');
  const unseen = checks.filter(({ status }) => status === 'skipped' || status === 'inconclusive');
  const limits = [
    ...(unseen.length === 0 ? [] : [' as far as checked']),
    ...(warned.length === 0 ? [] : [`, with ${counted(warned.length, 'warning')}`]),
  ];
  const sentences = [
    `${passed.length} of ${counted(checks.length, 'check')} passed.`,
    ...(warned.length === 0 ? [] : [`To look at: ${listed(warned.map(({ title }) => title))}.`]),
    ...(unseen.length === 0 ? [] : [`Not checked: ${listed(groupsOf(unseen, checks))}.`]),
  ];
  return {
    tone: limits.length === 0 ? 'good' : 'doubtful',
    words: `${verdict}${limits.join('')}`,
    sentence: sentences.join(' '),
  };
}

/** `slack`, or `network (5 of 6)` where some of the group was checked. */
function groupsOf(unseen: readonly CheckReport[], all: readonly CheckReport[]): readonly string[] {
  const sizeOf = (rows: readonly CheckReport[], group: string) =>
    rows.filter((row) => row.group === group).length;
  return [...new Set(unseen.map(({ group }) => group))].map((group) => {
    const [missing, size] = [sizeOf(unseen, group), sizeOf(all, group)];
    return missing === size ? group : `${group} (${missing} of ${size})`;
  });
}
