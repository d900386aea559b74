import type { Context } from 'mocha';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { requireTool } from './tools.ts';

/** A page in a browser, with everything that went wrong on it. */
export interface VisitedPage {
  readonly page: Page;
  /** Errors and warnings of the console, uncaught errors, and violations of the security policy. */
  readonly problems: string[];
  /** Everything that the page asked for, the page itself included. */
  readonly requests: string[];
}

/** Starts Debian's Chromium; without it the running test or suite is skipped loudly. */
export async function startBrowser(context: Context): Promise<Browser> {
  return chromium.launch({
    executablePath: requireTool(context, 'chromium'),
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}

/** Opens an address in a fresh context, which shares nothing with other visits. */
export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<VisitedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const problems: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(url);
  return { page, problems, requests };
}

/** A text on the page whose contrast with what is behind it is too low. */
export interface FaintText {
  readonly text: string;
  readonly contrast: number;
}

/** The texts of a page with less contrast than asked for, computed from the styles in force as WCAG 2 does. */
export async function findFaintTexts(page: Page, atLeast: number): Promise<FaintText[]> {
  // What runs in the page holds no function of its own: the test's compiler would mark it with a helper that the page
  // does not have.
  const texts = await page.evaluate(() => {
    const found: { text: string; color: string; ground: string }[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode.textContent?.trim() ?? '';
      const element = walker.currentNode.parentElement;
      if (text === '' || element === null || element.closest('svg') !== null) continue;
      let behind: Element | null = element;
      while (behind?.parentElement && getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)') {
        behind = behind.parentElement;
      }
      const ground = getComputedStyle(behind ?? element).backgroundColor;
      found.push({ text, color: getComputedStyle(element).color, ground });
    }
    return found;
  });
  if (texts.length === 0) throw new Error('the page has no text');
  return texts
    .map(({ text, color, ground }) => ({ text, contrast: contrastOf(color, ground) }))
    .filter(({ contrast }) => contrast < atLeast);
}

function contrastOf(a: string, b: string): number {
  const [light, dark] = [luminanceOf(a), luminanceOf(b)].toSorted((x, y) => y - x);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

function luminanceOf(color: string): number {
  const channels = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(color)?.slice(1).map(Number);
  if (channels === undefined) throw new Error(`${color} is not an opaque colour`);
  const [red = 0, green = 0, blue = 0] = channels.map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
