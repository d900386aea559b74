import { ConfigurationError, type Findings } from '../../src/config/configuration-error.ts';
import { readSettings } from '../../src/config/read.ts';
import type { SettingsSources } from '../../src/config/settings.ts';

/** What is wrong with a configuration, line by line; nothing if nothing is. */
export async function problemsOf(sources: SettingsSources): Promise<readonly string[]> {
  try {
    await readSettings(sources);
    return [];
  } catch (error) {
    return linesOf(error);
  }
}

/** What was found wrong so far, line by line. */
export function problemsIn(findings: Findings): readonly string[] {
  try {
    findings.throwIfAny();
    return [];
  } catch (error) {
    return linesOf(error);
  }
}

function linesOf(error: unknown): readonly string[] {
  if (error instanceof ConfigurationError) return error.problems;
  throw error;
}
