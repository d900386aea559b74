import { lookAtFile } from '../lib/text-file.ts';
import { fingerprintAccountFolders } from './accounts-folder.ts';
import type { ConfigurationPlaces } from './settings.ts';

/** A text that is another one whenever what a configuration was read from has changed. */
export async function fingerprintPlaces({ files, accountsDir }: ConfigurationPlaces): Promise<string> {
  const looks = await Promise.all(files.map(async (file) => (await lookAtFile(file)).fingerprint));
  return [...looks, ...(accountsDir === undefined ? [] : [await fingerprintAccountFolders(accountsDir)])].join('\n');
}
