// A program of one notifier that ends, or stops running, right after it has sent.
import { createNotifier } from 'timer-notify';

const [baseUrl, strategy, ending, deadlineMs = '10000'] = process.argv.slice(2);
const notifier = await createNotifier({
  token: 'xoxb-test-token',
  baseUrl,
  strategy,
  deadlineMs: Number(deadlineMs),
});
const sendAll = (count) => {
  for (let index = 0; index < count; index += 1) {
    void notifier.send({ id: `n-${index}`, channel: `C${index}`, text: `message ${index}` });
  }
};

const endings = {
  block: () => {
    sendAll(50);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
  'exit-once': () => {
    sendAll(1);
    process.exit();
  },
  'exit-listener': () => void process.on('exit', () => sendAll(50)),
  'exit-listener-then-exit': () => {
    process.on('exit', () => sendAll(50));
    process.exit();
  },
};
endings[ending]();
