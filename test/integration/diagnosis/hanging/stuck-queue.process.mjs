// A job returns early and does not call back: the one behind it is never taken.
const jobs = [];
let isBusy = false;

function next() {
  if (isBusy) return;
  const job = jobs.shift();
  if (job === undefined) return;
  isBusy = true;
  job(() => {
    isBusy = false;
    next();
  });
}

function post(text) {
  return (done) => {
    if (text === '') return;
    fetch('http://127.0.0.1:9/', { method: 'POST', body: text }).then(done, done);
  };
}

jobs.push(post(''), post('Timer expired'));
next();
setInterval(() => {}, 60_000);
