import { describe, expect, it } from 'vitest';
import { blockErrors } from '../../../src/emulator/blocks.ts';

const text = (length: number, type = 'mrkdwn') => ({ type, text: 'x'.repeat(length) });
const button = (more: object = {}) => ({ type: 'button', text: text(5, 'plain_text'), ...more });
const actions = (elements: readonly object[]) => ({ type: 'actions', elements });

describe('the block validator', () => {
  it.each([
    ['a section', { type: 'section', text: text(3000) }],
    ['a section of fields', { type: 'section', fields: Array(10).fill(text(2000)) }],
    ['a header', { type: 'header', text: text(150, 'plain_text') }],
    ['a divider', { type: 'divider' }],
    ['an image', { type: 'image', alt_text: 'a', image_url: `http://${'x'.repeat(2000)}` }],
    ['25 buttons', actions(Array.from({ length: 25 }, (_, n) => button({ action_id: `a${n}` })))],
    ['rich text, of whatever form', { type: 'rich_text', elements: [{ type: 'anything' }] }],
  ])('lets %s through', (_, block) => {
    expect(blockErrors([block])).toEqual([]);
  });

  it.each([
    [{ type: 'section', text: text(3001) }, 'must be less than 3001 characters', '/blocks/0/text/text'],
    [{ type: 'section', text: text(0) }, 'must be more than 0 characters', '/blocks/0/text/text'],
    [{ type: 'section' }, 'missing required field: text', '/blocks/0'],
    [
      { type: 'section', fields: Array(11).fill(text(1)) },
      'no more than 10 items allowed',
      '/blocks/0/fields',
    ],
    [
      { type: 'section', fields: [text(2001)] },
      'must be less than 2001 characters',
      '/blocks/0/fields/0/text',
    ],
    [{ type: 'header', text: text(151) }, 'must be less than 151 characters', '/blocks/0/text/text'],
    [{ type: 'header', text: { type: 'html', text: 'a' } }, 'unsupported type: html', '/blocks/0/text/type'],
    [
      { type: 'context', elements: Array(11).fill(text(1)) },
      'no more than 10 items allowed',
      '/blocks/0/elements',
    ],
    [actions(Array(26).fill(button())), 'no more than 25 items allowed', '/blocks/0/elements'],
    [actions([]), 'must have at least 1 items', '/blocks/0/elements'],
    [actions([button({ style: 'green' })]), 'must be a valid enum value', '/blocks/0/elements/0/style'],
    [
      actions([button({ text: text(76) })]),
      'must be less than 76 characters',
      '/blocks/0/elements/0/text/text',
    ],
    [actions([button({ value: 'x'.repeat(2001) })]), 'must be less than 2001', '/blocks/0/elements/0/value'],
    [
      actions([button({ action_id: 'a' }), button({ action_id: 'a' })]),
      'action_id must be unique: a',
      '/blocks/0/elements/1/action_id',
    ],
    [{ type: 'divider', block_id: 'x'.repeat(256) }, 'must be less than 256', '/blocks/0/block_id'],
    [{ type: 'image', image_url: 'http://a' }, 'must be a string', '/blocks/0/alt_text'],
    [{ type: 'sectoin' }, 'unsupported type: sectoin', '/blocks/0/type'],
    [{ text: 'a' }, 'missing required field: type', '/blocks/0'],
    ['a', 'missing required field: type', '/blocks/0'],
  ])('refuses %j', (block, what, pointer) => {
    const [error] = blockErrors([block]);
    expect(error).toContain(what);
    expect(error).toContain(`[json-pointer:${pointer}]`);
  });

  it('refuses the 51st block and a block_id used twice', () => {
    expect(blockErrors(Array(51).fill({ type: 'divider' }))).toEqual([
      '[ERROR] no more than 50 items allowed [json-pointer:/blocks]',
    ]);
    const twice = { type: 'divider', block_id: 'a' };
    expect(blockErrors([twice, twice])).toEqual([
      '[ERROR] block_id must be unique: a [json-pointer:/blocks/1/block_id]',
    ]);
  });
});
