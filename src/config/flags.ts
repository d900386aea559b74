import { parseDuration } from '../lib/duration.ts';
import { LOG_FORMATS, LOG_LEVELS } from '../lib/log.ts';
import { quote } from '../lib/quote.ts';
import { suggestName } from '../lib/suggest.ts';
import type { Findings } from './configuration-error.ts';

/** A flag as the command line, `--help` and the documentation know it. */
export interface FlagDefinition {
  /** Without the leading dashes. */
  readonly name: string;
  /** A `boolean` takes no value and has a `--no-` form, a `value` is given once, a `list` any number of times. */
  readonly kind: 'boolean' | 'value' | 'list';
  /** What stands for the value in `--help`; empty for a boolean. */
  readonly placeholder: string;
  /** In the form in which it would be given; empty where there is none, and for a boolean, which is off. */
  readonly fallback: string;
  readonly help: string;
}

const on = <const N extends string>(name: N, help: string) =>
  ({ name, kind: 'boolean', placeholder: '', fallback: '', help }) as const;
const value = <const N extends string>(name: N, [placeholder, fallback]: readonly [string, string], help: string) =>
  ({ name, kind: 'value', placeholder, fallback, help }) as const;
const list = <const N extends string>(name: N, [placeholder, fallback]: readonly [string, string], help: string) =>
  ({ name, kind: 'list', placeholder, fallback, help }) as const;

/** Every flag of the program besides `--help` and `--version`, in the order of `--help`. */
// prettier-ignore
export const FLAGS = [
  value('config.file', ['<path>', ''], 'YAML file with accounts, thresholds, alert limits and collectors.'),
  on('config.check', 'Check all that a start checks, print what is wrong or a summary, and exit.'),
  value('config.auto-reload-interval', ['<duration>', '0s'], 'Look this often whether the configuration file changed, or the folders in its accounts_dir, and reload then; 0s for never.'),
  value('thedex.url', ['<url>', 'https://app.thedex.cloud'], 'Base URL of the gateway.'),
  value('thedex.api-key-file', ['<path>', ''], "File with the default account's API key; or give the key itself in THEDEX_API_KEY."),
  value('thedex.secret-key-file', ['<path>', ''], "File with the default account's secret key; or give the key itself in THEDEX_SECRET_KEY."),
  value('thedex.timeout', ['<duration>', '10s'], 'The longest that a scrape may take.'),
  value('thedex.timeout-offset', ['<duration>', '0.5s'], "Subtracted from Prometheus' own scrape timeout, so that the answer still arrives."),
  on('thedex.legacy-nonce', 'Sign a body with request and nonce, as older gateways ask.'),
  value('thedex.ca-file', ['<path>', ''], 'PEM file with certificates to trust besides those that Node.js trusts.'),
  on('thedex.insecure-http', 'Allow http: URLs to other hosts than loopback.'),
  on('collector.rates', "Read the gateway's exchange rates with each scrape."),
  on('collector.payout-limits', 'Read the smallest payout of each currency with each scrape.'),
  list('web.listen-address', ['<address>', ':10055'], 'Address to listen on: [host]:port or unix:///path. Repeatable.'),
  value('web.telemetry-path', ['<path>', '/metrics'], 'Path of the metrics.'),
  value('web.route-prefix', ['<path>', ''], 'Path that all pages stand below, as behind a reverse proxy.'),
  value('web.config.file', ['<path>', ''], 'YAML file that switches on TLS and basic auth, in the format of the exporter-toolkit.'),
  value('web.max-requests', ['<count>', '100'], 'Scrapes that may wait at once; more get status 503.'),
  on('web.systemd-socket', 'Listen on the sockets that systemd hands over, instead of on addresses.'),
  on('web.enable-lifecycle', 'Let POST /-/reload re-read configuration and secrets.'),
  value('log.level', [`<${LOG_LEVELS.join('|')}>`, 'info'], 'The least important messages to log.'),
  value('log.format', [`<${LOG_FORMATS.join('|')}>`, 'logfmt'], 'Format of the log.'),
  on('sandbox', 'Start an embedded gateway with invented balances on loopback, and scrape that.'),
  value('sandbox.port', ['<port>', '0'], "The sandbox's port on loopback; 0 takes a free one."),
  value('sandbox.seed', ['<number>', ''], 'The same seed makes the same wallet; without one, each start makes another.'),
  on('sandbox.all-addresses', 'Let the sandbox listen on all addresses, for a container that publishes its port.'),
  on('sandbox.show-keys', "Print the sandbox's keys, for other clients of it."),
] as const satisfies readonly FlagDefinition[];

export type FlagName = (typeof FLAGS)[number]['name'];
type NamesOfKind<K extends FlagDefinition['kind']> = Extract<(typeof FLAGS)[number], { kind: K }>['name'];
export type BooleanFlagName = NamesOfKind<'boolean'>;
export type ValueFlagName = NamesOfKind<'value'>;
export type ListFlagName = NamesOfKind<'list'>;

/** What the command line said, as text: `true` or `false` for a boolean. A flag that was not given is not there. */
export type FlagValues = { readonly [name in BooleanFlagName | ValueFlagName]?: string } & {
  readonly [name in ListFlagName]?: readonly string[];
};

/** The environment, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The variables that hold keys themselves, for which there is no flag. */
export const KEY_VARIABLES = ['THEDEX_API_KEY', 'THEDEX_SECRET_KEY'] as const;

const WITHOUT_VARIABLE = /^(?:config\.check|sandbox)/;

/** The environment variable that says the same as a flag; `undefined` for what belongs to one start alone. */
export function variableOf(name: string): string | undefined {
  return WITHOUT_VARIABLE.test(name) ? undefined : variableLike(name);
}

function variableLike(name: string): string {
  return `THEDEX_${name
    .replace(/^thedex\./, '')
    .replaceAll(/[.-]/g, '_')
    .toUpperCase()}`;
}

/** A `THEDEX_…` variable that nothing reads. */
export interface UnknownVariable {
  readonly name: string;
  /** What is said of it. Its value may be a key and is never shown. */
  readonly what: string;
}

/** Finds `THEDEX_…` variables that nothing reads, in the order of their names. */
export function findUnknownVariables(env: Environment): readonly UnknownVariable[] {
  const known: string[] = [...KEY_VARIABLES, ...FLAGS.flatMap(({ name }) => variableOf(name) ?? [])];
  const flags = new Map(FLAGS.map(({ name }) => [variableLike(name), name]));
  // Kubernetes sets a dozen variables for each service of the namespace, one called thedex-exporter among them.
  const services = Object.keys(env).filter((name) => name.endsWith('_SERVICE_HOST'));
  const ofServices = services
    .map((name) => name.slice(0, -'SERVICE_HOST'.length))
    .flatMap((prefix) => {
      return [`${prefix}SERVICE_`, `${prefix}PORT`];
    });
  const unknown = Object.keys(env).filter((name) => name.startsWith('THEDEX_') && !known.includes(name));
  return unknown
    .filter((name) => !ofServices.some((prefix) => name.startsWith(prefix)))
    .toSorted()
    .map((name) => {
      const flag = flags.get(name);
      const meant = flag === undefined ? suggestVariable(name, known) : `the flag --${flag}`;
      const hint = meant === '' ? '' : `: did you mean ${meant}?`;
      return { name, what: `this variable is not known and has no effect${hint}` };
    });
}

function suggestVariable(name: string, known: readonly string[]): string {
  const words = known.map((each) => each.slice('THEDEX_'.length));
  const meant = suggestName(name.slice('THEDEX_'.length), words);
  return meant === undefined ? '' : `THEDEX_${meant}`;
}

/** A text and who said it: `--thedex.url`, `THEDEX_URL`, or a line of a file. */
export interface GivenText {
  readonly text: string;
  readonly where: string;
}

const TRUE_WORDS = new Set(['true', '1', 'yes', 'on']);
const FALSE_WORDS = new Set(['false', '0', 'no', 'off']);
const FALLBACKS: ReadonlyMap<string, string> = new Map(FLAGS.map(({ name, fallback }) => [name, fallback]));

/** Reads flags over environment over defaults; an empty environment variable counts as unset. */
export class FlagReader {
  readonly #flags: FlagValues;
  readonly #env: Environment;
  readonly #findings: Findings;

  constructor({ flags, env }: { readonly flags: FlagValues; readonly env: Environment }, findings: Findings) {
    this.#flags = flags;
    this.#env = env;
    this.#findings = findings;
  }

  /** What was given for a flag, if anything was. */
  given(name: BooleanFlagName | ValueFlagName): GivenText | undefined {
    const text = this.#flags[name];
    return text === undefined ? this.#fromEnvironment(name) : { text, where: `--${name}` };
  }

  /** What was given, or the default. */
  value(name: ValueFlagName): GivenText {
    return this.given(name) ?? fallbackOf(name);
  }

  /** Each given value of a flag that is repeatable, or the default. */
  list(name: ListFlagName): readonly GivenText[] {
    const texts = this.#flags[name];
    if (texts !== undefined) return texts.map((text) => ({ text, where: `--${name}` }));
    const { text, where } = this.#fromEnvironment(name) ?? fallbackOf(name);
    return text.split(',').map((part) => ({ text: part.trim(), where }));
  }

  /** A boolean as it was given; `undefined` where it was not, so that the file can decide. */
  givenBoolean(name: BooleanFlagName): boolean | undefined {
    const found = this.given(name);
    if (found === undefined) return undefined;
    const word = found.text.toLowerCase();
    if (TRUE_WORDS.has(word)) return true;
    if (FALSE_WORDS.has(word)) return false;
    const expected = 'expected true or false (or 1, 0, yes, no, on, off)';
    return this.#findings.problem(found.where, `${expected}, got ${quote(found.text)}`);
  }

  /** A boolean that is off unless given. */
  boolean(name: BooleanFlagName): boolean {
    return this.givenBoolean(name) ?? false;
  }

  /** A duration in milliseconds, zero only where that has a meaning. */
  duration(name: ValueFlagName, { zero }: { readonly zero: 'allowed' | 'refused' }): number {
    const { text, where } = this.value(name);
    const milliseconds = parseDuration(text);
    if (milliseconds !== undefined && (milliseconds > 0 || zero === 'allowed')) return milliseconds;
    const least = zero === 'allowed' ? 'of at most 1h' : 'longer than zero and of at most 1h';
    this.#findings.problem(where, `expected a duration such as 10s or 500ms, ${least}, got ${quote(text)}`);
    return 0;
  }

  /** A whole number between two bounds, `undefined` where none was given and there is no default. */
  wholeNumber(name: ValueFlagName, least: number, most: number): number | undefined {
    const { text, where } = this.value(name);
    if (text === '' && this.given(name) === undefined) return undefined;
    const number = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
    if (number >= least && number <= most) return number;
    return this.#findings.problem(where, `expected a whole number from ${least} to ${most}, got ${quote(text)}`);
  }

  /** One of a few words. */
  choice<T extends string>(name: ValueFlagName, words: readonly T[]): T {
    const { text, where } = this.value(name);
    const found = words.find((word) => word === text);
    if (found === undefined) this.#findings.problem(where, `expected one of ${words.join(', ')}, got ${quote(text)}`);
    return found ?? (words[0] as T);
  }

  #fromEnvironment(name: FlagName): GivenText | undefined {
    const where = variableOf(name);
    const text = where === undefined ? '' : (this.#env[where] ?? '');
    return where === undefined || text === '' ? undefined : { text, where };
  }
}

function fallbackOf(name: FlagName): GivenText {
  return { text: FALLBACKS.get(name) ?? '', where: `--${name}` };
}
