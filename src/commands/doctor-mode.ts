import type { Command } from 'commander';
import { UsageError } from '../errors.ts';

/** What `doctor` looks at. */
export type DoctorMode = 'program' | 'process' | 'handler' | 'checks';

const subjects: Readonly<Record<DoctorMode, string>> = {
  program: 'a program behind --',
  process: '--pid or --name',
  handler: '--handler',
  checks: 'the checks of this project',
};

/** The options that only some modes know what to do with; each of them changes what is looked at. */
const belongsTo: Readonly<Record<string, readonly DoctorMode[]>> = {
  pid: ['process'],
  name: ['process'],
  handler: ['handler'],
  follow: ['program'],
  check: ['checks', 'handler'],
  list: ['checks', 'handler'],
  live: ['checks'],
};

/** @throws UsageError where two things to look at were asked for at once. */
export function doctorMode(command: Command): DoctorMode {
  const given = Object.keys(belongsTo).filter((key) => command.getOptionValueSource(key) === 'cli');
  const mode = modeOf(command.args, given);
  const stray = given.find((key) => !belongsTo[key]?.includes(mode));
  if (stray === undefined) return mode;
  if (stray === 'follow') {
    throw new UsageError(
      '--follow has no program',
      'it watches one from its start',
      'write it behind --: timer-notify doctor --follow -- node server.js',
    );
  }
  throw new UsageError(
    `--${stray} together with ${subjects[mode]}`,
    'each of them says what to look at, and doctor looks at one thing at a time',
    remedyFor(stray, mode),
  );
}

/** Some options only go with a subject; others are one. */
function remedyFor(stray: string, mode: DoctorMode): string {
  const homes = belongsTo[stray] ?? [];
  const isSubject = homes.some((home) => subjects[home].includes(`--${stray}`));
  return isSubject
    ? `leave out --${stray}, or ${subjects[mode]}`
    : `leave one of them out; --${stray} goes with ${homes.map((home) => subjects[home]).join(' or ')}`;
}

function modeOf(program: readonly string[], given: readonly string[]): DoctorMode {
  if (program.length > 0) return 'program';
  if (given.includes('pid') || given.includes('name')) return 'process';
  return given.includes('handler') ? 'handler' : 'checks';
}
