import { readFileSync } from 'node:fs';
import { compareSync } from 'bcryptjs';
import { expect } from 'chai';
import { CLIENT_AUTH_TYPES } from '../../src/web/config/tls-config.ts';
import { MAX_BCRYPT_COST, readWebConfig } from '../../src/web/config/web-config.ts';
import { MAX_WAIT_MS } from '../../src/web/passwords/hasher.ts';
import { MAX_WAITING_PER_CLIENT } from '../../src/web/passwords/waiting-room.ts';
import { DEFAULT_HEADERS } from '../../src/web/security-headers.ts';
import { useScratch } from '../support/scratch.ts';

describe('docs/tls-and-passwords.md', () => {
  const scratch = useScratch();
  const page = readFileSync(new URL('../../docs/tls-and-passwords.md', import.meta.url), 'utf8');
  const examples = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)]
    .map(([, text = '']) => text)
    .filter((text) => !text.startsWith('# prometheus.yml'));

  it('shows web configurations that are accepted', async () => {
    expect(examples.length).to.equal(4);
    for (const example of examples) await readWebConfig(scratch.write('web.yml', example));
  });

  it('shows the hash of the password that it names', async () => {
    const example = examples.find((text) => text.startsWith('basic_auth_users')) ?? '';
    const { users } = await readWebConfig(scratch.write('web.yml', example));
    expect(compareSync('example', users.get('prometheus') ?? '')).to.equal(true);
  });

  it('names every client_auth_type, default header and limit', () => {
    for (const type of CLIENT_AUTH_TYPES) expect(page).to.match(new RegExp(`^\\| \`${type}\` `, 'm'));
    for (const name of Object.keys(DEFAULT_HEADERS)) expect(page).to.contain(`\`${name}`);
    expect(page).to.contain(`may be 4 to ${MAX_BCRYPT_COST}`);
    expect(page).to.contain(`waits for ${MAX_WAIT_MS / 1000} seconds`);
    expect(page).to.contain(`${MAX_WAITING_PER_CLIENT} of one address`);
  });
});
