import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { KubernetesObject } from './helm.ts';

/** Some object, and where it comes from. */
export interface NamedObject {
  readonly origin: string;
  readonly object: KubernetesObject;
}

interface Model {
  validate(): void;
}

/**
 * What is wrong with objects by the definitions of Kubernetes and of the Prometheus Operator: values by their compiled
 * schemas, and fields that do not exist by their types, since schemas of Kubernetes let unknown fields pass.
 *
 * @returns one line for each mistake
 */
export async function findMistakes(objects: readonly NamedObject[]): Promise<string[]> {
  const values = await Promise.all(objects.map(findWrongValues));
  return [...values.flat(), ...(await findUnknownFields(objects))];
}

function moduleOf({ apiVersion, kind }: KubernetesObject): string {
  const isOperators = apiVersion.startsWith('monitoring.coreos.com/');
  return `${isOperators ? '@kubernetes-models/prometheus-operator' : 'kubernetes-models'}/${apiVersion}/${kind}`;
}

async function findWrongValues({ origin, object }: NamedObject): Promise<string[]> {
  const models = (await import(moduleOf(object))) as Record<string, new (data: KubernetesObject) => Model>;
  const Kind = models[object.kind];
  if (Kind === undefined) return [`${origin}: ${object.kind}: no such kind`];
  try {
    new Kind(object).validate();
    return [];
  } catch (error) {
    return [`${origin}: ${object.kind} ${object.metadata.name}: ${(error as Error).message}`];
  }
}

async function findUnknownFields(objects: readonly NamedObject[]): Promise<string[]> {
  // Inside the project, where the types are found.
  mkdirSync('.tmp', { recursive: true });
  const folder = mkdtempSync(resolve('.tmp/objects-'));
  try {
    const lines = objects.map(
      ({ origin, object }, index) =>
        `const object${index}: import('${moduleOf(object)}').I${object.kind} = ${JSON.stringify(object)}; // ${origin}`,
    );
    writeFileSync(`${folder}/objects.ts`, `${lines.join('\n')}\nexport {};\n`);
    const flags = '--ignoreConfig --noEmit --strict --skipLibCheck --module nodenext --target es2023 --types node';
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
