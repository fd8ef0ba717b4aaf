// Two lists of jobs: in one the job before never calls back, in the other it will.
const stuck = [];
const slow = [];
let stuckBusy = false;
let slowBusy = false;

function nextStuck() {
  if (stuckBusy) return;
  const job = stuck.shift();
  if (job === undefined) return;
  stuckBusy = true;
  job(() => {
    stuckBusy = false;
    nextStuck();
  });
}

function nextSlow() {
  if (slowBusy) return;
  const job = slow.shift();
  if (job === undefined) return;
  slowBusy = true;
  job(() => {
    slowBusy = false;
    nextSlow();
  });
}

stuck.push(
  () => {},
  () => {},
);
slow.push(
  (done) => setTimeout(done, 60_000),
  (done) => done(),
);
nextStuck();
nextSlow();
// What a tick leaves behind is not in the heap any more.
setTimeout(() => process.stdout.write('ready\n'));
