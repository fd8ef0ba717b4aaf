import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { declaredPackages } from '../diagnosis/checks/project-package.ts';
import { UsageError } from '../errors.ts';
import { makeFolder } from '../make-folder.ts';
import { shippedFile } from '../package-files.ts';
import { refuseUnwritable, unwritable } from '../report/write.ts';
import { installCommand, jobForProject } from './ci-job.ts';
import type { CommandContext, CommonOptions } from './command.ts';
import { noteIdleConfig } from './idle-config.ts';
import { documentPublisher } from './publish-report.ts';

interface InitOptions extends CommonOptions {
  readonly force?: boolean;
}

const configFile = 'timer-notify.config.yaml';
const ciJob = '.github/workflows/timer-notify.yml';

/** What it prints is no report. */
export const isDocument = true;

export function configure(command: Command): void {
  command.option('--force', 'overwrite existing files').addHelpText(
    'after',
    `
It writes ${configFile}, with every setting commented out, and ${ciJob}, a job that runs the benchmark on each pull request; that needs this package among your devDependencies. It measures timer-notify's own strategies; the gate for your bot is timer-notify serve -- npm test.

Examples:
  timer-notify init
`,
  );
}

export async function run(command: Command, { terminal }: CommandContext): Promise<number> {
  const { force = false, ...options } = command.opts<InitOptions>();
  const publish = documentPublisher('init', options, terminal);
  noteIdleConfig('init', options, terminal);
  const files = [
    { path: configFile, text: commentedConfig() },
    { path: ciJob, text: jobForProject(readFileSync(shippedFile('docs/ci-job.yml'), 'utf8')) },
  ];
  const taken = files.filter(({ path }) => existsSync(path));
  if (taken.length > 0 && !force) throw wouldOverwrite(taken.map(({ path }) => path));
  // All or nothing: the next try must not find one of them in its way.
  for (const { path } of files) refuseUnwritable(path);
  for (const { path, text } of files) {
    createFile(path, text);
  }
  const written = files.map(({ path }) => path);
  const declared = declaredPackages('.');
  const isThere = declared.kind === 'read' && declared.packages.has('timer-notify');
  const install = isThere ? null : installCommand();
  await publish({ written, install, ok: true }, () =>
    [
      ...written.map((path) => `wrote ${path}`),
      ...(install === null ? [] : [`The job runs the timer-notify that this project installs: ${install}`]),
    ].join('\n'),
  );
  return 0;
}

function createFile(path: string, text: string): void {
  try {
    makeFolder(dirname(path));
    writeFileSync(path, text);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** The documented file, with nothing set: what is uncommented is a decision of the project. */
function commentedConfig(): string {
  const [, ...lines] = readFileSync(shippedFile('docs/timer-notify.config.yaml'), 'utf8')
    .trimEnd()
    .split('\n');
  const commented = lines.map((line) => (line === '' || line.startsWith('#') ? line : `# ${line}`));
  return [
    '# yaml-language-server: $schema=node_modules/timer-notify/lib/schema/config.schema.json',
    ...commented,
    '',
  ].join('\n');
}

function wouldOverwrite(paths: readonly string[]): UsageError {
  return new UsageError(
    `${paths.join(' and ')} would be overwritten`,
    paths.length === 1 ? 'the file already exists' : 'the files already exist',
    paths.length === 1 ? 'move it away, or add --force' : 'move them away, or add --force',
  );
}
