import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { build, type Format } from 'esbuild';
import { type Plugin, rollup } from 'rollup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import webpack from 'webpack';
import type { Session } from '../../dist/emulator/emulator.js';
import { startEmulator } from '../../dist/emulator/start-emulator.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'timer-notify-package-'));
const project = join(folder, 'project');

/** Sends one notification from main and one from a worker, in either module system. */
const program = `
  const { Worker, isMainThread } = require('node:worker_threads');
  const { attachNotifier, createNotifier } = require('timer-notify');
  async function main() {
    const notifier = await createNotifier({ token: 'xoxb-test-token', baseUrl: process.env.SLACK_API_URL });
    const told = await notifier.send({ id: 'main', channel: '#general', text: 'Timer expired' });
    if (told.status !== 'delivered') throw new Error(JSON.stringify(told));
    await new Promise((resolve) => new Worker(__filename).on('exit', resolve));
    await notifier.close();
  }
  async function worker() {
    const notifier = await attachNotifier();
    await notifier.send({ id: 'worker', channel: '#general', text: 'Timer expired' });
    await notifier.close();
  }
  (isMainThread ? main : worker)();
`;

/** Uses every kind of outcome, and an option that there is not. */
const typedProgram = `
  import { attachNotifier, createNotifier } from 'timer-notify';
  const notifier = await createNotifier({ token: 'xoxb-test-token', strategy: 'shared-pool' });
  const outcome = await notifier.send({ channel: '#general', text: 'Timer expired' });
  switch (outcome.status) {
    case 'delivered': { const ts: string | null = outcome.ts; console.log(ts); break; }
    case 'failed': { const again: boolean = outcome.retryable && !outcome.ambiguous; console.log(outcome.code, again); break; }
    case 'timed-out': { const inDoubt: boolean = outcome.ambiguous; console.log(outcome.waitingFor, inDoubt); break; }
    default: { const none: never = outcome; console.log(none); }
  }
  // @ts-expect-error it must be a number
  await createNotifier({ token: 'xoxb-test-token', deadlineMs: '5s' });
  // @ts-expect-error the bug is not for use
  await createNotifier({ token: 'xoxb-test-token', strategy: 'detached' });
  // @ts-expect-error one of them
  await createNotifier({ token: 'xoxb-test-token', webhookUrl: 'https://hooks.slack.com/services/T000/B000/XXXX' });
  await (await attachNotifier()).close();
`;

const asModule = program
  .replace(/const \{ (.*) \} = require\((.*)\);/g, 'import { $1 } from $2;')
  .replace('new Worker(__filename)', 'new Worker(new URL(import.meta.url))');

let slack: Session;

beforeAll(async () => {
  const emulator = await startEmulator();
  slack = await emulator.open({});
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "private": true }');
  writeFileSync(join(project, 'app.cjs'), program);
  writeFileSync(join(project, 'app.mjs'), asModule);
  npm(root, 'pack', '--ignore-scripts', '--pack-destination', folder);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  npm(project, 'install', join(folder, tarball ?? ''), '--prefer-offline', '--no-audit', '--no-fund');
}, 180_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function npm(cwd: string, ...args: string[]): void {
  const { status, stderr } = spawnSync('npm', args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm ${args[0]} failed: ${stderr}`);
}

interface Run {
  readonly code: number | null;
  readonly stderr: string;
  readonly arrived: readonly (string | null)[];
}

async function run(file: string, cwd = project): Promise<Run> {
  const before = slack.arrivals.length;
  const child = spawn(process.execPath, [file], {
    cwd,
    env: { PATH: process.env.PATH, SLACK_API_URL: slack.baseUrl },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  await slack.flush();
  return { code, stderr, arrived: slack.arrivals.slice(before).map(({ id }) => id) };
}

/** Bundles the program so that nothing is left to find in node_modules. */
async function bundle(format: Format, entries: Record<string, string>, name: string): Promise<string> {
  const outdir = join(folder, name);
  await build({
    absWorkingDir: project,
    entryPoints: entries,
    outdir,
    bundle: true,
    platform: 'node',
    format,
    outExtension: { '.js': format === 'esm' ? '.mjs' : '.cjs' },
    logLevel: 'silent',
    // undici and others are CommonJS and require Node's own modules.
    ...(format === 'esm'
      ? {
          banner: {
            js: "import { createRequire as topLevelRequire } from 'node:module'; const require = topLevelRequire(import.meta.url);",
          },
        }
      : {}),
  });
  return outdir;
}

/** Bundles the program for a server, as Next.js does, but for what is to be left in node_modules. */
async function webpackBundle(
  entry: Record<string, string>,
  name: string,
  externals: Record<string, string> = {},
): Promise<string> {
  const outdir = join(folder, name);
  const compiler = webpack({
    context: project,
    mode: 'production',
    // Which takes most of the time, and changes no name that is looked up.
    optimization: { minimize: false },
    target: 'node20',
    entry,
    externals,
    output: { path: outdir, filename: '[name].cjs', chunkFilename: 'chunk-[name].cjs' },
  });
  if (compiler === null) throw new Error('webpack has not begun');
  const stats = await promisify(compiler.run.bind(compiler))();
  await promisify(compiler.close.bind(compiler))();
  expect(stats?.toString({ all: false, errors: true, warnings: true })).toBe('');
  return outdir;
}

/** Required, because its types say that an imported default is the module. */
const commonjs: (options: object) => Plugin = createRequire(import.meta.url)('@rollup/plugin-commonjs');

async function rollupBundle(external: string[], name: string): Promise<string> {
  const outdir = join(folder, name);
  const bundling = await rollup({
    input: { app: join(project, 'app.mjs'), ...(external.length === 0 ? { 'io-thread': ioThread() } : {}) },
    external: [...external, /^node:/],
    plugins: [nodeResolve({ preferBuiltins: true }), commonjs({ ignore: ['node:sqlite'] })],
    onwarn: () => {},
  });
  await bundling.write({ dir: outdir, format: 'esm', entryFileNames: '[name].mjs' });
  await bundling.close();
  return outdir;
}

function ioThread(): string {
  return createRequire(join(project, 'app.mjs')).resolve('timer-notify/io-thread');
}

/** What a bundle finds on a machine that has nothing else. */
async function runWithoutNodeModules(file: string, cwd: string): Promise<Run> {
  const hidden = join(folder, 'hidden');
  renameSync(join(project, 'node_modules'), hidden);
  try {
    return await run(file, cwd);
  } finally {
    renameSync(hidden, join(project, 'node_modules'));
  }
}

const well: Run = { code: 0, stderr: '', arrived: ['main', 'worker'] };

describe('the package, installed into a fresh project', () => {
  it('delivers from an ES module', async () => {
    expect(await run('app.mjs')).toEqual(well);
  });

  it('delivers from CommonJS, without a warning', async () => {
    expect(await run('app.cjs')).toEqual(well);
  });

  it('brings at most 12 packages and 8 MB', () => {
    const modules = join(project, 'node_modules');
    const packages = readdirSync(modules, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /(^|node_modules\/)(@[^/]+\/)?[^/@.]+\/package\.json$/.test(file),
    );
    expect(packages.length).toBeLessThanOrEqual(12);
    expect(packages).toContain('timer-notify/package.json');
    const bytes = readdirSync(modules, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
    expect(bytes / 1e6).toBeLessThanOrEqual(8);
  });

  it('has its command', () => {
    const { stdout } = spawnSync('npx', ['--no-install', 'timer-notify', '--version'], {
      cwd: project,
      encoding: 'utf8',
    });
    expect(stdout).toMatch(/^\d+\.\d+\.\d+/);
  });

  it.each<[Format, string]>([
    ['esm', 'mjs'],
    ['cjs', 'cjs'],
  ])('delivers bundled by esbuild as %s, with the I/O thread as a second entry', async (format, ending) => {
    const entries = { app: `./app.${ending}`, 'io-thread': 'timer-notify/io-thread' };
    const outdir = await bundle(format, entries, `bundle-${format}`);
    expect(await run(join(outdir, `app.${ending}`), outdir)).toEqual(well);
  });

  it('delivers bundled by webpack with the I/O thread as a second entry, and says where it is missing', async () => {
    const entries = { app: './app.cjs', 'io-thread': 'timer-notify/io-thread' };
    const outdir = await webpackBundle(entries, 'webpack');
    expect(await runWithoutNodeModules(join(outdir, 'app.cjs'), outdir)).toEqual(well);
    rmSync(join(outdir, 'io-thread.cjs'));
    const { code, stderr } = await runWithoutNodeModules(join(outdir, 'app.cjs'), outdir);
    expect(code).toBe(1);
    expect(stderr).toContain('TypeError: no I/O thread; the file of the I/O thread was not bundled');
    expect(stderr).toContain('serverExternalPackages');
  });

  it('delivers from a webpack bundle that leaves it in node_modules', async () => {
    const outdir = await webpackBundle({ app: './app.cjs' }, 'webpack-external', {
      'timer-notify': 'commonjs timer-notify',
    });
    const inProject = join(project, 'server');
    cpSync(outdir, inProject, { recursive: true });
    expect(await run(join(inProject, 'app.cjs'))).toEqual(well);
  });

  it('delivers bundled by rollup with the I/O thread as a second entry', async () => {
    const outdir = await rollupBundle([], 'rollup');
    expect(await runWithoutNodeModules(join(outdir, 'app.mjs'), outdir)).toEqual(well);
  });

  it('delivers from a rollup bundle that leaves it in node_modules', async () => {
    const outdir = await rollupBundle(['timer-notify'], 'rollup-external');
    const inProject = join(project, 'rolled');
    cpSync(outdir, inProject, { recursive: true });
    expect(await run(join(inProject, 'app.mjs'))).toEqual(well);
  });

  it('is typed for TypeScript 5.0 and its strictest settings', () => {
    const typed = join(folder, 'typed');
    mkdirSync(typed);
    writeFileSync(join(typed, 'package.json'), '{ "private": true, "type": "module" }');
    npm(
      typed,
      'install',
      'typescript@~5.0.4',
      '@types/node@20',
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
    );
    symlinkSync(join(project, 'node_modules/timer-notify'), join(typed, 'node_modules/timer-notify'));
    writeFileSync(join(typed, 'bot.ts'), typedProgram);
    const compiled = ['nodenext', 'node16', 'bundler'].map((resolution) => {
      const module = resolution === 'bundler' ? 'esnext' : resolution;
      const args = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2022'];
      const { stdout } = spawnSync(
        join(typed, 'node_modules/.bin/tsc'),
        [
          ...args,
          '--skipLibCheck',
          'false',
          '--types',
          'node',
          '--module',
          module,
          '--moduleResolution',
          resolution,
          'bot.ts',
        ],
        { cwd: typed, encoding: 'utf8' },
      );
      return stdout;
    });
    expect(compiled).toEqual(['', '', '']);
  }, 180_000);

  it('delivers from a bundle without its I/O thread that runs beside node_modules', async () => {
    const outdir = await bundle('esm', { app: './app.mjs' }, 'beside');
    const inProject = join(project, 'out');
    cpSync(outdir, inProject, { recursive: true });
    expect(await run(join(inProject, 'app.mjs'))).toEqual(well);
  });

  it('says what to do where the I/O thread is missing from a bundle', async () => {
    const outdir = await bundle('esm', { app: './app.mjs' }, 'missing');
    const { code, stderr } = await run(join(outdir, 'app.mjs'), outdir);
    expect(code).toBe(1);
    expect(stderr).toContain('TypeError: no I/O thread; the file of the I/O thread was not bundled');
    expect(stderr).toContain('--external:timer-notify');
  });
});
