import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { findFaintTexts, startBrowser, visit } from '../support/browser.ts';
import { EVIL_NAME, startLandingScene, type LandingScene } from '../support/landing-scene.ts';

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 375, height: 700 };
const LEAST_CONTRAST = 4.5;
// Where to put pictures of the page, for who wants to look at it.
const SCREENSHOT_FOLDER = process.env['LANDING_SCREENSHOTS'];
const SCREENSHOT_HEIGHT = 1500;

describe('the landing page in a browser', function () {
  this.timeout(60_000);
  let scene: LandingScene;
  let browser: Browser;
  before(async function () {
    browser = await startBrowser(this);
    scene = await startLandingScene();
  });
  after(async () => {
    await browser?.close();
    await scene?.close();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const viewport of [DESKTOP, PHONE]) {
      describe(`${colorScheme}, ${viewport.width} pixels wide`, () => {
        it('has no error, breaks no policy and asks nobody else for anything', async () => {
          const { page, problems, requests } = await visit(browser, scene.app.url, { colorScheme, viewport });
          if (SCREENSHOT_FOLDER !== undefined) {
            await page.screenshot({
              path: `${SCREENSHOT_FOLDER}/landing-${colorScheme}-${viewport.width}.png`,
              fullPage: true,
              clip: { x: 0, y: 0, width: viewport.width, height: SCREENSHOT_HEIGHT },
            });
          }
          expect(problems).to.deep.equal([]);
          expect(requests.map((url) => new URL(url).origin)).to.deep.equal([scene.app.url]);
          await page.context().close();
        });
        it('does not scroll sideways', async () => {
          const { page } = await visit(browser, scene.app.url, { colorScheme, viewport });
          expect(await page.evaluate(() => document.documentElement.scrollWidth)).to.be.at.most(viewport.width);
          await page.context().close();
        });
        it('can be read: its style is in force, with enough contrast everywhere', async () => {
          const { page } = await visit(browser, scene.app.url, { colorScheme, viewport });
          const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
          expect(ground).to.equal(colorScheme === 'light' ? 'rgb(244, 246, 248)' : 'rgb(14, 19, 25)');
          expect(await findFaintTexts(page, LEAST_CONTRAST)).to.deep.equal([]);
          await page.context().close();
        });
      });
    }
  }

  it('has one first heading, no level left out, and a name for every part', async () => {
    const { page } = await visit(browser, scene.app.url);
    const levels = await page.evaluate(() =>
      [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(({ tagName }) => Number(tagName[1])),
    );
    expect(levels.filter((level) => level === 1)).to.have.length(1);
    expect(levels[0]).to.equal(1);
    levels.slice(1).forEach((level, index) => expect(level - levels[index]!).to.be.at.most(1));
    const faults = await page.evaluate(() => [
      ...[...document.querySelectorAll('table')].filter((table) => !table.caption?.textContent).map(() => 'no caption'),
      ...[...document.querySelectorAll('th')].filter(({ scope }) => scope === '').map((cell) => cell.outerHTML),
      ...[...document.querySelectorAll('input:not([type=hidden])')]
        .filter((input) => (input as HTMLInputElement).labels?.length !== 1)
        .map((input) => input.outerHTML),
      ...[...document.querySelectorAll('[aria-labelledby]')]
        .filter((each) => !document.getElementById(each.getAttribute('aria-labelledby') ?? ''))
        .map((each) => each.outerHTML),
      ...[...document.querySelectorAll('[id]')]
        .filter(({ id }) => document.querySelectorAll(`#${id}`).length > 1)
        .map(({ id }) => `${id} is not unique`),
    ]);
    expect(faults).to.deep.equal([]);
    expect(await page.evaluate(() => document.documentElement.lang)).to.equal('en');
    expect(await page.title()).to.equal('TheDex Exporter');
    await page.context().close();
  });

  it('keeps its tables tables where a phone shows each line as a block', async () => {
    const { page } = await visit(browser, scene.app.url, { viewport: PHONE });
    const row = page.getByRole('article', { name: 'shop' }).getByRole('row').filter({ hasText: 'BTC_BITCOIN' });
    expect(await row.getByRole('rowheader').innerText()).to.equal('BTC_BITCOIN');
    expect(await row.getByRole('cell').first().innerText()).to.equal('0.0375');
    await page.context().close();
  });

  it('shows where the keyboard is, and lets it skip to the accounts', async () => {
    const { page } = await visit(browser, scene.app.url);
    await page.keyboard.press('Tab');
    const focused = page.locator(':focus');
    expect(await focused.innerText()).to.equal('Skip to the accounts');
    expect(await focused.evaluate((element) => getComputedStyle(element).outlineStyle)).to.equal('solid');
    expect((await focused.boundingBox())?.x).to.be.at.least(0);
    await page.context().close();
  });

  it('shows names from the gateway as they are written, and runs nothing of them', async () => {
    const { page, problems } = await visit(browser, `${scene.app.url}/?account=hostile`);
    const name = await page.getByRole('rowheader').innerText();
    expect(name).to.equal(EVIL_NAME.replace('\u202E', '[U+202E]'));
    expect(await page.locator('script, img').count()).to.equal(0);
    expect(problems).to.deep.equal([]);
    await page.context().close();
  });

  it('shows a search as it was written, and runs nothing of it', async () => {
    const { page, problems } = await visit(browser, `${scene.app.url}/?q=${encodeURIComponent(EVIL_NAME)}`);
    expect(await page.getByRole('searchbox').inputValue()).to.equal(EVIL_NAME);
    expect(await page.locator('script, img').count()).to.equal(0);
    expect(problems).to.deep.equal([]);
    await page.context().close();
  });

  it('searches, filters and opens an account without JavaScript', async () => {
    const { page } = await visit(browser, scene.app.url, { javaScriptEnabled: false });
    const names = () => page.getByRole('heading', { level: 3 }).allInnerTexts();
    expect(await names()).to.deep.equal(['tickets', 'games', 'fresh', 'default', 'shop', 'hostile']);
    await page.getByLabel('Account name').fill('TICK');
    await page.getByRole('button', { name: 'Search' }).click();
    expect(await names()).to.deep.equal(['tickets']);
    await page.getByRole('link', { name: 'Clear' }).click();
    await page.getByRole('link', { name: '1 below threshold' }).click();
    expect(await names()).to.deep.equal(['games']);
    await page.getByText('20 scrapes in words').click();
    expect(await page.getByRole('cell', { name: '✓ OK' }).first().isVisible()).to.equal(true);
    await page.context().close();
  });
});
