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
