import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { findDisagreements, PUBLISHED } from '../../scripts/versions.ts';

const read = (path: string) => readFileSync(path, 'utf8');
const { version } = JSON.parse(read('package.json')) as { version: string };

/** The project with one file that says another version, in the place that is searched for. */
function withChange(file: string, from: string, to: string) {
  return (path: string) => {
    const text = read(path);
    if (path !== file) return text;
    if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
    return text.replace(from, to);
  };
}

describe('the version', () => {
  it('is the same everywhere, and the lock file holds what npm ci needs', () => {
    expect(findDisagreements(read, `v${version}`)).to.deep.equal([]);
  });

  it('has to be that of the tag', () => {
    expect(findDisagreements(read, 'v99.0.0')).to.deep.equal([`the tag says 99.0.0, and package.json ${version}`]);
  });

  for (const [file, from, to, line] of [
    ['package-lock.json', `"version": "${version}"`, '"version": "99.0.0"', 'package-lock.json says 99.0.0'],
    [
      'charts/thedex-exporter/Chart.yaml',
      `\nversion: ${version}`,
      '\nversion: 99.0.0',
      'the version in Chart.yaml says 99.0.0',
    ],
    [
      'charts/thedex-exporter/Chart.yaml',
      `appVersion: ${version}`,
      'appVersion: 99.0.0',
      'the appVersion in Chart.yaml says 99.0.0',
    ],
    ['CHANGELOG.md', `## [${version}]`, '## [99.0.0]', 'the newest entry of CHANGELOG.md says 99.0.0'],
    ['Dockerfile', `ARG VERSION=${version}`, 'ARG VERSION=99.0.0', 'Dockerfile says 99.0.0'],
    ['compose.yaml', `thedex-exporter:${version}`, 'thedex-exporter:99.0.0', 'compose.yaml says 99.0.0'],
    ['compose.yaml', `image: ${PUBLISHED.image}:${version}`, 'image: exporter', 'compose.yaml says nothing'],
    ['docs/kubernetes.md', `--version ${version}`, '--version 99.0.0', 'docs/kubernetes.md says 99.0.0'],
  ] as const) {
    it(`is missed where it is another: ${line}`, () => {
      expect(findDisagreements(withChange(file, from, to))).to.deep.equal([`${line}, and package.json ${version}`]);
    });
  }

  it('is not all: a checksum that is missing in the lock file is found', () => {
    const [line] = findDisagreements(withChange('package-lock.json', '"integrity"', '"other"'));
    expect(line).to.match(/^package-lock\.json lacks 1 checksums \(node_modules\/.*: run scripts\/complete-lock\.ts$/);
  });

  for (const [file, from] of [
    ['charts/thedex-exporter/values.yaml', PUBLISHED.image],
    ['.github/workflows/release.yml', PUBLISHED.image],
    ['docs/docker.md', `${PUBLISHED.image}:`],
    ['docs/kubernetes.md', PUBLISHED.chart],
  ] as const) {
    it(`is not all: another name of what is published is found in ${file}`, () => {
      const lines = findDisagreements(withChange(file, from, from.replace('ghcr.io/thedex', 'ghcr.io/other')));
      expect(lines.join('\n')).to.match(/names (?:oci:\/\/)?ghcr\.io\/other.*, which is not published/);
    });
  }

  it('is not all: the manifest of the package names what is published', () => {
    const { name, homepage } = JSON.parse(read('package.json')) as Record<string, string>;
    expect({ name, homepage }).to.deep.equal({ name: PUBLISHED.npm, homepage: `${PUBLISHED.repository}#readme` });
  });

  it('is not all: a lock file without the packages of other platforms is found', () => {
    const name = 'node_modules/@esbuild/darwin-arm64';
    const [line] = findDisagreements(withChange('package-lock.json', `"${name}"`, `"${name}-elsewhere"`));
    expect(line).to.match(/^package-lock\.json lacks 1 packages \(@esbuild\/darwin-arm64/);
  });
});
