import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { KubernetesObject } from './helm.ts';

/** Some object, and where it comes from. */
export interface NamedObject {
  readonly origin: string;
  readonly object: KubernetesObject;
}

/** The packages with the kinds that are not Kubernetes' own, by their groups. */
const PACKAGES: Readonly<Record<string, string>> = {
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
  'gateway.networking.k8s.io': '@kubernetes-models/gateway-api',
};

/** The definitions, pinned by a lock file of their own, and where they are installed. */
const PINNED = 'test/packaging/kubernetes-schemas';
const INSTALLED = resolve('.tmp/kubernetes-schemas');

/**
 * What is wrong with objects by the definitions of Kubernetes, of the Prometheus Operator and of the Gateway API: values
 * by their compiled schemas, and fields that do not exist by their types, since schemas of Kubernetes let unknown fields
 * pass.
 *
 * @returns one line for each mistake
 */
export async function findMistakes(objects: readonly NamedObject[]): Promise<string[]> {
  await installDefinitions();
  return [...findWrongValues(objects), ...(await findUnknownFields(objects))];
}

/** Installs them once, and again when what is pinned has changed. */
async function installDefinitions(): Promise<void> {
  const done = join(INSTALLED, 'done.json');
  const lock = readFileSync(join(PINNED, 'package-lock.json'), 'utf8');
  cpSync(PINNED, INSTALLED, { recursive: true });
  if (existsSync(done) && readFileSync(done, 'utf8') === lock) return;
  const flags = ['--silent', '--ignore-scripts', '--no-audit', '--no-fund'];
  await promisify(execFile)('npm', ['ci', ...flags], { cwd: INSTALLED });
  writeFileSync(done, lock);
}

function moduleOf({ apiVersion, kind }: KubernetesObject): string {
  return `${PACKAGES[apiVersion.split('/')[0] ?? ''] ?? 'kubernetes-models'}/${apiVersion}/${kind}`;
}

function findWrongValues(objects: readonly NamedObject[]): string[] {
  const input = JSON.stringify(objects.map((each) => ({ ...each, module: moduleOf(each.object) })));
  const options = { cwd: INSTALLED, input, encoding: 'utf8' } as const;
  return JSON.parse(execFileSync(process.execPath, ['validate.mjs'], options)) as string[];
}

async function findUnknownFields(objects: readonly NamedObject[]): Promise<string[]> {
  // Beside the definitions, where their types are found.
  const folder = mkdtempSync(join(INSTALLED, 'objects-'));
  try {
    const lines = objects.map(
      ({ origin, object }, index) =>
        `const object${index}: import('${moduleOf(object)}').I${object.kind} = ${JSON.stringify(object)}; // ${origin}`,
    );
    writeFileSync(`${folder}/objects.ts`, `${lines.join('\n')}\nexport {};\n`);
    const flags =
      '--ignoreConfig --noEmit --strict --skipLibCheck --module nodenext --target es2023 --types node --typeRoots node_modules/@types';
    await promisify(execFile)('node_modules/.bin/tsc', [...flags.split(' '), `${folder}/objects.ts`]);
    return [];
  } catch (error) {
    const { stdout = String(error) } = error as { stdout?: string };
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const index = Number(/objects\.ts\((\d+),/.exec(line)?.[1]) - 1;
        return `${objects[index]?.origin ?? ''}: ${objects[index]?.object.kind ?? ''}: ${line}`;
      });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
