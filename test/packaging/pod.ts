import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { BIN } from '../support/bin.ts';
import { findObject, type KubernetesObject } from './helm.ts';

/** Where the containers of the chart find everything. */
const MOUNT_POINT = '/etc/thedex-exporter';

interface Volume {
  readonly name: string;
  readonly configMap?: { readonly name: string };
  readonly secret?: { readonly secretName: string };
  readonly projected?: {
    readonly sources: readonly { readonly secret: { readonly items: readonly { readonly path: string }[] } }[];
  };
}

/** The pod that a chart's Deployment makes. */
export function podOf(objects: readonly KubernetesObject[]): KubernetesObject {
  return findObject(objects, 'Deployment')['spec'].template.spec as KubernetesObject;
}

/**
 * Runs the program with the arguments and variables of a pod's container, in a folder that holds what would be mounted,
 * and lets it check its configuration.
 * @param openssl the program, which makes the certificates that would be mounted
 */
export function checkConfiguration(
  objects: readonly KubernetesObject[],
  openssl: string,
): { status: number | null; output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'pod-'));
  try {
    const pod = podOf(objects);
    const { args, env } = pod['containers'][0] as { args: string[]; env: { name: string; value: string }[] };
    for (const volume of pod['volumes'] as Volume[]) mountVolume(volume, { folder, objects, openssl });
    const moved = (text: string) => text.replaceAll(MOUNT_POINT, folder);
    const variables = Object.fromEntries(env.map(({ name, value }) => [name, moved(value)]));
    const program = [BIN, ...args.map(moved), '--config.check'];
    const { PATH } = process.env;
    const { status, stdout, stderr } = spawnSync(process.execPath, program, {
      encoding: 'utf8',
      env: { PATH, ...variables },
    });
    return { status, output: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function mountVolume(
  volume: Volume,
  { folder, objects, openssl }: { folder: string; objects: readonly KubernetesObject[]; openssl: string },
): void {
  for (const { secret } of volume.projected?.sources ?? []) {
    for (const { path } of secret.items) write(join(folder, 'keys', path), `key-of-${path}`);
  }
  if (volume.name === 'ca') write(join(folder, 'ca/bundle.pem'), rootCertificates[0] ?? '');
  if (volume.name === 'tls') writeCertificate(join(folder, 'tls'), openssl);
  const source = volume.configMap?.name ?? volume.secret?.secretName;
  const kind = volume.configMap === undefined ? 'Secret' : 'ConfigMap';
  const found = objects.find((object) => object.kind === kind && object.metadata.name === source);
  const files = (found?.['data'] ?? found?.['stringData'] ?? {}) as Record<string, string>;
  for (const [file, text] of Object.entries(files)) {
    write(join(folder, volume.name, file), text.replaceAll(MOUNT_POINT, folder));
  }
}

function writeCertificate(folder: string, openssl: string): void {
  mkdirSync(folder);
  const [key, cert] = [join(folder, 'tls.key'), join(folder, 'tls.crt')];
  const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=exporter.example';
  execFileSync(openssl, [...request.split(' '), '-keyout', key, '-out', cert], { stdio: 'ignore' });
  copyFileSync(cert, join(folder, 'ca.crt'));
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode: 0o600 });
}
