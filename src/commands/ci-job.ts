import { existsSync, readFileSync } from 'node:fs';

interface Manager {
  readonly lockfile: string;
  /** The steps of the job that differ from npm's. */
  readonly inJob: (job: string) => string;
}

const setupNode = '      - uses: actions/setup-node@v4\n';

/** The job says `npm ci`, which needs npm's lockfile: another manager's project gets that manager. */
const managers: readonly Manager[] = [
  { lockfile: 'pnpm-lock.yaml', inJob: (job) => withManager(job, 'pnpm', 'pnpm install --frozen-lockfile') },
  {
    lockfile: 'yarn.lock',
    inJob: (job) =>
      withManager(
        job,
        'yarn',
        `yarn install ${isClassicYarn() ? '--frozen-lockfile' : '--immutable'}`,
      ).replace('npx timer-notify', 'yarn timer-notify'),
  },
];

/** The job as this directory's lockfile wants it. */
export function jobForProject(job: string): string {
  if (existsSync('package-lock.json')) return job;
  const manager = managers.find(({ lockfile }) => existsSync(lockfile));
  return manager === undefined ? job : manager.inJob(job);
}

function withManager(job: string, name: string, install: string): string {
  return job
    .replace(setupNode, `      - run: corepack enable\n${setupNode}`)
    .replace('cache: npm', `cache: ${name}`)
    .replace('npm ci', install);
}

function isClassicYarn(): boolean {
  return readFileSync('yarn.lock', 'utf8').includes('yarn lockfile v1');
}
