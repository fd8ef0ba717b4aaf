// Delivers one notification, and does something to the doctor's record of it: `node hostile-record.cjs <what> [pid]`.
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const { createServer } = require('node:http');
const { join } = require('node:path');

const [what, pid] = process.argv.slice(2);
const preload = /--require "?([^" ]+)/.exec(process.env.NODE_OPTIONS)[1];
const folder = join(preload, '..');
const ownFile = () => join(folder, `${process.pid}.0.000000`);
const now = () => Number(process.hrtime.bigint()) / 1e6;

const mischief = {
  fifo: () => execFileSync('mkfifo', [join(folder, '1.0.000000')]),
  link: () => fs.symlinkSync('/dev/zero', join(folder, '1.0.000000')),
  folder: () => fs.mkdirSync(join(folder, '1.0.000000')),
  garbage: () => {
    const events = [
      '{"e":"nothing"}',
      '{"e":"request"}',
      '{"e":"stack","id":1,"frames":7}',
      '{"e":"constructor"}',
      'null',
      '\u001b[2J',
    ];
    fs.appendFileSync(ownFile(), `\n${events.join('\n')}\n`);
  },
  'endless line': () => {
    for (let count = 0; count < 40; count += 1) fs.appendFileSync(ownFile(), 'x'.repeat(1024 * 1024));
    fs.appendFileSync(ownFile(), '\n');
  },
  removed: () => fs.rmSync(folder, { recursive: true }),
  'linked question': () => {
    fs.symlinkSync(pid, join(folder, 'look'));
    setInterval(() => {}, 1000);
  },
  'forged pid': () => {
    const thread = {
      e: 'thread',
      t: now(),
      pid: Number(pid),
      tid: 0,
      ppid: process.pid,
      isMain: true,
      file: 'x',
      node: 'v20',
      debugPort: 1,
      ports: [],
    };
    const beat = { e: 'beat', t: now(), wakeable: true };
    const due = { e: 'timer-set', t: now(), id: 1, delayMs: 1, repeats: false, stack: null };
    fs.writeFileSync(
      join(folder, `${pid}.0.000000`),
      [thread, beat, due].map((event) => `${JSON.stringify(event)}\n`).join(''),
    );
    setInterval(() => {}, 1000);
  },
};

const server = createServer((request, response) =>
  request.resume().on('end', () => response.end('{"ok":true}')),
);
server.listen(0, '127.0.0.1', async () => {
  mischief[what]();
  await fetch(`http://127.0.0.1:${server.address().port}/`, { method: 'POST', body: '{}' });
  server.close();
});
