import { Worker, workerData } from 'node:worker_threads';

new Worker(new URL('./send.mjs', import.meta.url), { workerData });
