import { type Check, inconclusive, ok, skipped, warn } from './check.ts';
import { findPackage } from './installed-package.ts';
import { declaredPackages } from './project-package.ts';
import { majorOf } from './version.ts';

/** A package whose defaults park a thread, end it, or let a call wait for very long. */
interface RiskyPackage {
  readonly name: string;
  readonly risk: (version: string) => { readonly why: string; readonly fix: string };
}

const awaitInTask =
  'await every request inside the task, or hand it to createNotifier’s shared-pool strategy';

const riskyPackages: readonly RiskyPackage[] = [
  {
    name: 'piscina',
    risk: (version) => ({
      why: 'its idle workers park in Atomics.wait by default: a request that a task did not await waits until the next task',
      fix: `${awaitInTask}; or start the pool with ${majorOf(version) >= 5 ? "atomics: 'disabled'" : 'useAtomics: false'}`,
    }),
  },
  {
    name: 'tinypool',
    risk: () => ({
      why: 'its idle worker threads park in Atomics.wait by default: a request that a task did not await waits until the next task',
      fix: `${awaitInTask}; or start the pool with useAtomics: false`,
    }),
  },
  {
    name: 'bree',
    risk: () => ({
      why: 'it terminates a job’s worker on the message "done" and after closeWorkerAfterMs: a request under way is lost',
      fix: 'send "done" only when every request has been answered',
    }),
  },
  {
    name: 'bullmq',
    risk: () => ({
      why: 'a sandboxed processor’s process or thread is ended when the Worker closes: a request that the processor did not await is lost',
      fix: 'await every request inside the processor',
    }),
  },
  {
    name: 'synckit',
    risk: () => ({
      why: 'it parks the calling thread in Atomics.wait for as long as its worker works: no request of that thread goes on',
      fix: 'call it from a thread that sends nothing',
    }),
  },
  {
    name: '@slack/web-api',
    risk: () => ({
      why: 'by default it sets no timeout and retries for up to 30 minutes: a call may neither return nor fail for as long',
      fix: 'pass `timeout` and a `retryConfig` (for example retryPolicies.fiveRetriesInFiveMinutes) to WebClient',
    }),
  },
  {
    name: '@slack/webhook',
    risk: () => ({
      why: 'by default it sets no timeout: a server that does not respond is waited for without an end',
      fix: 'pass `timeout` to IncomingWebhook',
    }),
  },
];

export const projectChecks: readonly Check[] = riskyPackages.map(({ name, risk }) => ({
  id: `package-${name.replace(/^@/, '').replace('/', '-')}`,
  group: 'project',
  title: `${name}’s defaults`,
  run({ directory }) {
    const declared = declaredPackages(directory);
    if (declared.kind === 'absent') return skipped('no package.json here');
    if (declared.kind === 'unreadable')
      return inconclusive(`cannot read ${declared.file}: ${declared.why}`, 'correct it and run doctor again');
    const installed = findPackage(directory, name);
    if (!declared.packages.has(name))
      return installed === null
        ? ok('not declared in package.json')
        : skipped('installed, but not declared in package.json: it is a dependency’s');
    if (installed === null) return skipped('declared, but not installed');
    const { why, fix } = risk(installed.version);
    return warn(`${name} ${installed.version}: ${why}`, fix);
  },
}));
