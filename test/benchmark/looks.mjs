// Starts each program bare, looks into it with `doctor --pid` while it hangs, and compares the verdict with the right one.
// node test/benchmark/looks.mjs [--only text] [--shard i/n] [--node path | --python path] [--keep] [--after ms] [--interval 1s] [--out folder] [folder …]
// One at a time: a process that is woken opens its inspector on Node's one default port. Each shard may have a network of
// its own: unshare -n bash -c 'ip link set lo up; node test/benchmark/looks.mjs --shard 1/3 fixtures/apps fixtures/reports/node'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', default: '' },
    node: { type: 'string', default: process.execPath },
    /** Of Python 3.14 or later: its programs are looked at, and not Node’s. */
    python: { type: 'string' },
    after: { type: 'string', default: '3500' },
    interval: { type: 'string', default: '2s' },
    keep: { type: 'boolean', default: false },
    out: { type: 'string' },
    shard: { type: 'string', default: '1/1' },
  },
});
/** Many programs end themselves after some seconds: kept, they go on hanging. */
const keeping = ['--import', 'data:text/javascript,process.exit=()=>{}'];

const root = fileURLToPath(new URL('../../', import.meta.url));
const cli = join(root, 'bin/timer-notify.js');

/** Causes that are in the past when somebody looks: the request failed, or who was to send has ended. */
const over = new Set([
  'thread-exited',
  'process-exited',
  'refused',
  'reset',
  'dns-not-found',
  'tls-untrusted',
  'rate-limited',
  'http-error',
  'rejected-by-slack',
  'timer-overflow',
  'timer-unreferenced',
  'never-requested',
  'process-suspended',
  'inconclusive',
]);

/** A folder says what is right of its programs in expected.json, or each program in its first lines. */
function programsOf(folder) {
  return existsSync(join(folder, 'expected.json')) ? reports(folder) : fixtures(folder);
}

function fixtures(folder) {
  return readdirSync(folder)
    .filter((file) => (isPython ? /\.py$/ : /\.[cm]js$/).test(file))
    .flatMap((file) => {
      const [, verdict, place = ''] =
        /^(?:\/\/|#) verdict: (\S+)(?: +place: (.+))?$/m.exec(readFileSync(join(folder, file), 'utf8')) ?? [];
      const places = place.split('|').filter(Boolean);
      return verdict === undefined
        ? []
        : [{ path: join(folder, file), verdicts: verdict.split('|'), args: [], places }];
    });
}

function reports(folder) {
  return JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')).flatMap(
    ({ app, verdicts, place = [], twin, twinVerdicts = ['healthy'], nodeArgs = [] }) =>
      app.endsWith('.py') !== isPython
        ? []
        : [
            { path: join(folder, app), verdicts, args: nodeArgs, places: place },
            ...(twin === undefined
              ? []
              : [{ path: join(folder, twin), verdicts: twinVerdicts, args: nodeArgs, places: [] }]),
          ],
  );
}

const isPython = values.python !== undefined;
const [shard = 1, shards = 1] = values.shard.split('/').map(Number);
const folders =
  positionals.length === 0 ? [join(root, 'fixtures/apps')] : positionals.map((one) => resolve(one));
const programs = folders
  .flatMap(programsOf)
  .filter(({ path }) => path.includes(values.only))
  .filter((_, index) => index % shards === shard - 1);
const receivers = new Map();
const rows = [];
for (const program of programs) {
  const row = await lookAt(program);
  rows.push(row);
  process.stdout.write(
    `${row.result.padEnd(8)} ${basename(row.path).padEnd(46)} ${row.verdicts.join('|').padEnd(24)} ${row.verdict}  ${row.place}\n`,
  );
}

async function lookAt({ path, verdicts, args, places }) {
  const { NODE_OPTIONS: _options, ...env } = process.env;
  // A process group of its own, so that its servers end with it.
  const words = isPython ? [] : [...(values.keep ? keeping : []), ...args];
  const child = spawn(values.python ?? values.node, [...words, path], {
    stdio: 'ignore',
    env: isPython ? { ...env, PYTHONPATH: dirname(path), ...(await receiver(dirname(path))) } : env,
    cwd: dirname(path),
    detached: true,
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  try {
    const ended = await Promise.race([exited.then(() => true), sleep(Number(values.after), false)]);
    if (ended) return { path, verdicts, verdict: '-', result: 'ended', place: '' };
    const doctor = spawn(
      process.execPath,
      [cli, 'doctor', '--json', '--interval', values.interval, '--pid', String(child.pid)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
        env,
      },
    );
    const report = JSON.parse(await text(doctor.stdout));
    if (values.out !== undefined) {
      mkdirSync(values.out, { recursive: true });
      writeFileSync(join(values.out, `${basename(path)}.json`), JSON.stringify(report, null, 1));
    }
    const verdict = report.verdict ?? `error: ${report.error?.message}`;
    const alive = child.exitCode === null && child.signalCode === null;
    const why = report.blindSpots?.join('; ') ?? '';
    return {
      path,
      verdicts,
      verdict: why === '' ? verdict : `${verdict} (${why})`,
      result: resultOf(verdicts, verdict, alive),
      ...placeOf(report.findings?.[0], places),
    };
  } finally {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
    await exited;
  }
}

/** The far end of a folder's programs, where it has one. */
async function receiver(folder) {
  if (!existsSync(join(folder, 'lib/sink.py'))) return {};
  if (!receivers.has(folder)) {
    const child = spawn(values.python, ['lib/sink.py', '/dev/null'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [port] = await once(child.stdout, 'data');
    receivers.set(folder, { child, HOOK: `http://127.0.0.1:${String(port).trim()}` });
  }
  return { HOOK: receivers.get(folder).HOOK };
}

/** The first frame of the finding, and whether it names a line of the program's own that counts as its place. */
function placeOf(finding, places) {
  const named = [...(finding?.stack ?? []), ...(finding?.evidence ?? [])].join('\n');
  const isPlaced = places.length === 0 ? null : places.some((place) => named.includes(place));
  const first = basename(finding?.stack?.[0] ?? '');
  return { isPlaced, place: isPlaced === false ? `${first} (place: ${places.join(', ')})` : first };
}

function resultOf(verdicts, verdict, alive) {
  if (verdicts.includes(verdict)) return 'right';
  if (!alive) return 'ended';
  if (verdicts.includes('healthy')) return verdict === 'inconclusive' ? 'unsure' : 'accused';
  if (verdicts.every((cause) => over.has(cause))) return 'over';
  return 'missed';
}

for (const { child } of receivers.values()) child.kill();

const count = (result) => rows.filter((row) => row.result === result).length;
const hanging = rows.filter(
  ({ verdicts, result }) => !verdicts.includes('healthy') && (result === 'right' || result === 'missed'),
);
const right = hanging.filter(({ result }) => result === 'right').length;
const placed = hanging.filter(({ result, isPlaced }) => result === 'right' && isPlaced !== null);
process.stdout.write(
  `\nhanging, cause still visible: ${right} of ${hanging.length} right (${Math.round((right / hanging.length) * 100)} %), the line named in ${placed.filter(({ isPlaced }) => isPlaced).length} of ${placed.length}; cause in the past: ${count('over')}; healthy: ${rows.filter(({ verdicts, result }) => verdicts.includes('healthy') && result === 'right').length} right, ${count('accused')} accused, ${count('unsure')} not seen well enough; ended before the look: ${count('ended')}\n`,
);
process.exitCode = hanging.length === 0 || (right / hanging.length >= 0.9 && count('accused') === 0) ? 0 : 1;
