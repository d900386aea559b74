import { LOG_FORMATS, LOG_LEVELS } from '../lib/log.ts';

/** A flag as parsing, `--help` and the documentation know it. */
export interface FlagDefinition {
  /** Without the leading dashes. */
  readonly name: string;
  /** A `boolean` takes no value and has a `--no-` form, a `value` is given once, a `list` any number of times. */
  readonly kind: 'boolean' | 'value' | 'list';
  /** What stands for the value in `--help`; empty for a boolean. */
  readonly placeholder: string;
  /** The environment variable that says the same; a list is separated by commas there. */
  readonly env: string | undefined;
  /** The default in the form in which it would be given; `undefined` where there is none. */
  readonly default: string | undefined;
  readonly help: string;
}

/** Every flag of the program besides `--help` and `--version`, in the order of `--help`. */
export const FLAGS = [
  {
    name: 'config.file',
    kind: 'value',
    placeholder: '<path>',
    env: 'THEDEX_CONFIG_FILE',
    default: undefined,
    help: 'YAML file with accounts, thresholds and collectors.',
  },
  {
    name: 'config.check',
    kind: 'boolean',
    placeholder: '',
    env: undefined,
    default: 'false',
    help: 'Check the whole configuration, print what is wrong, and exit.',
  },
  {
    name: 'thedex.url',
    kind: 'value',
    placeholder: '<url>',
    env: 'THEDEX_URL',
    default: 'https://app.thedex.cloud',
    help: 'Base URL of the gateway.',
  },
  {
    name: 'thedex.api-key-file',
    kind: 'value',
    placeholder: '<path>',
    env: 'THEDEX_API_KEY_FILE',
    default: undefined,
    help: "File with the default account's API key; or give the key itself in THEDEX_API_KEY.",
  },
  {
    name: 'thedex.secret-key-file',
    kind: 'value',
    placeholder: '<path>',
    env: 'THEDEX_SECRET_KEY_FILE',
    default: undefined,
    help: "File with the default account's secret key; or give the key itself in THEDEX_SECRET_KEY.",
  },
  {
    name: 'thedex.timeout',
    kind: 'value',
    placeholder: '<duration>',
    env: 'THEDEX_TIMEOUT',
    default: '10s',
    help: 'The longest that a scrape may take.',
  },
  {
    name: 'thedex.timeout-offset',
    kind: 'value',
    placeholder: '<duration>',
    env: 'THEDEX_TIMEOUT_OFFSET',
    default: '0.5s',
    help: "Subtracted from Prometheus' own scrape timeout, so that the answer still arrives.",
  },
  {
    name: 'thedex.legacy-nonce',
    kind: 'boolean',
    placeholder: '',
    env: 'THEDEX_LEGACY_NONCE',
    default: 'false',
    help: 'Sign a body with request and nonce, as older gateways ask.',
  },
  {
    name: 'thedex.ca-file',
    kind: 'value',
    placeholder: '<path>',
    env: 'THEDEX_CA_FILE',
    default: undefined,
    help: "PEM file with certificates to trust besides the system's.",
  },
  {
    name: 'thedex.insecure-http',
    kind: 'boolean',
    placeholder: '',
    env: 'THEDEX_INSECURE_HTTP',
    default: 'false',
    help: 'Allow http: URLs to other hosts than loopback.',
  },
  {
    name: 'collector.rates',
    kind: 'boolean',
    placeholder: '',
    env: 'THEDEX_COLLECTOR_RATES',
    default: 'false',
    help: "Read the gateway's exchange rates with each scrape.",
  },
  {
    name: 'collector.payout-limits',
    kind: 'boolean',
    placeholder: '',
    env: 'THEDEX_COLLECTOR_PAYOUT_LIMITS',
    default: 'false',
    help: 'Read the smallest payout of each currency with each scrape.',
  },
  {
    name: 'web.listen-address',
    kind: 'list',
    placeholder: '<address>',
    env: 'THEDEX_WEB_LISTEN_ADDRESS',
    default: ':10055',
    help: 'Address to listen on: [host]:port or unix:///path. Repeatable.',
  },
  {
    name: 'web.telemetry-path',
    kind: 'value',
    placeholder: '<path>',
    env: 'THEDEX_WEB_TELEMETRY_PATH',
    default: '/metrics',
    help: 'Path of the metrics.',
  },
  {
    name: 'web.config.file',
    kind: 'value',
    placeholder: '<path>',
    env: 'THEDEX_WEB_CONFIG_FILE',
    default: undefined,
    help: 'YAML file that switches on TLS and basic auth, in the format of the exporter-toolkit.',
  },
  {
    name: 'web.max-requests',
    kind: 'value',
    placeholder: '<count>',
    env: 'THEDEX_WEB_MAX_REQUESTS',
    default: '100',
    help: 'Scrapes that may wait at once; more get status 503.',
  },
  {
    name: 'web.systemd-socket',
    kind: 'boolean',
    placeholder: '',
    env: 'THEDEX_WEB_SYSTEMD_SOCKET',
    default: 'false',
    help: 'Listen on the sockets that systemd hands over, instead of on addresses.',
  },
  {
    name: 'web.enable-lifecycle',
    kind: 'boolean',
    placeholder: '',
    env: 'THEDEX_WEB_ENABLE_LIFECYCLE',
    default: 'false',
    help: 'Let POST /-/reload re-read configuration and secrets.',
  },
  {
    name: 'log.level',
    kind: 'value',
    placeholder: `<${LOG_LEVELS.join('|')}>`,
    env: 'THEDEX_LOG_LEVEL',
    default: 'info',
    help: 'The least important messages to log.',
  },
  {
    name: 'log.format',
    kind: 'value',
    placeholder: `<${LOG_FORMATS.join('|')}>`,
    env: 'THEDEX_LOG_FORMAT',
    default: 'logfmt',
    help: 'Format of the log.',
  },
  {
    name: 'sandbox',
    kind: 'boolean',
    placeholder: '',
    env: undefined,
    default: 'false',
    help: 'Start an embedded gateway with invented balances on loopback, and scrape that.',
  },
  {
    name: 'sandbox.port',
    kind: 'value',
    placeholder: '<port>',
    env: undefined,
    default: '0',
    help: "The sandbox's port on loopback; 0 takes a free one.",
  },
  {
    name: 'sandbox.seed',
    kind: 'value',
    placeholder: '<number>',
    env: undefined,
    default: undefined,
    help: 'The same seed makes the same wallet; without one, each start makes another.',
  },
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

/** The definition of a flag. */
export function flagNamed(name: FlagName): FlagDefinition {
  const found = FLAGS.find((flag) => flag.name === name);
  if (found === undefined) throw new Error(`no flag is called ${name}`);
  return found;
}
