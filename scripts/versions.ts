import { parse } from 'yaml';
import { findMissingPackages, type LockFile } from './lock-file.ts';

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
  const missing = findMissingPackages(lock);
  return missing.length === 0
    ? wrong
    : [
        ...wrong,
        `package-lock.json lacks ${missing.length} packages (${missing[0]?.name}, …): run scripts/complete-lock.ts`,
      ];
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
    ...everyMatch(read, 'compose.yaml', /image: thedex-exporter:(\S+)/g),
    ...everyMatch(read, 'docs/kubernetes.md', /thedex-exporter:(\d\S*)/g),
  ];
}

// A file in which nothing is found any more says nothing, and that disagrees as well.
function everyMatch(read: ReadProjectFile, where: string, pattern: RegExp): Statement[] {
  const versions = [...read(where).matchAll(pattern)].map((match) => match[1]);
  return (versions.length === 0 ? [undefined] : versions).map((version) => ({ where, version }));
}
