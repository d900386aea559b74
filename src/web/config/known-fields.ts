import { closestMatch } from 'leven';
import type { YamlFile, YamlValue } from '../../config/yaml-file.ts';

/** Keys with at most so many letters wrong are taken for misspelt. */
const MISSPELT = 3;

/** The keys of a section. */
export interface SectionKeys {
  readonly known: readonly string[];
  /** Keys of the exporter-toolkit that this exporter does without. */
  readonly unsupported?: readonly string[];
}

/** The values of a section by their keys; keys that do not belong there are noted. */
export function knownFields(
  file: YamlFile,
  section: YamlValue,
  { known, unsupported = [] }: SectionKeys,
): ReadonlyMap<string, YamlValue> | undefined {
  const fields = file.entriesOf(section, `a mapping with ${known.join(', ')}`);
  for (const [name, value] of fields ?? []) {
    if (known.includes(name)) continue;
    const intended = closestMatch(name, known, { maxDistance: MISSPELT });
    const expected = intended === undefined ? `expected ${known.join(', ')}` : `did you mean ${intended}?`;
    file.problem(value, unsupported.includes(name) ? 'this key is not supported' : `unknown key: ${expected}`);
  }
  return fields;
}
