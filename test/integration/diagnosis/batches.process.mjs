// Lists that timers' functions empty: one with entries that are to be sent, an empty one, and one that is only shortened.
class Batch {
  entries = [];
  rounds = setInterval(() => this.send(), 60_000);

  send() {
    const body = this.entries.splice(0).join('\n');
    return fetch('http://127.0.0.1:9/batch', { method: 'POST', body });
  }
}

const history = [1, 2, 3].map((line) => ({ line }));
setInterval(() => {
  history.splice(0, history.length - 100);
  fetch(`http://127.0.0.1:9/count/${history.length}`);
}, 60_000);

globalThis.batches = [new Batch(), new Batch()];
globalThis.batches[0].entries.push('tea is on', 'tea is ready');
process.stdout.write('ready\n');
