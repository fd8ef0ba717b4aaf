import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { createRecordDirectory } from '../../../src/diagnosis/collect/record-directory.ts';

/** Puts one new file after the other into the folder, until that is gone. */
const writer = `
const { workerData, parentPort } = require('node:worker_threads');
const { writeFileSync } = require('node:fs');
try {
  for (let serial = 0; ; serial++) {
    writeFileSync(workerData + '/1.0.' + serial, '{}');
    if (serial === 100) parentPort.postMessage('writing');
  }
} catch {}
`;

describe('the record of a program', () => {
  it('is removed while processes of the program still write to it', async () => {
    for (let round = 0; round < 5; round++) {
      const record = createRecordDirectory();
      const worker = new Worker(writer, { eval: true, workerData: record.path });
      await new Promise((resolve) => worker.once('message', resolve));
      record.remove();
      expect(existsSync(record.path)).toBe(false);
      await worker.terminate();
    }
  });
});
