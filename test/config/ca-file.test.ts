import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { expect } from 'chai';
import { readSettings } from '../../src/config/read.ts';
import { problemsOf } from '../support/problems.ts';
import { useScratch } from '../support/scratch.ts';

describe('--thedex.ca-file', () => {
  const scratch = useScratch();
  const [first = '', second = ''] = rootCertificates;
  const sources = (path: string) => ({
    flags: { 'thedex.ca-file': path },
    env: { THEDEX_API_KEY: 'k', THEDEX_SECRET_KEY: 's' },
  });

  it('gives its certificates, and nothing that stands between them', async () => {
    const path = scratch.write('bundle.pem', `# a comment\n${first}\n-----BEGIN PRIVATE KEY-----\nx\n\n${second}`);
    expect((await readSettings(sources(path))).gateway.ca).to.equal(`${first}\n${second}\n`);
  });

  it('holds at least one certificate', async () => {
    for (const content of ['', 'not a certificate', '-----BEGIN CERTIFICATE-----\nMIIB']) {
      const path = scratch.write('none.pem', content);
      expect(await problemsOf(sources(path))).to.deep.equal([`--thedex.ca-file: ${path} holds no PEM certificate`]);
    }
  });

  it('holds no broken certificate', async () => {
    const path = scratch.write('broken.pem', `${first}\n${second.replace('MII', 'AAA')}`);
    expect(await problemsOf(sources(path))).to.deep.equal([
      `--thedex.ca-file: certificate 2 of 2 in ${path} is broken`,
    ]);
  });

  it('can be read', async () => {
    const path = join(scratch.path, 'absent.pem');
    expect(await problemsOf(sources(path))).to.deep.equal([
      `--thedex.ca-file: cannot read ${path}: there is no such file`,
    ]);
  });
});
