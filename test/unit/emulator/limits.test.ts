import { describe, expect, test } from 'vitest';
import { chatMethods } from '../../../src/emulator/methods/chat.ts';
import { fileMethods } from '../../../src/emulator/methods/files.ts';
import type { Method, MethodResult } from '../../../src/emulator/methods/method.ts';
import { peopleMethods } from '../../../src/emulator/methods/people.ts';
import { createWorkspace } from '../../../src/emulator/workspace.ts';

/** Calls methods of one new workspace. */
function newWorkspace() {
  const workspace = createWorkspace({});
  return (method: Method, values: Readonly<Record<string, unknown>>) => {
    const reply = method({ workspace, values, encoding: 'json', origin: 'http://127.0.0.1:1' });
    if ('fields' in reply && reply.effect !== undefined) workspace.apply(reply.effect);
    return reply;
  };
}

/** How many of so many calls were accepted, and with what the next one is refused. */
function countAccepted(most: number, call: (index: number) => MethodResult) {
  let accepted = 0;
  while (accepted < most && 'fields' in call(accepted)) accepted += 1;
  return { accepted, next: errorOf(call(accepted)) };
}

function errorOf(reply: MethodResult): string | null {
  return 'error' in reply ? reply.error : null;
}

const schedule = chatMethods['chat.scheduleMessage'];
const getUploadUrl = fileMethods['files.getUploadURLExternal'];

describe('scheduled messages', () => {
  const inAnHour = Math.trunc(Date.now() / 1000) + 3600;

  test('are 30 at most within five minutes of one channel', () => {
    const call = newWorkspace();
    const at = (post_at: number, channel = '#general') => call(schedule, { channel, text: 'x', post_at });
    expect(countAccepted(100, (index) => at(inAnHour + index))).toEqual({
      accepted: 30,
      next: 'restricted_too_many',
    });
    expect(errorOf(at(inAnHour - 200))).toBe('restricted_too_many');
    expect(errorOf(at(inAnHour + 300))).toBe(null);
    expect(errorOf(at(inAnHour, '#random'))).toBe(null);
  });

  test('are bounded by their size in all channels together', () => {
    const call = newWorkspace();
    const text = 'x'.repeat(40_000);
    const { accepted, next } = countAccepted(2000, (index) =>
      call(schedule, { channel: `#c${index}`, text, post_at: inAnHour }),
    );
    expect(next).toBe('restricted_too_many');
    expect(accepted * text.length).toBeLessThan(33_554_432);
  });
});

describe('uploads', () => {
  test('are 10,000 at most, and one more when one was deleted', () => {
    const call = newWorkspace();
    const upload = () => call(getUploadUrl, { filename: 'a.txt', length: 3 });
    const first = upload();
    expect(countAccepted(20_000, upload)).toEqual({ accepted: 9999, next: 'file_uploads_disabled' });
    call(fileMethods['files.delete'], { file: 'fields' in first ? first.fields.file_id : '' });
    expect(errorOf(upload())).toBe(null);
  });

  test('are bounded by the length of their names, too', () => {
    const call = newWorkspace();
    const filename = 'x'.repeat(8_000_000);
    expect(countAccepted(100, () => call(getUploadUrl, { filename, length: 3 }))).toEqual({
      accepted: 4,
      next: 'file_uploads_disabled',
    });
  });
});

test('a message takes 23 reactions of one person', () => {
  const call = newWorkspace();
  const posted = call(chatMethods['chat.startStream'], { channel: 'D0ALICE', thread_ts: '1.0' });
  const { channel, ts: timestamp } = 'fields' in posted ? posted.fields : {};
  const react = (index: number) =>
    call(peopleMethods['reactions.add'], { channel, timestamp, name: `emoji_${index}` });
  expect(countAccepted(100, react)).toEqual({ accepted: 23, next: 'too_many_reactions' });
});
