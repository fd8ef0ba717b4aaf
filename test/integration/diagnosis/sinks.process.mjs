// Two streams that take lines: one calls back for each, the other never does.
import { Writable } from 'node:stream';

const good = new Writable({
  write(_line, _encoding, done) {
    done();
  },
});
const stuck = new Writable({
  write() {},
});

for (const line of ['one', 'two', 'three']) {
  good.write(line);
  stuck.write(line);
}
setInterval(() => [good, stuck], 1000);
process.stdout.write('ready\n');
