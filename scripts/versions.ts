import { parse } from 'yaml';
import { findMissingPackages, findUncheckedPackages, type LockFile } from './lock-file.ts';

/** What releases are called where they are published; what says another name is found by {@link findDisagreements}. */
export const PUBLISHED = {
  /** On npm. */
  npm: 'thedex-exporter',
  image: 'ghcr.io/thedex-exporter/thedex-exporter',
  /** `helm install NAME` takes it, and `helm push` the part before the last slash. */
  chart: 'oci://ghcr.io/thedex-exporter/charts/thedex-exporter',
  repository: 'https://github.com/thedex-exporter/thedex-exporter',
} as const;

/** The files that name images and charts. */
const NAMING_FILES = [
  'README.md',
  'docs/getting-started.md',
  'docs/docker.md',
  'docs/kubernetes.md',
  'docs/upgrading.md',
  'compose.yaml',
  'charts/thedex-exporter/README.md',
  'charts/thedex-exporter/values.yaml',
  '.github/workflows/release.yml',
];

/** Reads a file of the project. @param path relative to its root */
export type ReadProjectFile = (path: string) => string;

interface Statement {
  /** Where a version is stated. */
  readonly where: string;
  readonly version: string | undefined;
}

/**
 * What disagrees with the version in package.json, one line each. The version stands in many files because each tool
 * reads its own; this makes one version of them.
 *
 * @param tag the git tag of a release, such as `v1.2.3`
 */
export function findDisagreements(read: ReadProjectFile, tag?: string): string[] {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  const lock = JSON.parse(read('package-lock.json')) as LockFile;
  const stated = [
    ...statementsOf(read, lock),
    ...(tag === undefined ? [] : [{ where: 'the tag', version: tag.slice(1) }]),
  ];
  const wrong = stated
    .filter((each) => each.version !== version)
    .map((each) => `${each.where} says ${each.version ?? 'nothing'}, and package.json ${version}`);
  return [...wrong, ...NAMING_FILES.flatMap((path) => findOtherNames(path, read(path))), ...findGaps(lock)];
}

function findOtherNames(path: string, text: string): string[] {
  const known = new Set<string>([PUBLISHED.image, PUBLISHED.chart, PUBLISHED.chart.replace(/\/[^/]+$/, '')]);
  const names = [...text.matchAll(/(?:oci:\/\/)?ghcr\.io\/[\w./-]*\w/g)].map(([name]) => name);
  return names.filter((name) => !known.has(name)).map((name) => `${path} names ${name}, which is not published`);
}

function findGaps(lock: LockFile): string[] {
  const gaps = [
    ['packages', findMissingPackages(lock).map(({ name }) => name)],
    ['checksums', findUncheckedPackages(lock)],
  ] as const;
  return gaps
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => {
      const some = `${names.length} ${what} (${names[0]}, …)`;
      return `package-lock.json lacks ${some}: run scripts/complete-lock.ts`;
    });
}

function statementsOf(read: ReadProjectFile, lock: LockFile): Statement[] {
  const chart = parse(read('charts/thedex-exporter/Chart.yaml')) as { version: string; appVersion: string };
  return [
    { where: 'package-lock.json', version: lock.version },
    { where: 'package-lock.json, of the project itself,', version: lock.packages['']?.version },
    { where: 'the version in Chart.yaml', version: chart.version },
    { where: 'the appVersion in Chart.yaml', version: chart.appVersion },
    { where: 'the newest entry of CHANGELOG.md', version: /^## \[(\d[^\]]*)\]/m.exec(read('CHANGELOG.md'))?.[1] },
    ...everyMatch(read, 'Dockerfile', /^ARG VERSION=(.*)$/gm),
    ...['compose.yaml', 'README.md', 'docs/getting-started.md', 'docs/docker.md'].flatMap((path) =>
      everyMatch(read, path, /thedex-exporter\/thedex-exporter:(\d[\w.-]*)/g),
    ),
    ...['README.md', 'docs/getting-started.md', 'docs/kubernetes.md'].flatMap((path) =>
      everyMatch(read, path, /charts\/thedex-exporter --version (\d[\w.-]*)/g),
    ),
  ];
}

// A file in which nothing is found any more says nothing, and that disagrees as well.
function everyMatch(read: ReadProjectFile, where: string, pattern: RegExp): Statement[] {
  const versions = [...read(where).matchAll(pattern)].map((match) => match[1]);
  return (versions.length === 0 ? [undefined] : versions).map((version) => ({ where, version }));
}
