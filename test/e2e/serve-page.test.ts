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
