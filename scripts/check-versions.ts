/**
 * Checks that every file agrees on the version, and with a tag, that it is the one to be released:
 *
 *     npx tsx scripts/check-versions.ts [v1.2.3]
 */
import { readFileSync } from 'node:fs';
import { findDisagreements } from './versions.ts';

const root = new URL('../', import.meta.url);
const disagreements = findDisagreements((path) => readFileSync(new URL(path, root), 'utf8'), process.argv[2]);
for (const line of disagreements) process.stderr.write(`${line}\n`);
process.exitCode = disagreements.length === 0 ? 0 : 1;
