// Sends and then does what `ending` says, in the next statement.
import { workerData } from 'node:worker_threads';
import { attachNotifier } from 'timer-notify';
import { openLog, sendAndTell } from './chaos-sending.mjs';

const { logFile, sender } = workerData;
const notifier = await attachNotifier();
const told = sendAndTell(notifier, openLog(logFile), sender);
if (sender.ending === 'exit') process.exit();
if (sender.ending === 'throw') throw new Error('on purpose');
if (sender.ending === 'stand-still') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
await told;
