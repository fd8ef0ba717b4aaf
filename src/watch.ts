/**
 * `node --require timer-notify/watch server.js`: watches the program for as long as it runs, and reports each finding
 * where its own monitoring looks: on the diagnostics channel `timer-notify:finding`, to OpenTelemetry where that is
 * installed, and as a line of JSON. Settings: TIMER_NOTIFY_WATCH=off | stderr | <file>, default: stderr;
 * TIMER_NOTIFY_WATCH_HANG_AFTER, a duration, default: 5s.
 */
import { spawn } from 'node:child_process';
import { channel } from 'node:diagnostics_channel';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';
import { createRecordDirectory } from './diagnosis/collect/record-directory.ts';
import { writePreload } from './diagnosis/node/preload.ts';
import type { Finding } from './model/finding.ts';
import { readWatchSettings } from './options/watch-settings.ts';
import { builtFile } from './package-files.ts';

const { output, hangAfterMs, refused, misspelt } = readWatchSettings(process.env);

/** A process that a watched one has started is in that one's record already, and so is one under the doctor. */
const isWatched = /timer-notify-doctor-/.test(process.env.NODE_OPTIONS ?? '');

/** A worker thread loads this file, too, and finds the probe under this name: nothing of the program's changes. */
const probeKey = 'timer-notify/watch: probe';

try {
  if (!isMainThread) watchThread();
  else if (output !== 'off' && !isWatched) watch();
} catch {
  // Whoever watches must not keep the program from running.
}

function watchThread(): void {
  const preload = getEnvironmentData(probeKey);
  if (typeof preload === 'string') load(preload);
}

function load(preload: string): void {
  createRequire(import.meta.url)(preload);
}

function watch(): void {
  for (const { message } of [...refused, ...misspelt])
    process.stderr.write(`timer-notify/watch: ${message}; the default is in effect\n`);
  const directory = createRecordDirectory();
  const preload = join(directory.path, 'preload.cjs');
  writePreload(directory.path);
  const { NODE_OPTIONS: _own, ...env } = process.env;
  const collector = spawn(
    process.execPath,
    [
      fileURLToPath(builtFile('diagnosis/watch.process.js')),
      directory.path,
      String(process.pid),
      String(hangAfterMs),
      output,
    ],
    {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...env, TIMER_NOTIFY_WATCH: 'off' },
      // In a group of its own: a SIGKILL to the program's would leave the folder behind.
      detached: true,
      windowsHide: true,
    },
  );
  collector.on('message', (finding: Finding) => publish(finding));
  collector.on('error', () => directory.remove());
  collector.on('exit', () => directory.remove());
  collector.unref();
  collector.channel?.unref();
  setEnvironmentData(probeKey, preload);
  load(preload);
}

const findings = channel('timer-notify:finding');

function publish(finding: Finding): void {
  findings.publish(finding);
  const api = openTelemetry();
  if (api === null) return;
  const attributes = { 'timer_notify.cause': finding.code, 'timer_notify.severity': finding.severity };
  api.metrics.getMeter('timer-notify').createCounter('timer_notify.findings').add(1, attributes);
  const span = api.trace.getTracer('timer-notify').startSpan('timer-notify finding', { attributes });
  span.setStatus({ code: api.SpanStatusCode.ERROR, message: finding.title });
  span.end();
}

type Api = typeof import('@opentelemetry/api');

/** The program's own copy, looked for from where it runs; null where it has none. */
function openTelemetry(): Api | null {
  try {
    return createRequire(join(process.cwd(), 'noop.js'))('@opentelemetry/api');
  } catch {
    return null;
  }
}
