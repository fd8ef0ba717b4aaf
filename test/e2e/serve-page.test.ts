import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { collectComplaints, launchChromium, noChromium } from './chromium.ts';
import { type Serving, startServing } from './serving.ts';

describe.skipIf(noChromium)('serve’s live page in Chromium (skipped without one)', () => {
  let browser: Browser;
  let serving: Serving;
  let page: Page;
  let complaints: readonly string[];

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  beforeEach(async () => {
    serving = await startServing();
    page = await browser.newPage();
    complaints = collectComplaints(page, (url) => url.startsWith(serving.origin));
  });
  afterEach(async () => {
    await page.close();
    if (serving.child.exitCode === null) await serving.stop();
  });

  async function post(text: string, more: object = {}): Promise<void> {
    const reply = await fetch(serving.webhookUrl, {
      method: 'POST',
      body: JSON.stringify({ text, ...more }),
    });
    expect(reply.status).toBe(200);
  }

  async function open(): Promise<void> {
    await page.goto(serving.origin);
    await page.getByText('live', { exact: true }).waitFor();
  }

  it('shows what has arrived, and what arrives, newest first', async () => {
    await post('before');
    await open();
    await post('after');
    await page.getByText('after', { exact: true }).waitFor();
    expect(await page.locator('li .text').allTextContents()).toEqual(['after', 'before']);
    expect(await page.locator('#count').textContent()).toBe('2 messages');
    expect(complaints).toEqual([]);
  });

  async function call(method: string, args: object): Promise<Record<string, string>> {
    const headers = { authorization: 'Bearer xoxb-test', 'content-type': 'application/json; charset=utf-8' };
    const body = JSON.stringify({ channel: '#general', ...args });
    const answer = await fetch(`${serving.baseUrl}${method}`, { method: 'POST', headers, body });
    return JSON.parse(await answer.text());
  }

  it.each(['live', 'anew'] as const)('shows replies below their message, read %s', async (how) => {
    if (how === 'live') await open();
    const { ts } = await call('chat.postMessage', { text: 'parent' });
    await call('chat.postMessage', { text: 'other' });
    await call('chat.postMessage', { text: 'reply', thread_ts: ts });
    if (how === 'anew') await open();
    await page.locator('.replies').getByText('reply', { exact: true }).waitFor();
    expect(await page.locator('#entries > li').count()).toBe(2);
    expect(await page.locator('#entries > li:last-child .text').allTextContents()).toEqual([
      'parent',
      'reply',
    ]);
  });

  it.each(['live', 'anew'] as const)('shows refused requests with their text, read %s', async (how) => {
    if (how === 'live') await open();
    await post('before');
    await call('chat.postMessage', { channel: '#is_archived', text: 'refused text' });
    if (how === 'anew') await open();
    await page.locator('.refused').getByText('refused text', { exact: true }).waitFor();
    expect(await page.locator('.refused .problem').allTextContents()).toEqual(['not posted: is_archived']);
    expect(await page.locator('#count').textContent()).toBe('1 message');
  });

  it('says what is wrong with the blocks of a refused request', async () => {
    await call('chat.postMessage', { text: 'x', blocks: [{ type: 'header', text: 'no object' }] });
    await open();
    await page
      .locator('.refused .problem')
      .getByText('must be an object [json-pointer:/blocks/0/text]')
      .waitFor();
  });

  it('names who alone sees a message, and the files that came with one', async () => {
    await open();
    const { channel = '' } = await call('chat.postMessage', { text: 'for all' });
    await call('chat.postEphemeral', { channel, user: 'U0ALICE', text: 'for Alice' });
    await page.getByText('only U0ALICE sees it').waitFor();
    const { upload_url = '', file_id } = await call('files.getUploadURLExternal', {
      filename: 'run.log',
      length: 3,
    });
    await fetch(upload_url, { method: 'POST', body: 'abc' });
    await call('files.completeUploadExternal', { channel_id: channel, files: [{ id: file_id }] });
    await page.locator('.file').getByText('run.log').waitFor();
    expect(await page.locator('.channel').allTextContents()).toEqual(['#general', '#general', '#general']);
  });

  it('draws what agents send', async () => {
    const card = {
      type: 'card',
      title: { type: 'mrkdwn', text: '*One*' },
      body: { type: 'mrkdwn', text: 'body' },
    };
    await post('fallback', {
      blocks: [
        { type: 'alert', level: 'warning', text: { type: 'mrkdwn', text: 'disk full' } },
        {
          type: 'plan',
          title: 'Steps',
          tasks: [{ type: 'task_card', task_id: '1', title: 'Back up', status: 'complete' }],
        },
        { type: 'carousel', elements: [card, card] },
      ],
    });
    await open();
    expect(await page.locator('.blocks > *').allTextContents()).toEqual([
      'disk full',
      'Steps✓ Back up',
      'OnebodyOnebody',
    ]);
    expect(complaints).toEqual([]);
  });

  it('shows an edit, a reaction and a deletion in place', async () => {
    await open();
    const { channel = '', ts } = await call('chat.postMessage', { text: 'first' });
    await call('chat.postMessage', { text: 'second' });
    await call('chat.update', { channel, ts, text: 'changed' });
    await call('reactions.add', { channel, timestamp: ts, name: 'tada' });
    await page.locator('.reaction').waitFor();
    expect(await page.locator('li .text').allTextContents()).toEqual(['second', 'changed']);
    expect(await page.locator('.reaction').allTextContents()).toEqual(['🎉 1']);
    await call('chat.delete', { channel, ts });
    await page.locator('.deleted').getByText('changed').waitFor();
  });

  it('draws Slack’s markup and blocks, and asks nobody else for anything', async () => {
    await post('*bold* <https://example.com|a link>');
    await post('fallback', {
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: 'Deploy' } },
        { type: 'image', image_url: 'https://example.com/a.png', alt_text: 'chart' },
        { type: 'actions', elements: [{ type: 'button', text: { type: 'plain_text', text: 'Go' } }] },
      ],
    });
    await open();
    expect(await page.locator('strong').textContent()).toBe('bold');
    expect(await page.getByText('a link').getAttribute('href')).toBe('https://example.com');
    expect(await page.locator('.blocks > *').allTextContents()).toEqual(['Deploy', '🖼 chart', 'Go']);
    expect(await page.getByText('fallback').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('shows markup as text, from the start and live', async () => {
    const markup = '</script><script>document.title = "run"</script><img src=x onerror="document.title=1">';
    await post(markup);
    await open();
    await post(`${markup} again`);
    await page.getByText('again').waitFor();
    expect(await page.locator('li .text').allTextContents()).toEqual([`${markup} again`, markup]);
    expect(await page.title()).toBe('timer-notify serve');
    expect(complaints).toEqual([]);
  });

  it('clears by its button, on every page that is open', async () => {
    await post('gone');
    await open();
    const other = await browser.newPage();
    await other.goto(serving.origin);
    await other.getByText('live', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Clear' }).click();
    await other.getByText('Nothing has arrived yet').waitFor();
    expect(await serving.received()).toEqual([]);
    await other.close();
  });

  it('says when the server has stopped', async () => {
    await open();
    await serving.stop();
    await page.getByText('server stopped').waitFor();
  });

  it.each([1280, 390])('fits a screen %i pixels wide, whatever the text', async (width) => {
    await page.setViewportSize({ width, height: 800 });
    const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'y'.repeat(500) } }];
    await post('x'.repeat(500), { blocks });
    await open();
    await page.getByText('1 block').click();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
  });

  it('follows the colour scheme of the system', async () => {
    await open();
    const backgrounds: unknown[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      backgrounds.push(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
    }
    expect(backgrounds).toEqual(['rgb(246, 247, 249)', 'rgb(21, 23, 26)']);
  });
});
