// Three queues of fastq: the worker of one never calls back, that of another will, and the third is paused.
import fastq from 'fastq';

function forget() {}

function takeLong(_, done) {
  setTimeout(done, 60_000);
}

function wait(_, done) {
  done();
}

const forgotten = fastq(forget, 1);
const slow = fastq(takeLong, 1);
const paused = fastq(wait, 1);
paused.pause();
const all = [forgotten, slow, paused];
// Whatever nothing refers to is not in the heap.
setInterval(() => all.length, 60_000);
for (const queue of all) for (const job of [1, 2, 3]) queue.push(job, () => {});
// What a tick leaves behind is not in the heap any more.
setTimeout(() => process.stdout.write('ready\n'));
