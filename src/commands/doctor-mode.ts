import type { Command } from 'commander';
import { UsageError } from '../errors.ts';

/** What `doctor` looks at. */
export type DoctorMode = 'program' | 'followed' | 'process' | 'handler' | 'checks';

const subjects: Readonly<Record<DoctorMode, string>> = {
  program: 'a program behind --',
  followed: '--follow',
  process: '--pid or --name',
  handler: '--handler',
  checks: 'the checks of this project',
};

const watching: readonly DoctorMode[] = ['program', 'followed'];

/** The options that only some modes know what to do with: elsewhere they would change nothing, and are refused. */
const belongsTo: Readonly<Record<string, readonly DoctorMode[]>> = {
  pid: ['process'],
  name: ['process'],
  handler: ['handler'],
  follow: ['followed'],
  check: ['checks', 'handler'],
  list: ['checks', 'handler'],
  live: ['checks'],
  runtime: watching,
  match: watching,
  hangAfter: watching,
  timeout: ['program'],
  until: ['program'],
  failOnFinding: ['followed'],
  interval: ['process'],
  maxHeap: ['process'],
};

/** @throws UsageError where two things to look at were asked for at once, or an option would have no effect. */
export function doctorMode(command: Command): DoctorMode {
  const given = Object.keys(belongsTo).filter((key) => command.getOptionValueSource(key) === 'cli');
  const mode = modeOf(command.args, given);
  const stray = given.find((key) => !belongsTo[key]?.includes(mode));
  if (stray === undefined) return mode;
  const flag = command.options.find((option) => option.attributeName() === stray)?.long ?? `--${stray}`;
  const homes = belongsTo[stray] ?? [];
  const isAboutPrograms = homes.some((home) => watching.includes(home));
  if (isAboutPrograms && command.args.length === 0) throw noProgram(flag, homes, mode);
  throw new UsageError(`${flag} together with ${subjects[mode]}`, ...whyNot(flag, homes, mode));
}

function noProgram(flag: string, homes: readonly DoctorMode[], mode: DoctorMode): UsageError {
  const example = homes.includes('program') ? '-- node app.js' : '--follow -- node server.js';
  const own = flag === '--follow' ? '' : `${flag} … `;
  return new UsageError(
    `${flag} has no program`,
    `it has no effect on ${subjects[mode]}`,
    `leave it out, or write a program behind --: timer-notify doctor ${own}${example}`,
  );
}

/** Some options only go with a subject; others are one. */
function whyNot(flag: string, homes: readonly DoctorMode[], mode: DoctorMode): readonly [string, string] {
  const isSubject = homes.some((home) => subjects[home].includes(flag));
  const goesWith = homes.map((home) => subjects[home]).join(' or ');
  return isSubject
    ? [
        'each of them says what to look at, and doctor looks at one thing at a time',
        `leave out ${flag}, or ${subjects[mode].replace(/^a /, 'the ')}`,
      ]
    : [`it has no effect there: it goes with ${goesWith}`, 'leave one of them out'];
}

function modeOf(program: readonly string[], given: readonly string[]): DoctorMode {
  if (program.length > 0) return given.includes('follow') ? 'followed' : 'program';
  if (given.includes('pid') || given.includes('name')) return 'process';
  return given.includes('handler') ? 'handler' : 'checks';
}
