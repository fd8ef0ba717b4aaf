// Ends with a function suspended, and asks its own inspector about that while it ends.
import { writeSync } from 'node:fs';
import { lookAtAwaits, takeHeapGraph } from '../../../dist/diagnosis/inspect/awaits.js';
import { converseInProcess } from '../../../dist/diagnosis/inspect/in-process.js';

const waiters = [];

async function stuckHere() {
  await new Promise((resolve) => waiters.push(resolve));
}

function* look() {
  const { awaits } = yield* lookAtAwaits(yield* takeHeapGraph());
  return awaits;
}

stuckHere();
process.once('exit', () => writeSync(1, JSON.stringify(converseInProcess(look()))));
