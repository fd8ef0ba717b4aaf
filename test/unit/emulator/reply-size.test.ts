import { describe, expect, it } from 'vitest';
import { parseReplySize } from '../../../src/emulator/reply-size.ts';

describe('a reply size', () => {
  it.each([
    ['512B', 512],
    ['128KB', 131_072],
    ['1.5kb', 1536],
    ['2MB', 2_097_152],
  ])('%s is %i bytes', (text, bytes) => {
    expect(parseReplySize(text)).toBe(bytes);
  });

  it.each(['128', 'KB', '-1KB', '1GB', '65MB', ''])('%j is refused', (text) => {
    expect(() => parseReplySize(text)).toThrow(`bad size "${text}"`);
  });
});
