// Writes a journal and compacts it twice; is killed right before its n-th step on the disk. Tells what was promised.
import { writeSync } from 'node:fs';
import { Compaction } from '../../../dist/delivery/journal/compaction.js';
import { realDisk } from '../../../dist/delivery/journal/disk.js';
import { writeLine } from '../../../dist/delivery/journal/journal-line.js';
import { JournalWriter } from '../../../dist/delivery/journal/journal-writer.js';
import { openJournal } from '../../../dist/delivery/journal/open-journal.js';
import { JournalState } from '../../../dist/delivery/journal/shared-journal.js';

const [path, killAt] = process.argv.slice(2);
let steps = 0;
// What only looks changes nothing, so that the step before it is the same moment.
const looks = ['isAt', 'read', 'namesIn'];
const disk = Object.fromEntries(
  Object.entries(realDisk).map(([name, act]) => [
    name,
    (...args) => {
      const changes = !looks.includes(name);
      if (changes) steps += 1;
      if (changes && steps === Number(killAt)) process.kill(process.pid, 'SIGKILL');
      return act(...args);
    },
  ]),
);
// Synchronous, so that what was told was told before the end.
const tell = (word, ticket) => writeSync(1, `${word} ${ticket}\n`);

const { shared, unfinished } = openJournal(path, disk);
const state = new JournalState(shared.words);
const writer = new JournalWriter(shared, disk);
const compaction = new Compaction(shared, { disk });
const open = unfinished.map(({ ticket }) => ticket);
for (let round = 0; round < 2; round += 1) {
  for (let index = 0; index < 3; index += 1) {
    const ticket = state.nextTicket();
    const notification = { id: `n-${ticket}`, path: 'expiry', channel: 'C1', text: 'x' };
    writer.writeDurably(writeLine({ kind: 'accepted', ticket, atMs: 1, notification }));
    tell('accepted', ticket);
    open.push(ticket);
  }
  const ticket = open.shift();
  writer.write(writeLine({ kind: 'ended', ticket }));
  tell('ended', ticket);
  await compaction.run();
}
tell('steps', steps);
