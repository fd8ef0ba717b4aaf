import type { Command } from 'commander';
import { UsageError } from '../errors.ts';

/** What `doctor` looks at. */
export type DoctorMode = 'program' | 'followed' | 'process' | 'handler' | 'checks';

/** What each mode does with its subject. */
const deeds: Readonly<Record<DoctorMode, string>> = {
  program: 'a program after -- is watched',
  followed: '--follow watches a program for as long as it runs',
  process: '--pid and --name look into a process that runs already',
  handler: '--handler runs your own function against a local emulator',
  checks: 'without a program, doctor checks this project',
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

/** What each option does, for whoever gives it where it has no effect. */
const purposes: Readonly<Record<string, string>> = {
  check: 'it chooses among the checks of this project or of a handler',
  list: 'it shows the checks of this project or of a handler',
  live: 'it posts to the configured channel when this project is checked',
  timeout: 'it limits how long a program is watched',
  until: 'it says when the watch of a program ends',
  interval: 'it is the time between two looks into a process',
  maxHeap: 'it limits what is read of a process',
};

/** @throws UsageError where two things to look at were asked for at once, or an option would have no effect. */
export function doctorMode(command: Command): DoctorMode {
  const given = Object.keys(belongsTo).filter((key) => command.getOptionValueSource(key) === 'cli');
  const mode = modeOf(command.args, given);
  const stray = given.find((key) => !belongsTo[key]?.includes(mode));
  if (stray !== undefined) throw refusal(stray, mode, given, command);
  if (given.includes('pid') && given.includes('name'))
    throw new UsageError(
      '--name together with --pid',
      'each of them says which process to look into',
      'leave out one of them; --pid takes several ids',
    );
  return mode;
}

function refusal(stray: string, mode: DoctorMode, given: readonly string[], command: Command): UsageError {
  const flag = command.options.find((option) => option.attributeName() === stray)?.long ?? `--${stray}`;
  const homes = belongsTo[stray] ?? [];
  if (homes.some((home) => watching.includes(home)) && command.args.length === 0)
    return noProgram(flag, homes, mode);
  if (mode === 'checks') return noProcess(flag);
  if (stray === 'failOnFinding')
    return new UsageError(
      `${flag} without --follow`,
      'without --follow, a finding makes the exit code 1 anyway',
      `leave out ${flag}, or add --follow`,
    );
  const other = otherSubject(mode, purposes[stray] === undefined, given);
  return new UsageError(
    `${flag} together with ${other}`,
    purposes[stray] === undefined
      ? 'each of them says what to look at, and doctor looks at one thing at a time'
      : `${purposes[stray]}, and ${deeds[mode]}`,
    `leave out ${flag}, or ${other.replace(/^a /, 'the ')}`,
  );
}

/** What else was given, as it was written. */
function otherSubject(mode: DoctorMode, isSubject: boolean, given: readonly string[]): string {
  switch (mode) {
    case 'process':
      return given.includes('pid') ? '--pid' : '--name';
    case 'handler':
      return '--handler';
    case 'followed':
      // A program that is not followed can't be had beside another subject, either.
      return isSubject ? 'a program after --' : '--follow';
    default:
      return 'a program after --';
  }
}

function noProgram(flag: string, homes: readonly DoctorMode[], mode: DoctorMode): UsageError {
  const example = homes.includes('program') ? '-- node app.js' : '--follow -- node server.js';
  const own = flag === '--follow' ? '' : `${flag} … `;
  return new UsageError(
    `${flag} has no program`,
    `it goes with a program that doctor starts, and ${deeds[mode]}`,
    `leave out ${flag}, or write a program after --: timer-notify doctor ${own}${example}`,
  );
}

function noProcess(flag: string): UsageError {
  return new UsageError(
    `${flag} has no process`,
    `it goes with --pid or --name, and ${deeds.checks}`,
    `leave out ${flag}, or say which process: timer-notify doctor ${flag} … --pid 4711`,
  );
}

function modeOf(program: readonly string[], given: readonly string[]): DoctorMode {
  if (program.length > 0) return given.includes('follow') ? 'followed' : 'program';
  if (given.includes('pid') || given.includes('name')) return 'process';
  return given.includes('handler') ? 'handler' : 'checks';
}
