/** What a package-lock.json says, as far as the scripts here need it. */
export interface LockFile {
  readonly version: string;
  /** By the folder that a package is installed in; the project itself is `''`. */
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

export interface LockedPackage {
  readonly version: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** A package that another one in the lock file may want, and that the lock file does not hold. */
export interface MissingPackage {
  readonly name: string;
  readonly version: string;
  /** Whether only development needs it. */
  readonly dev: boolean;
}

/** The optional dependencies that a lock file lacks: npm drops those of other platforms in several situations. */
export function findMissingPackages({ packages }: LockFile): readonly MissingPackage[] {
  return Object.entries(packages).flatMap(([folder, { dev = false, optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !(`node_modules/${name}` in packages || `${folder}/node_modules/${name}` in packages))
      .map(([name, version]) => ({ name, version, dev })),
  );
}

/** The folders of the packages that npm would install without a look at what it got. */
export function findUncheckedPackages({ packages }: LockFile): readonly string[] {
  return Object.entries(packages)
    .filter(([folder, { integrity }]) => folder !== '' && integrity === undefined)
    .map(([folder]) => folder);
}
