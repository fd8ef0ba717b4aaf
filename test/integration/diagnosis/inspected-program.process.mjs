// Waits at a lock that is never released, with a worker parked beside it.
import { Worker } from 'node:worker_threads';

class Lock {
  waiters = [];
  acquire() {
    return new Promise((resolve) => this.waiters.push(resolve));
  }
}

const lock = new Lock();

async function notify() {
  await lock.acquire();
}

async function onTick() {
  await Promise.all([notify()]);
}

async function rest() {
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}

onTick();
rest();

const parking = `
  require('node:worker_threads').parentPort.postMessage('about to park');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
`;
new Worker(parking, { eval: true, name: 'parked-one' }).once('message', () =>
  process.stdout.write('ready\n'),
);
