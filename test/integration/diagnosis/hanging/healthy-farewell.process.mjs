// Says goodbye once it is told to stop, by its parent's message.
let stop;
const stopped = new Promise((resolve) => {
  stop = resolve;
});
const commands = { stop: () => stop() };
setInterval(() => commands[globalThis.command]?.(), 60_000);

async function sayGoodbye() {
  await stopped;
  await fetch('http://127.0.0.1:9/', { method: 'POST', body: 'Bot is going offline' });
}

sayGoodbye();
