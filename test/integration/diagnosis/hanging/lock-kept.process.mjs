// The first holder of a lock ends without releasing it; what is to be done then leads to no request.
import { createServer } from 'node:http';

class Lock {
  #held = false;
  #waiting = [];

  async acquire() {
    if (this.#held) await new Promise((resolve) => this.#waiting.push(resolve));
    this.#held = true;
  }
}

const lock = new Lock();

await lock.acquire();
createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
lock.acquire().then(() => {
  globalThis.isTidy = true;
});
globalThis.lock = lock;
