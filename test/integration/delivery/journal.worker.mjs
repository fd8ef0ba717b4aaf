// Promises and ends notifications as fast as it can, while another thread compacts the journal.
import { parentPort, workerData } from 'node:worker_threads';
import { writeLine } from '../../../dist/delivery/journal/journal-line.js';
import { JournalWriter } from '../../../dist/delivery/journal/journal-writer.js';
import { JournalState } from '../../../dist/delivery/journal/shared-journal.js';

const state = new JournalState(workerData.journal.words);
const writer = new JournalWriter(workerData.journal);
const open = [];
for (let index = 0; index < workerData.count; index += 1) {
  const ticket = state.nextTicket();
  const notification = { id: `n-${ticket}`, path: 'expiry', channel: 'C1', text: 'x' };
  writer.writeDurably(writeLine({ kind: 'accepted', ticket, atMs: 1, notification }));
  open.push(ticket);
  if (open.length > 5) writer.write(writeLine({ kind: 'ended', ticket: open.shift() }));
}
parentPort.postMessage(open);
