import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { PageRenderer } from '../../src/scrape/pages.ts';
import { createFactory, createTestAccount, patient } from '../support/account.ts';
import { json, startGateway, type TestGateway } from '../support/gateway.ts';

const TEXT = { format: 'text', gzip: false } as const;

describe('PageRenderer', () => {
  let gateway: TestGateway;
  before(async () => {
    gateway = await startGateway({ answer: json('[]') });
  });
  after(() => gateway.close());

  async function scraped() {
    const account = createTestAccount(gateway.url);
    return { account, snapshot: await account.scrape(1000, patient()) };
  }

  it('renders a snapshot once for each form, however many wait for it', async () => {
    const { registry } = createFactory();
    const pages = new PageRenderer(registry);
    const one = await scraped();
    expect(pages.render(one, TEXT)).to.equal(pages.render(one, TEXT));
    const [text, openmetrics, zipped] = await Promise.all([
      pages.render(one, TEXT),
      pages.render(one, { format: 'openmetrics', gzip: false }),
      pages.render(one, { format: 'text', gzip: true }),
    ]);
    expect(openmetrics).to.match(/# EOF\n$/);
    expect(gunzipSync(zipped).toString()).to.equal(text);
  });
  it('renders each snapshot anew', async () => {
    const pages = new PageRenderer(undefined);
    expect(pages.render(await scraped(), TEXT)).not.to.equal(pages.render(await scraped(), TEXT));
  });
});
