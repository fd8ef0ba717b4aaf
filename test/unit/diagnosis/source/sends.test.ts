import { describe, expect, it } from 'vitest';
import { sends } from '../../../../src/diagnosis/source/sends.ts';

describe('code that sends, by the names of what it calls', () => {
  it.each([
    'await fetch(url)',
    'notifier.send(message)',
    'await slack.chat.postMessage({ channel, text })',
    'client?.chat?.postMessage({ channel, text })',
    'await app.client.chat\n  .postMessage({ channel, text })',
    'await client.chat.update({ channel, ts, text })',
    'await client.chat.scheduleMessage({ channel, post_at: at, text })',
  ])('is %s', (code) => expect(sends(code)).toBe(true));

  it.each([
    'port.postMessage(job)',
    'worker.postMessage(job)',
    'chatPort.postMessage(job)',
    'jobs.push(job)',
    'progress.update(1)',
    'console.log("chat.postMessage()")',
  ])('is not %s', (code) => expect(sends(code)).toBe(false));
});
