// Sends until it is ended from outside, wherever that strikes. `returned` counts the calls of `send` that have returned.
import vm from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { attachNotifier } from '../../dist/index.js';

const { handle, prefix, ending, returned, underWay, rounds } = workerData;

const mostUnderWay = 50;

async function sender() {
  const notifier = await attachNotifier(handle);
  let index = 0;
  return (round = 0) => {
    notifier.send({ id: `${prefix}:${round}:${index}`, channel: 'C1', text: 'x'.repeat(1 + (index % 700)) });
    index += 1;
    Atomics.store(returned, round, index);
  };
}

const endings = {
  /** Ended by its parent in a tight loop. */
  loop: (send) => {
    for (;;) send();
  },
  /** Ended by its parent right after one message. */
  once: (send) => {
    send();
    for (;;);
  },
  /** Ended by its own limits, wherever memory is asked for. */
  memory: (send) => {
    const kept = [];
    for (;;) {
      send();
      for (let index = 0; index < 200; index += 1) kept.push(new Array(500).fill(index));
    }
  },
};

if (ending === 'interrupted') {
  // The same interrupt that ends a worker, thousands of times in one: what it leaves is never touched again.
  const script = new vm.Script('interruptedSending()');
  for (let round = 0; round < rounds; round += 1) {
    // No more than a server has answered soon: the bystander's latency is not that of a queue.
    while (Atomics.load(underWay, 0) > mostUnderWay) Atomics.wait(underWay, 0, Atomics.load(underWay, 0), 1);
    const send = await sender();
    globalThis.interruptedSending = () => {
      const startAt = performance.now() + 0.9 + Math.random() * 0.2;
      while (performance.now() < startAt);
      for (let left = 30; left > 0; left -= 1) send(round);
      for (;;);
    };
    try {
      script.runInThisContext({ timeout: 1 });
    } catch (error) {
      if (error.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    }
  }
  parentPort.postMessage('done');
} else {
  const send = await sender();
  parentPort.postMessage('ready');
  endings[ending](send);
}
