import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { LANDING_POLICY, renderLanding } from '../../src/landing/page.tsx';
import { startBrowser, visit } from '../support/browser.ts';
import {
  accountOfSixty,
  accountOfWildScales,
  accountsInAllStates,
  EVIL_NAME,
  INFO,
  landingAccount,
  manyAccounts,
  NOW_MS,
} from '../support/landing-accounts.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
// Where to put the pictures of the documentation.
const SCREENSHOT_FOLDER = process.env['LANDING_SCREENSHOTS'];
// At 960 pixels rows are stacked, and one more makes the narrowest table.
const WIDTHS = [375, 768, 900, 960, 961, 1000, 1400];

const SCENES: Readonly<Record<string, Parameters<typeof renderLanding>[0]['accounts']>> = {
  none: [],
  never: [landingAccount({}), landingAccount({ name: 'a' })],
  all: accountsInAllStates(),
  many: manyAccounts(),
  sixty: [accountOfSixty()],
  wild: [accountOfWildScales()],
};
/** Every state that a page can be in, by its path and query. */
const PAGES = [
  'none/',
  'never/',
  'all/',
  'many/',
  'sixty/',
  'wild/',
  ...['shop', 'games', 'tickets', 'refused', 'misspelt'].map((name) => `all/?account=${name}`),
];

/** Serves a page of each scene below a prefix of the scene's name. */
async function serveScenes(): Promise<{ url: string; close(): Promise<void> }> {
  const server = http.createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const accounts = SCENES[pathname.split('/')[1] ?? ''] ?? [];
    void renderLanding({ accounts, query: Object.fromEntries(searchParams), info: INFO, nowMs: NOW_MS }).then(
      ({ status, html }) => {
        response.writeHead(status, {
          'Content-Type': 'text/html; charset=utf-8',
          'Content-Security-Policy': LANDING_POLICY,
        });
        response.end(html);
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** What axe-core finds wrong with a page, one line each; by all of its rules, or only some. */
async function findFaults(page: Page, rules?: string[]): Promise<string[]> {
  // A script tag would break the page's policy; what a test evaluates does not.
  await page.evaluate(AXE);
  return page.evaluate(async (runOnly) => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    const { violations } = await axe.run(document, { resultTypes: ['violations'], ...(runOnly && { runOnly }) });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  }, rules);
}

/** What reaches over the right edge, or shows less than it holds. */
async function findCut(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('body *')]
      .filter((element) => {
        if (
          element.closest('.hidden, .skip, svg') ||
          getComputedStyle(element.closest('thead') ?? element).clipPath !== 'none'
        ) {
          return false;
        }
        const { right, width } = element.getBoundingClientRect();
        const isClipped =
          element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX !== 'visible';
        return width > 0 && (right > document.documentElement.clientWidth + 0.5 || isClipped);
      })
      .map((element) => element.outerHTML.slice(0, 200)),
  );
}

/** The currencies, and accounts of such names, that a line ends within, though not after an underscore. */
async function findBrokenNames(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('bdi')].flatMap((name) =>
      [...name.childNodes].flatMap((part) => {
        const range = document.createRange();
        range.selectNodeContents(part);
        const lines = new Set([...range.getClientRects()].map(({ top }) => top));
        return lines.size > 1 && /^\w{1,30}$/.test(name.textContent) ? [name.textContent] : [];
      }),
    ),
  );
}

describe('the landing page in a browser', function () {
  this.timeout(120_000);
  let scenes: Awaited<ReturnType<typeof serveScenes>>;
  let browser: Browser;
  before(async function () {
    browser = await startBrowser(this);
    scenes = await serveScenes();
  });
  after(async () => {
    await browser?.close();
    await scenes?.close();
  });

  for (const path of PAGES) {
    it(`breaks nothing, cuts nothing at any width and shuts nobody out: ${path}`, async () => {
      const { page, problems, requests } = await visit(browser, `${scenes.url}/${path}`, { colorScheme: 'light' });
      await page.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = true;
      });
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 800 });
        expect(await page.evaluate(() => document.documentElement.scrollWidth), `${width}`).to.be.at.most(width);
        expect(await findCut(page), `${width}`).to.deep.equal([]);
        expect(await findBrokenNames(page), `${width}`).to.deep.equal([]);
      }
      expect(await findFaults(page)).to.deep.equal([]);
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).to.equal('rgb(14, 19, 25)');
      expect(await findFaults(page, ['color-contrast'])).to.deep.equal([]);
      // Chromium tells that a page was not found, which is meant.
      expect(problems.filter((problem) => !problem.includes('404'))).to.deep.equal([]);
      expect(requests).to.deep.equal([`${scenes.url}/${path}`]);
      await page.context().close();
    });
  }

  for (const colorScheme of SCREENSHOT_FOLDER === undefined ? [] : (['light', 'dark'] as const)) {
    for (const width of [375, 1280]) {
      it(`has its picture taken: ${colorScheme}, ${width} pixels wide`, async () => {
        const path = colorScheme === 'light' ? 'all/' : 'all/?account=games';
        const { page } = await visit(browser, `${scenes.url}/${path}`, {
          colorScheme,
          viewport: { width, height: 960 },
        });
        await page.screenshot({ path: `${SCREENSHOT_FOLDER}/landing-${colorScheme}-${width}.png` });
        await page.context().close();
      });
    }
  }

  it('gives the exact digits of an amount to the clipboard, however it is grouped for the eye', async () => {
    const { page } = await visit(browser, `${scenes.url}/wild/`, {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const row = page.getByRole('row').filter({ hasText: 'SHIB_ETHEREUM' });
    const amount = row.locator('data').first();
    expect(await amount.locator('.group').count()).to.be.above(5);
    // One click takes all of it.
    await amount.click();
    await page.keyboard.press('Control+c');
    expect(await page.evaluate(() => navigator.clipboard.readText())).to.equal('800000000000000.000000000000000001');
    await page.evaluate(() => {
      const selection = getSelection();
      selection?.removeAllRanges();
      const line = [...document.querySelectorAll('tr')].find(({ innerText }) => innerText.includes('SHIB_ETHEREUM'));
      if (line) selection?.selectAllChildren(line);
    });
    await page.keyboard.press('Control+c');
    const line = await page.evaluate(() => navigator.clipboard.readText());
    expect(line).to.include('800000000000000.000000000000000001').and.include('912345678901234.000000000000000001');
    await page.context().close();
  });

  it('keeps its tables tables where a narrow screen shows each line as a block', async () => {
    const { page } = await visit(browser, `${scenes.url}/all/`, { viewport: { width: 960, height: 800 } });
    const row = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: 'games' }) });
    expect(await row.evaluate((element) => getComputedStyle(element).display)).to.equal('block');
    expect(await row.getByRole('cell').first().innerText()).to.equal('▼ 1 critical');
    expect(await page.getByRole('columnheader', { name: 'Value' }).isVisible()).to.equal(true);
    await page.setViewportSize({ width: 961, height: 800 });
    expect(await row.evaluate((element) => getComputedStyle(element).display)).to.equal('table-row');
    await page.context().close();
  });

  it('is sorted, searched, paged and opened by the keyboard alone, without JavaScript', async () => {
    const { page } = await visit(browser, `${scenes.url}/many/`, { javaScriptEnabled: false });
    await page.keyboard.press('Tab');
    const focused = page.locator(':focus');
    expect(await focused.innerText()).to.equal('Skip to the accounts');
    expect((await focused.boundingBox())?.x).to.be.at.least(0);
    const press = async (role: 'link' | 'searchbox', name: string) => {
      await page.getByRole(role, { name, exact: true }).first().focus();
      await page.keyboard.press('Enter');
    };
    const first = () => page.getByRole('rowheader').first().innerText();
    await press('link', 'Account');
    await page.waitForURL(/\?sort=account$/);
    expect(await first()).to.equal('merchant-0001');
    await press('link', 'Account');
    await page.waitForURL(/sort=-account$/);
    expect(await first()).to.equal('merchant-0500');
    expect(await page.locator('[aria-sort]').getAttribute('aria-sort')).to.equal('descending');
    await press('link', 'Next ›');
    await page.waitForURL(/page=2/);
    expect(await first()).to.equal('merchant-0450');
    await page.getByLabel('Account name').fill('0250');
    await press('searchbox', 'Account name');
    await page.waitForURL(/q=0250/);
    expect(await page.getByRole('rowheader').allInnerTexts()).to.deep.equal(['merchant-0250']);
    await press('link', 'merchant-0250');
    await page.waitForURL(/account=merchant-0250/);
    expect(await page.title()).to.equal('merchant-0250 fails: server_error, HTTP 503 – TheDex Exporter');
    await page.context().close();
  });

  it('asks for itself again when it hangs on a wall', async () => {
    const { page, requests } = await visit(browser, `${scenes.url}/all/?refresh=5&sort=account`);
    await page.waitForRequest(() => requests.length > 1, { timeout: 30_000 });
    expect(requests[1]).to.equal(requests[0]);
    await page.context().close();
  });

  it('shows names from the gateway and searches as they are written, and runs nothing of them', async () => {
    for (const path of ['wild/', `all/?q=${encodeURIComponent(EVIL_NAME)}`]) {
      const { page, problems } = await visit(browser, `${scenes.url}/${path}`);
      expect(await page.locator('script, img').count()).to.equal(0);
      expect(problems).to.deep.equal([]);
      if (path === 'wild/') {
        const names = await page.getByRole('rowheader').allTextContents();
        expect(names).to.include(EVIL_NAME.replace('\u202E', '[U+202E]'));
      } else expect(await page.getByRole('searchbox').inputValue()).to.equal(EVIL_NAME);
      await page.context().close();
    }
  });
});
