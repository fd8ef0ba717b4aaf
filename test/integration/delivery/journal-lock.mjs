// Takes a journal's lock, as a process or as a thread, tells how that went, and keeps it until it is ended.
import { parentPort, workerData } from 'node:worker_threads';
import { lockJournal } from '../../../dist/delivery/journal/journal-lock.js';

const { path, thenBlock } = workerData ?? JSON.parse(process.argv[2]);
const tell = (word) => (parentPort === null ? process.send(word) : parentPort.postMessage(word));
try {
  await lockJournal(path);
  tell('locked');
  if (thenBlock) while (true);
  setInterval(() => {}, 1000);
} catch (error) {
  tell(error.message);
  process.disconnect?.();
}
