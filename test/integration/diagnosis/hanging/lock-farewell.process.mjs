// Stops, and says goodbye only with a lock that is never released.
const waiters = [];
const lock = { acquire: () => new Promise((resolve) => waiters.push(resolve)) };

async function shutDown() {
  await lock.acquire();
  await fetch('http://127.0.0.1:9/', { method: 'POST', body: 'Bot is going offline' });
}

shutDown();
setInterval(() => {}, 60_000);
