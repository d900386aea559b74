import { inspect } from 'node:util';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { readSettings } from '../../src/config/read.ts';
import { ConfigurationError } from '../../src/config/configuration-error.ts';
import { useScratch } from '../support/scratch.ts';

// Long and odd enough to be in no message by chance, and long enough to be taken for a key where a path belongs; with the
// characters that keys in Base64 have.
const secrets = fc
  .tuple(fc.stringMatching(/^[A-Za-z\d+=]{22,40}$/), fc.stringMatching(/^(?:\/[A-Za-z\d+/=]{1,20})?$/))
  .map(([first, second]) => `Zq${first}9x${second}`);
const damages = fc.constantFrom(
  '',
  '\n',
  '\n\n',
  '\0',
  '\t',
  ' ',
  '€',
  '\u0007',
  '"',
  "'",
  ': ',
  '{',
  '#',
  '&a',
  '\ud800',
);

describe('a mistake', () => {
  const scratch = useScratch();
  scratch.write('key', 'k');

  async function everythingSaid(flags: object, env: Record<string, string>): Promise<string> {
    try {
      const settings = await readSettings({ flags, env });
      return inspect(settings, { depth: 9, showHidden: true }) + JSON.stringify(settings);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      return inspect(error, { depth: 9 }) + error.problems.join('\n');
    }
  }

  it('in the environment prints no key', async () => {
    const variables = fc.constantFrom(
      'THEDEX_API_KEY',
      'THEDEX_SECRET_KEY',
      'THEDEX_API_KEY_FILE',
      'THEDEX_SECRET_KEY_FILE',
    );
    await fc.assert(
      fc.asyncProperty(secrets, damages, fc.uniqueArray(variables), async (secret, damage, names) => {
        const env = Object.fromEntries(names.map((name) => [name, secret + damage + secret]));
        expect(await everythingSaid({}, env)).to.not.contain(secret);
      }),
    );
  });

  it('in the URL prints no password', async () => {
    const urls = fc.constantFrom(
      'https://a:S@b.example',
      'http://S@b',
      'https://b/?S',
      'https:S',
      'S',
      'x://a:S@b',
      'S@b',
    );
    await fc.assert(
      fc.asyncProperty(secrets, urls, async (secret, url) => {
        fc.pre(!/[/\\]/.test(secret));
        const text = url.replace('S', () => secret);
        const said = await everythingSaid({ 'thedex.url': text }, { THEDEX_API_KEY: 'k', THEDEX_SECRET_KEY: 's' });
        expect(said).to.not.contain(secret);
      }),
    );
  });

  it('in a secret file prints nothing of its content', async () => {
    await fc.assert(
      fc.asyncProperty(secrets, damages, async (secret, damage) => {
        const path = scratch.write('secret', secret + damage + secret);
        const flags = { 'thedex.api-key-file': path, 'thedex.secret-key-file': path };
        expect(await everythingSaid(flags, {})).to.not.contain(secret);
      }),
    );
  });

  it('in the configuration file prints no key, wherever YAML was broken around it', async () => {
    const keys = fc.constantFrom('api_key_file', 'secret_key_file', 'api_key', 'secret_key', 'apiKey', 'key');
    const forms = fc.constantFrom(
      'K: S',
      'K: "S"',
      "K: 'S",
      'K: {S}',
      'K: [S]',
      'K: |\n      S',
      'K: !S x',
      'K: *S',
      'K S',
    );
    await fc.assert(
      fc.asyncProperty(secrets, damages, keys, forms, async (secret, damage, key, form) => {
        const line = form.replace('K', key).replace('S', () => secret + damage);
        const text = `accounts:\n  main:\n    api_key_file: key\n    ${line}\n`;
        expect(await everythingSaid({ 'config.file': scratch.write('config.yml', text) }, {})).to.not.contain(secret);
      }),
      { numRuns: 300 },
    );
  });
});
