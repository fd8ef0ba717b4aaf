import { existsSync, readFileSync } from 'node:fs';

interface Manager {
  readonly lockfile: string;
  /** Makes a package one of the project's own, for development. */
  readonly add: string;
  /** The steps of the job that differ from npm's. */
  readonly inJob: (job: string) => string;
}

const setupNode = '      - uses: actions/setup-node@v4\n';

const npm: Manager = {
  lockfile: 'package-lock.json',
  add: 'npm install --save-dev',
  inJob: (job) => job,
};

/** The job says `npm ci`, which needs npm's lockfile: another manager's project gets that manager. */
const managers: readonly Manager[] = [
  npm,
  {
    lockfile: 'pnpm-lock.yaml',
    add: 'pnpm add --save-dev',
    inJob: (job) => withManager(job, 'pnpm', 'pnpm install --frozen-lockfile'),
  },
  {
    lockfile: 'yarn.lock',
    add: 'yarn add --dev',
    inJob: (job) =>
      withManager(
        job,
        'yarn',
        `yarn install ${isClassicYarn() ? '--frozen-lockfile' : '--immutable'}`,
      ).replace('npx timer-notify bench', 'yarn timer-notify bench'),
  },
];

/** The job as this directory's lockfile wants it. */
export function jobForProject(job: string): string {
  const { add, inJob } = managerHere();
  return inJob(job).replace(npm.add, add);
}

/** What makes timer-notify one of the packages that the job installs. */
export function installCommand(): string {
  return `${managerHere().add} timer-notify`;
}

function managerHere(): Manager {
  return managers.find(({ lockfile }) => existsSync(lockfile)) ?? npm;
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
