import { ConfigurationError } from './config/configuration-error.ts';
import type { AccountSettings, BalanceThreshold, Settings } from './config/settings.ts';
import type { ProbeFormat } from './cli.ts';
import { isLess, showAmount } from './lib/amount.ts';
import { createLogger } from './lib/log.ts';
import { DEFAULT_ACCOUNT_NAME } from './scrape/account.ts';
import { AccountSet } from './scrape/accounts.ts';
import { renderSnapshot } from './scrape/metrics.ts';
import { OwnMetrics } from './scrape/own-metrics.ts';
import { outcomesOf, type Snapshot } from './scrape/scrape.ts';
import type { Balance } from './thedex/answers.ts';
import { createNonceBody, emptyBody } from './thedex/signature.ts';

/** What `thedex-exporter probe` is asked for. */
export interface ProbeOptions {
  readonly settings: Settings;
  /** The account's name; `undefined` for the default account or the only one. */
  readonly account: string | undefined;
  readonly format: ProbeFormat;
  /** Takes the answer; standard output in the program. */
  readonly write: (text: string) => void;
  /** Takes the stack of a defect; standard error in the program. */
  readonly writeError?: (text: string) => void;
  readonly version?: string;
}

/**
 * Asks the gateway once and says what it answered, or why it did not and what to do.
 *
 * @returns the exit status: 0 if the balances were read, else 1
 * @throws ConfigurationError if it is not clear which account is meant
 */
export async function runProbe(options: ProbeOptions): Promise<0 | 1> {
  const { settings, format, write, writeError = (text) => process.stderr.write(text), version = 'unknown' } = options;
  const account = chooseAccount(settings, options.account);
  const snapshot = await scrapeOnce(settings, account, { version, writeError });
  if (format === 'metrics') for (const slice of renderSnapshot(snapshot, account)) write(slice);
  else if (format === 'json') write(`${JSON.stringify(describeProbe(snapshot, account), null, 2)}\n`);
  else write(formatProbe(snapshot, account));
  return snapshot.outcomes.balances.ok ? 0 : 1;
}

/** As many names as fit into a line. */
const MAX_NAMES = 10;
const MAX_NAME_LENGTH = 64;

function chooseAccount({ accounts }: Settings, name: string | undefined): AccountSettings {
  const named = [...accounts.named.keys()];
  const [only, ...others] = [...(accounts.default === undefined ? [] : [accounts.default]), ...accounts.named.values()];
  const chosen =
    name === undefined
      ? (accounts.default ?? (others.length === 0 ? only : undefined))
      : (accounts.named.get(name) ?? (name === DEFAULT_ACCOUNT_NAME ? accounts.default : undefined));
  if (chosen !== undefined) return chosen;
  const known = named.length === 0 ? 'none is configured by name' : listNames(named);
  // What was written is not repeated: somebody may have put the key where the name belongs.
  const problem = name === undefined ? 'probe needs the name of an account' : 'probe: there is no account of this name';
  throw new ConfigurationError([`${problem}; accounts: ${known}`]);
}

async function scrapeOnce(
  { gateway }: Settings,
  settings: AccountSettings,
  { version, writeError }: { version: string; writeError: (text: string) => void },
): Promise<Snapshot> {
  const set = new AccountSet({
    metrics: new OwnMetrics({ version, revision: 'unknown' }),
    // A failure is the answer of the probe; only a defect needs more lines.
    log: createLogger({ level: 'error', format: 'logfmt', write: writeError }),
    makeBody: gateway.legacyNonce ? createNonceBody() : emptyBody,
    userAgent: `thedex-exporter/${version}`,
  });
  set.apply({ accounts: { default: settings, named: new Map() }, gateway, warnings: [] });
  try {
    const { timeoutMs } = gateway;
    const nobodyLeaves = new AbortController().signal;
    const scrape = { timeoutMs, deadlineMs: performance.now() + timeoutMs, gone: nobodyLeaves };
    const snapshot = await set.accounts.default?.scrape(scrape);
    if (snapshot === undefined) throw new Error('a scrape that nobody left ended without a snapshot');
    return snapshot;
  } finally {
    await set.close();
  }
}

/** The answer as data; amounts are decimal text. */
function describeProbe(snapshot: Snapshot, settings: AccountSettings): unknown {
  const { balances, rates, payout_limits: limits } = snapshot.outcomes;
  return {
    account: settings.name ?? DEFAULT_ACCOUNT_NAME,
    gateway: settings.url.href,
    success: balances.ok,
    durationSeconds: snapshot.durationSeconds,
    ...(balances.ok ? { balances: balances.value.valid, invalid: balances.value.invalid } : {}),
    ...(rates?.ok === true ? { rates: rates.value.valid } : {}),
    ...(limits?.ok === true ? { payoutMinimums: limits.value.valid } : {}),
    thresholds: settings.thresholds,
    valueThresholds: settings.valueThresholds,
    failures: outcomesOf(snapshot).flatMap(([collector, outcome]) => {
      if (outcome.ok) return [];
      const { reason, status, said, message, advice } = outcome;
      return [{ collector, reason, status, said, message, advice }];
    }),
  };
}

function formatProbe(snapshot: Snapshot, settings: AccountSettings): string {
  const { balances } = snapshot.outcomes;
  const head = formatColumns([
    ['Account', settings.name ?? DEFAULT_ACCOUNT_NAME],
    ['Gateway', settings.url.href],
    ['Took', `${snapshot.durationSeconds.toFixed(3)} s`],
  ]);
  const failures = outcomesOf(snapshot).map(([collector, outcome]) => {
    if (outcome.ok) return '';
    const { reason, status, said, message, advice } = outcome;
    const lines = [
      ['Failed', `${collector}: ${reason}${status === undefined ? '' : `, status ${status}`}`],
      ['Tried', message],
      ...(said.length === 0 ? [] : [['Answer says', said.join(', ')]]),
      ['What to do', advice],
    ];
    return `\n${formatColumns(lines)}`;
  });
  const table = balances.ok ? formatBalances(balances.value.valid, balances.value.invalid, settings.thresholds) : '';
  return `${head}${table}${failures.join('')}`;
}

function formatBalances(
  valid: readonly Balance[],
  invalid: readonly string[],
  thresholds: readonly BalanceThreshold[],
): string {
  const rows = valid
    .toSorted((a, b) => (a.currency < b.currency ? -1 : 1))
    .map((balance) => [
      shorten(balance.currency),
      ...[balance.total, balance.hold, balance.available].map(showAmount),
      thresholds
        .filter(({ currency }) => currency === balance.currency)
        .map(stateOf(balance))
        .join('; '),
    ]);
  const held = new Set(valid.map(({ currency }) => currency));
  const missing = [...new Set(thresholds.map(({ currency }) => currency))].filter((currency) => !held.has(currency));
  const notes = [
    ...(valid.length === 0 ? ['The account holds no currencies.'] : []),
    ...(missing.length === 0 ? [] : [`Not held, although a threshold is set: ${listNames(missing)}`]),
    ...(invalid.length === 0 ? [] : [`Not understood and left out: ${listNames(invalid)}`]),
  ];
  const table =
    rows.length === 0 ? '' : `\n${formatColumns([['Currency', 'Total', 'Hold', 'Available', 'Thresholds'], ...rows])}`;
  return table + (notes.length === 0 ? '' : `\n${notes.map((note) => `${printable(note)}\n`).join('')}`);
}

function stateOf(balance: Balance): (threshold: BalanceThreshold) => string {
  return ({ kind, severity, value }) => {
    const state = isLess(balance[kind], value) ? 'BELOW' : 'above';
    return `${kind} ${state} ${showAmount(value)} (${severity})`;
  };
}

function listNames(names: readonly string[]): string {
  const more = names.length > MAX_NAMES ? `, and ${names.length - MAX_NAMES} more` : '';
  return `${names.slice(0, MAX_NAMES).map(shorten).join(', ')}${more}`;
}

// An answer may hold a name of a megabyte.
function shorten(name: string): string {
  return name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH)}…` : name;
}

function formatColumns(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(printable));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map(
      (row) =>
        `${row
          .map((cell, at) => cell.padEnd(widths[at] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

// A name from outside must not steer the terminal.
function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (each) => `\\u{${each.codePointAt(0)?.toString(16) ?? ''}}`);
}
