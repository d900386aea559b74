import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory of one test file's own; it goes when its tests are done. */
export interface Scratch {
  readonly path: string;
  /** Writes a file into it and returns its path. */
  write(name: string, content: string | Uint8Array): string;
}

/** Makes a directory for the tests of the suite that this is called in. */
export function useScratch(): Scratch {
  const path = mkdtempSync(join(tmpdir(), 'thedex-exporter-'));
  after(() => rmSync(path, { recursive: true }));
  return {
    path,
    write(name, content) {
      const file = join(path, name);
      writeFileSync(file, content);
      return file;
    },
  };
}
