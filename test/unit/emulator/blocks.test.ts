import { describe, expect, it } from 'vitest';
import { blockErrors } from '../../../src/emulator/blocks.ts';

const text = (length: number, type = 'mrkdwn') => ({ type, text: 'x'.repeat(length) });
const button = (more: object = {}) => ({ type: 'button', text: text(5, 'plain_text'), ...more });
const actions = (elements: readonly object[]) => ({ type: 'actions', elements });

const options = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ text: text(75, 'plain_text'), value: `v${n}` }));
const select = (count: number) => ({ type: 'static_select', options: options(count) });

describe('the block validator', () => {
  it.each([
    ['a section', { type: 'section', text: text(3000) }],
    ['a section of fields', { type: 'section', fields: Array(10).fill(text(2000)) }],
    ['a header', { type: 'header', text: text(150, 'plain_text') }],
    ['a divider', { type: 'divider' }],
    ['an image', { type: 'image', alt_text: 'a', image_url: `http://${'x'.repeat(2000)}` }],
    ['an image of Slack’s own', { type: 'image', alt_text: 'a', slack_file: { id: 'F1' } }],
    ['a menu of 100', actions([select(100)])],
    [
      'a menu of groups',
      actions([
        { type: 'static_select', option_groups: [{ label: text(1, 'plain_text'), options: options(2) }] },
      ]),
    ],
    [
      'a context of text and images',
      { type: 'context', elements: [text(1), { type: 'image', alt_text: 'a', image_url: 'http://a' }] },
    ],
    ['an input', { type: 'input', label: text(2000, 'plain_text'), element: { type: 'plain_text_input' } }],
    ['a table', { type: 'table', rows: [[{ type: 'raw_text', text: 'a' }]] }],
    ['25 buttons', actions(Array.from({ length: 25 }, (_, n) => button({ action_id: `a${n}` })))],
    ['an alert', { type: 'alert', text: text(10), level: 'warning' }],
    ['cards', { type: 'carousel', elements: Array(10).fill({ type: 'card', title: text(150) }) }],
    ['a plan', { type: 'plan', title: 'Steps', tasks: [] }],
    ['a task', { type: 'task_card', task_id: '1', title: 'Look', status: 'pending' }],
    ['feedback', { type: 'context_actions', elements: [{ type: 'feedback_buttons' }] }],
    ['a chart', { type: 'data_visualization' }],
    ['a container', { type: 'container' }],
    ['rich text, of whatever form', { type: 'rich_text', elements: [{ type: 'anything' }] }],
  ])('lets %s through', (_, block) => {
    expect(blockErrors([block])).toEqual([]);
  });

  it.each([
    [{ type: 'alert', text: text(1), level: 'loud' }, 'must be a valid enum value', '/blocks/0/level'],
    [{ type: 'card', subtitle: text(1) }, 'missing required field: title', '/blocks/0'],
    [{ type: 'card', body: text(201) }, 'must be less than 201 characters', '/blocks/0/body/text'],
    [{ type: 'card', actions: [text(1)] }, 'unsupported type', '/blocks/0/actions/0/type'],
    [{ type: 'carousel', elements: [] }, 'must have at least 1 items', '/blocks/0/elements'],
    [
      { type: 'carousel', elements: Array(11).fill({ type: 'card', title: text(1) }) },
      'no more than 10 items allowed',
      '/blocks/0/elements',
    ],
    [{ type: 'task_card', task_id: '1', title: 'x' }, 'must be a valid enum value', '/blocks/0/status'],
    [{ type: 'plan' }, 'must be a string', '/blocks/0/title'],
    [
      { type: 'context_actions', elements: [{ type: 'button' }] },
      'unsupported type: button',
      '/blocks/0/elements/0/type',
    ],
    [{ type: 'rich_text', elements: [] }, 'must have at least 1 items', '/blocks/0/elements'],
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
    [
      { type: 'header', text: text(151, 'plain_text') },
      'must be less than 151 characters',
      '/blocks/0/text/text',
    ],
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
      actions([button({ text: text(76, 'plain_text') })]),
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
    [{ type: 'image', alt_text: 'a' }, 'missing required field: image_url', '/blocks/0'],
    [{ type: 'header', text: text(1) }, 'unsupported type: mrkdwn', '/blocks/0/text/type'],
    [actions([button({ text: text(1) })]), 'unsupported type: mrkdwn', '/blocks/0/elements/0/text/type'],
    [
      actions([{ type: 'multi_users_select' }]),
      'unsupported type: multi_users_select',
      '/blocks/0/elements/0/type',
    ],
    [actions([select(101)]), 'no more than 100 items allowed', '/blocks/0/elements/0/options'],
    [actions([{ type: 'overflow', options: options(6) }]), 'no more than 5', '/blocks/0/elements/0/options'],
    [
      actions([{ type: 'static_select', options: [{ text: text(76, 'plain_text'), value: 'a' }] }]),
      'must be less than 76 characters',
      '/blocks/0/elements/0/options/0/text/text',
    ],
    [{ type: 'context', elements: [button()] }, 'unsupported type: button', '/blocks/0/elements/0/type'],
    [{ type: 'input', label: text(1, 'plain_text') }, 'missing required field: type', '/blocks/0/element'],
    [
      { type: 'input', label: text(1), element: { type: 'plain_text_input' } },
      'unsupported type: mrkdwn',
      '/blocks/0/label/type',
    ],
    [
      { type: 'video', title: text(1, 'plain_text'), alt_text: 'a', video_url: 'http://a' },
      'must be a string',
      '/blocks/0/thumbnail_url',
    ],
    [{ type: 'table', rows: [Array(21).fill({})] }, 'no more than 20 items allowed', '/blocks/0/rows/0'],
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
