import { readFileSync } from 'node:fs';
import { compareSync } from 'bcryptjs';
import { expect } from 'chai';
import { Findings } from '../../src/config/configuration-error.ts';
import { MAX_WAITING_PER_CLIENT, MAX_WAIT_MS } from '../../src/web/basic-auth.ts';
import { DEFAULT_HEADERS } from '../../src/web/app.ts';
import { CLIENT_AUTH_TYPES, CURVES, TLS_VERSIONS } from '../../src/web/tls-material.ts';
import { LOOK_EVERY_MS } from '../../src/web/web-config.ts';
import { MAX_BCRYPT_COST, readWebConfig, type WebConfig } from '../../src/web/web-config-file.ts';
import { useScratch } from '../support/scratch.ts';

describe('docs/tls-and-passwords.md', () => {
  const scratch = useScratch();
  const page = readFileSync(new URL('../../docs/tls-and-passwords.md', import.meta.url), 'utf8');
  const examples = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)]
    .map(([, text = '']) => text)
    .filter((text) => !text.startsWith('# prometheus.yml'));

  async function read(text: string): Promise<WebConfig | undefined> {
    const findings = new Findings();
    const config = await readWebConfig(scratch.write('web.yml', text), findings);
    expect([...findings.problems, ...findings.warnings]).to.deep.equal([]);
    return config;
  }

  it('shows web configurations that are accepted without a warning', async () => {
    expect(examples.length).to.equal(5);
    for (const example of examples) expect(await read(example)).to.be.an('object');
  });

  it('shows the hash of the password that it names', async () => {
    const example = examples.find((text) => text.startsWith('basic_auth_users')) ?? '';
    const config = await read(example);
    expect(compareSync('example', config?.users.get('prometheus') ?? '')).to.equal(true);
  });

  it('names every client_auth_type, version, curve, default header and limit', () => {
    for (const type of CLIENT_AUTH_TYPES) expect(page).to.match(new RegExp(`^\\| \`${type}\` `, 'm'));
    for (const name of [...TLS_VERSIONS, ...CURVES]) expect(page).to.contain(`\`${name}\``);
    for (const name of Object.keys(DEFAULT_HEADERS)) expect(page).to.contain(`\`${name}`);
    expect(page).to.contain(`may be 4 to ${MAX_BCRYPT_COST}`);
    expect(page).to.contain(`waits for\n  ${MAX_WAIT_MS / 1000} seconds`);
    expect(page).to.contain(`At most every ${LOOK_EVERY_MS / 1000} seconds`);
    expect(page).to.contain(`${MAX_WAITING_PER_CLIENT} of one address`);
  });
});
