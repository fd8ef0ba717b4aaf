import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { strategyNames } from '../../src/model/names.ts';
import { renderHtml } from '../../src/report/html/page.ts';
import { sampleBenchReport, sampleCell, sampleFinding, sampleReport } from '../unit/report/sample-report.ts';
import { collectComplaints, launchChromium, noChromium } from './chromium.ts';

describe.skipIf(noChromium)('the HTML report in Chromium (skipped without one)', () => {
  let folder: string;
  let browser: Browser;
  let page: Page;
  let complaints: readonly string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'timer-notify-'));
    browser = await launchChromium();
    const file = join(folder, 'report.html');
    writeFileSync(file, renderHtml(sampleBenchReport({ findings: [sampleFinding()] })));
    page = await browser.newPage();
    complaints = collectComplaints(page, (url) => /^(file|data):/.test(url));
    await page.goto(pathToFileURL(file).href);
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('opens from disk without an error or a request', () => {
    expect(complaints).toEqual([]);
  });

  it.each([1280, 390])('fits a screen %i pixels wide', async (width) => {
    await page.setViewportSize({ width, height: 800 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
  });

  it('breaks no cause within a word on a screen 390 pixels wide', async () => {
    const cells = strategyNames.map((strategy) =>
      sampleCell({ strategy, context: 'main-exiting', completionRate: 0, cause: 'threadpool-starved' }),
    );
    const file = join(folder, 'matrix.html');
    writeFileSync(file, renderHtml(sampleReport({ cells: [...cells] })));
    const matrix = await browser.newPage({ viewport: { width: 390, height: 800 } });
    await matrix.goto(pathToFileURL(file).href);
    // The last part of the name on a line of its own is as wide as a line may be.
    const lines = await matrix.evaluate(`[...document.querySelectorAll('.heat-map small')]
      .filter((small) => small.textContent === 'threadpool-starved')
      .map((small) => {
        const range = document.createRange();
        range.selectNodeContents(small);
        return range.getClientRects().length;
      })`);
    await matrix.close();
    expect(lines).toEqual(strategyNames.map(() => 2));
  });

  it('follows the colour scheme of the system', async () => {
    const backgrounds: unknown[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      backgrounds.push(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
    }
    expect(backgrounds).toEqual(['rgb(255, 255, 255)', 'rgb(20, 23, 26)']);
  });

  it('hides and shows a strategy’s curves from the keyboard', async () => {
    const display = "getComputedStyle(document.querySelector('.charts path.shared-pool')).display";
    await page.getByRole('checkbox', { name: 'shared-pool' }).focus();
    await page.keyboard.press('Space');
    expect(await page.evaluate(display)).toBe('none');
    await page.keyboard.press('Space');
    expect(await page.evaluate(display)).toBe('inline');
  });

  it('gives assistive technology a name and a description for each chart', async () => {
    expect(await page.getByRole('img', { name: 'Percentiles: parked' }).count()).toBe(1);
  });
});
