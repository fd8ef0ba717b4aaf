// Ends 10,000 threads in the middle of `send`: node test/chaos/terminations.mjs [how many]. Exits with 1 where the
// bystander lost a message or waited a second, or where a message is missing whose `send` had returned.
import { terminateSenders } from './terminate-senders.mjs';

const count = Number(process.argv[2] ?? 10_000);
const memory = Math.round(count / 100);
const inLoop = Math.round(count / 20);
const startedAt = performance.now();
const result = await terminateSenders({
  interrupted: count - memory - 2 * inLoop,
  loop: inLoop,
  once: inLoop,
  memory,
  parallel: 4,
});
const { bystander, missing, inFlight } = result;
const summary = {
  node: process.version,
  seconds: Math.round((performance.now() - startedAt) / 1000),
  ...result,
  missing: missing.length,
  bystander: { ...bystander, notDelivered: bystander.notDelivered.length },
};
process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
const isRight =
  missing.length === 0 &&
  bystander.notDelivered.length === 0 &&
  bystander.missing === 0 &&
  bystander.p99Ms < 1000 &&
  inFlight === 0;
process.exitCode = isRight ? 0 : 1;
