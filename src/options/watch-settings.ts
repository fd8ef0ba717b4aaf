import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { UsageError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { parseDuration } from '../notification/duration.ts';
import { ourPrefix, strangeVariable } from './strange-variable.ts';

/** Of `timer-notify/watch`, which has no flags and no file. */
export interface WatchSettings {
  /** `off`, `stderr` or a file. */
  readonly output: string;
  /** How long a request may wait. */
  readonly hangAfterMs: number;
  /** What was not accepted; the default is in its place. */
  readonly refused: readonly UsageError[];
  /** Variables that are named nearly like these, and have no effect. */
  readonly misspelt: readonly UsageError[];
}

export const watchVariables = ['TIMER_NOTIFY_WATCH', 'TIMER_NOTIFY_WATCH_HANG_AFTER'] as const;

const usual = { output: 'stderr', hangAfterMs: 5000 };

/** Never throws: whoever watches must not keep the program from running. */
export function readWatchSettings(env: NodeJS.ProcessEnv): WatchSettings {
  const [output, hangAfter] = [env.TIMER_NOTIFY_WATCH, env.TIMER_NOTIFY_WATCH_HANG_AFTER];
  const [badOutput, badHangAfter] = [outputProblem(output), hangAfterProblem(hangAfter)];
  return {
    output: isUnset(output) || badOutput !== null ? usual.output : output,
    hangAfterMs: isUnset(hangAfter) || badHangAfter !== null ? usual.hangAfterMs : parseDuration(hangAfter),
    refused: [badOutput, badHangAfter].filter((problem) => problem !== null),
    misspelt: misspelt(env),
  };
}

/** One that is named nearly like these two. */
function misspelt(env: NodeJS.ProcessEnv): readonly UsageError[] {
  const known = watchVariables.map((name) => name.slice(ourPrefix.length));
  return Object.keys(env).flatMap((name) => {
    const own = name.startsWith(ourPrefix) ? name.slice(ourPrefix.length) : '';
    const meant = known.includes(own) || own === '' ? null : nearest(own, known);
    return meant === null ? [] : [strangeVariable(name, meant)];
  });
}

function isUnset(text: string | undefined): text is undefined | '' {
  return text === undefined || text === '';
}

/** Words that mean a switch, where a file is named. */
const switches = /^(on|true|yes|1|false|no|0)$/i;

function outputProblem(output: string | undefined): UsageError | null {
  if (isUnset(output) || output === 'off' || output === 'stderr') return null;
  const what = `bad TIMER_NOTIFY_WATCH "${output}"`;
  const remedy = 'write off, stderr or a file such as ./findings.jsonl';
  if (switches.test(output)) return new UsageError(what, 'it names where findings go', remedy);
  if (existsSync(dirname(output))) return null;
  return new UsageError(what, `there is no folder ${dirname(output)}`, remedy);
}

function hangAfterProblem(text: string | undefined): UsageError | null {
  if (isUnset(text)) return null;
  const what = `bad TIMER_NOTIFY_WATCH_HANG_AFTER "${text}"`;
  try {
    return parseDuration(text) > 0
      ? null
      : new UsageError(what, 'it must be above 0', 'write for example 5s');
  } catch (error) {
    return error instanceof UsageError ? new UsageError(what, error.why, error.remedy) : null;
  }
}
