import type { ActName } from './agent.ts';
import type { Plant } from '../support/planted.ts';

/** A defect that a storm must find. */
export interface StormPlant extends Plant {
  /** What it is found by. */
  readonly found: RegExp;
  /** What the agent does to make it seen, where that matters. */
  readonly acts?: readonly ActName[];
  /** After how many scrapes the storm ends, for what is looked for afterwards. */
  readonly scrapes?: number;
}

export const PLANTS: readonly StormPlant[] = [
  {
    name: 'a failed scrape shows the last balances',
    file: 'src/scrape/account.ts',
    find: 'if (snapshot !== undefined) return snapshot;',
    replace:
      'if (snapshot !== undefined) return snapshot.outcomes.balances.ok ? snapshot : (this.#lastSuccess ?? snapshot);',
    found: /not read for this scrape|up although/,
  },
  {
    name: 'a page mixes two answers',
    file: 'src/scrape/metrics.ts',
    find: 'const start = `thedex_balance{',
    replace:
      'const kept = ((globalThis as any).kept ??= new Map());\n      const before = kept.get(currency) ?? available;\n      kept.set(currency, available);\n      available = before;\n      const start = `thedex_balance{',
    found: /available is \S+, and answer/,
  },
  {
    name: 'one account is answered for another',
    file: 'src/web/app.ts',
    find: 'named.get(target)',
    replace: "named.get(target === 'a1' ? 'a2' : target)",
    found: /a1: (?:.* of a1 says|rates of another account|balances of answer \d+, which was not read for this scrape)/,
  },
  {
    name: 'answers come after their deadline',
    file: 'src/web/app.ts',
    find: 'if (gone.aborted) return;',
    replace:
      'if (Math.random() < 0.05) await new Promise((resolve) => setTimeout(resolve, 1_700));\n    if (gone.aborted) return;',
    found: /after its deadline/,
  },
  {
    name: 'a key is shown that the gateway echoes',
    file: 'src/thedex/client.ts',
    find: 'secrets.some((secret) => name.includes(secret))',
    replace: "secrets.some((secret) => name.includes(secret)) && name === ''",
    found: /a secret stands in/,
  },
  {
    name: 'a failure is given another reason',
    file: 'src/thedex/errors.ts',
    find: "error instanceof TheDexError ? error.reason : 'internal'",
    replace: "error instanceof TheDexError ? (error.reason === 'network' ? 'server_error' : error.reason) : 'internal'",
    found: /server_error, and the gateway answered/,
  },
  {
    name: 'an account is asked for twice at a time',
    file: 'src/scrape/account.ts',
    find: 'if (this.#request?.isOpen === true)',
    replace: 'if (Math.random() < 0.5 && this.#request?.isOpen === true)',
    found: /was under way when/,
  },
  {
    name: 'a failed read counts as a success',
    file: 'src/scrape/metrics.ts',
    find: 'thedex_up ${failure === undefined ? 1 : 0}',
    replace: 'thedex_up ${failure === undefined ? 1 : 1}',
    found: /thedex_up is true/,
  },
  {
    name: 'lines of a long answer are lost',
    file: 'src/scrape/metrics.ts',
    find: 'yield text;\n}',
    replace: 'if (items.length < 15) yield text;\n}',
    found: /currencies of answer|without a total|not read for this scrape/,
  },
  {
    name: 'a broken configuration is answered as if it were in force',
    file: 'src/web/app.ts',
    find: 'ctx.status = 500;\n    ctx.body = `The',
    replace: 'ctx.status = 200;\n    ctx.body = `The',
    found: /reload: status 200, expected 500/,
    acts: ['reload of a broken file'],
  },
  {
    name: 'scrapes that join extend a request without bound',
    file: 'src/scrape/scrape.ts',
    find: 'this.#abort(lateAfter(longestMs)), longestMs)',
    replace: 'this.#abort(lateAfter(longestMs)), longestMs * 60)',
    found: /request \d+ \(.*\) lasted \d+ ms/,
  },
  {
    name: 'a request is signed wrongly now and then',
    file: 'src/thedex/signature.ts',
    find: ".update(payload, 'latin1')",
    replace: ".update(Math.random() < 0.02 ? '' : payload, 'latin1')",
    found: /has a wrong signature, and its keys are old/,
  },
  {
    name: 'a server with a strange certificate is told the keys',
    file: 'src/thedex/connection.ts',
    find: 'session: this.#session,',
    replace: 'session: this.#session,\n      rejectUnauthorized: false,',
    found: /a request was sent to a server with a strange certificate/,
    acts: ['a strange certificate'],
  },
  {
    name: 'a reload leaves thresholds as they were',
    file: 'src/scrape/account.ts',
    find: 'this.settings = target.settings;\n    this.#target = target;\n    if',
    replace:
      'this.settings = { ...target.settings, thresholds: this.settings.thresholds };\n    this.#target = target;\n    if',
    found: /a threshold of \d+, and [\d or]+ is in force/,
  },
  {
    name: 'Retry-After is not waited for',
    file: 'src/scrape/account.ts',
    find: 'error.retryAfterSeconds * 1000',
    replace: 'error.retryAfterSeconds * 10',
    found: /before the end of Retry-After/,
  },
  {
    name: 'files that are read are left open',
    file: 'src/lib/text-file.ts',
    find: 'const file = await stat(path);',
    replace: "const file = await stat(path);\n  (await import('node:fs')).openSync(path);",
    found: /descriptors are open, and \d+ were before/,
    acts: ['many reloads at once'],
    scrapes: 100,
  },
  {
    name: 'a timer is left running',
    file: 'src/scrape/scrape.ts',
    find: 'clearTimeout(cut);',
    replace: 'setInterval(() => {}, 50);',
    found: /it is woken \d+ times/,
    scrapes: 100,
  },
];
