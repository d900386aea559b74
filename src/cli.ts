import { parseArgs } from 'node:util';
import { ConfigurationError } from './config/configuration-error.ts';
import { type Environment, FLAGS, type FlagDefinition, type FlagValues, variableOf } from './config/flags.ts';
import { createLogger } from './lib/log.ts';
import { suggestName } from './lib/suggest.ts';
import type { BuildInfo } from './scrape/own-metrics.ts';

/** Formats of `thedex-exporter probe`. */
export const PROBE_FORMATS = ['table', 'metrics', 'json'] as const;
export type ProbeFormat = (typeof PROBE_FORMATS)[number];

/** What the command line asks for. */
export type Invocation =
  | { readonly action: 'run' | 'check' | 'healthcheck'; readonly flags: FlagValues }
  /** Ask the gateway once; without an account's name, for the default account or the only one. */
  | {
      readonly action: 'probe';
      readonly flags: FlagValues;
      readonly account: string | undefined;
      readonly format: ProbeFormat;
    }
  /** Write the files that belong to this version into a folder. */
  | { readonly action: 'export'; readonly dir: string }
  /** `--help` or `--version`: a text for standard output. */
  | { readonly action: 'print'; readonly text: string };

const PROGRAM = 'thedex-exporter';
const COMMANDS = ['probe', 'export', 'healthcheck'] as const;
/** Words that somebody may try, and what they mean here. */
const FLAGS_START_IT = `flags alone start it: ${PROGRAM} [flags]`;
const HINTS: ReadonlyMap<string, string> = new Map([
  ['help', 'did you mean --help?'],
  ['version', 'did you mean --version?'],
  ['check', 'did you mean --config.check?'],
  ['validate', 'did you mean --config.check?'],
  ['sandbox', 'did you mean --sandbox?'],
  ['run', FLAGS_START_IT],
  ['serve', FLAGS_START_IT],
  ['start', FLAGS_START_IT],
]);
const KEYS_NEVER_BY_FLAG =
  'keys are given by file (--thedex.api-key-file, --thedex.secret-key-file) or environment ' +
  '(THEDEX_API_KEY, THEDEX_SECRET_KEY)';

const BY_NAME: ReadonlyMap<string, FlagDefinition> = new Map(FLAGS.map((flag) => [flag.name, flag]));

/**
 * Reads the words after the program's name.
 *
 * @throws ConfigurationError, which never shows what follows an unknown flag or stands alone, since that may be a key
 */
export function parseCommandLine(words: readonly string[], build: BuildInfo): Invocation {
  const { given, positionals, problems } = readWords(words);
  if (given.has('help')) return { action: 'print', text: formatHelp() };
  if (given.has('version')) return { action: 'print', text: describeBuild(build) };
  const flags = checkValues(given, problems);
  const [command, ...operands] = positionals;
  if (problems.length === 0) problems.push(...mistakesOf(command, operands, given.has('format')));
  if (problems.length > 0) throw new ConfigurationError([...new Set(problems)]);
  if (command === 'healthcheck') return { action: command, flags };
  if (command === 'export') return { action: command, dir: operands[0] ?? '' };
  if (command === 'probe') return { action: command, flags, account: operands[0], format: formatOf(given) };
  return { action: flags['config.check'] === 'true' ? 'check' : 'run', flags };
}

/** What the words say: the texts of each flag, and what is no flag. */
interface Words {
  readonly given: ReadonlyMap<string, readonly string[]>;
  readonly positionals: readonly string[];
  readonly problems: string[];
}

function readWords(words: readonly string[]): Words {
  const given = new Map<string, string[]>();
  const positionals: string[] = [];
  const problems: string[] = [];
  const options = {
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean' },
    format: { type: 'string' },
    ...Object.fromEntries(FLAGS.map(({ name, kind }) => [name, { type: kind === 'boolean' ? 'boolean' : 'string' }])),
  } as const;
  const { tokens } = parseArgs({ args: [...words], options, strict: false, allowPositionals: true, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, inlineValue, value } = token;
    const negated = name.startsWith('no-') ? BY_NAME.get(name.slice(3)) : undefined;
    const flag = negated?.kind === 'boolean' ? negated : BY_NAME.get(name);
    const isBoolean = flag?.kind === 'boolean' || name === 'help' || name === 'version';
    if (flag === undefined && !Object.hasOwn(options, name)) problems.push(unknownFlag(rawName));
    else if (isBoolean && inlineValue === true) {
      problems.push(`--${name} takes no value${flag ? `: write --${flag.name} or --no-${flag.name}` : ''}`);
    } else {
      const key = flag?.name ?? name;
      given.set(key, [
        ...(given.get(key) ?? []),
        isBoolean ? String(flag === undefined || negated !== flag) : (value ?? ''),
      ]);
    }
  }
  return { given, positionals, problems };
}

function unknownFlag(rawName: string): string {
  if (!rawName.startsWith('--')) return 'flags begin with two dashes; see --help';
  // What follows the letters of `--thedex.api-key:…` is a key.
  const name = /^[a-z._-]{0,40}/i.exec(rawName.slice(2))?.[0] ?? '';
  const line = `unknown flag --${name}`;
  if (/key|secret/i.test(name)) return `${line}; ${KEYS_NEVER_BY_FLAG}`;
  const meant = suggestName(name, [...BY_NAME.keys(), 'help', 'version']);
  return meant === undefined ? line : `${line}: did you mean --${meant}?`;
}

function checkValues(given: ReadonlyMap<string, readonly string[]>, problems: string[]): FlagValues {
  const flags: Record<string, string | readonly string[]> = {};
  for (const [name, texts] of given) {
    const kind = BY_NAME.get(name)?.kind;
    if (texts.length > 1 && kind !== 'list') problems.push(`--${name} is given ${texts.length} times`);
    // A flag's name where its neighbour's value should stand.
    if (texts.some((text) => text === '' || text.startsWith('-'))) problems.push(`--${name} needs a value`);
    if (kind !== undefined) flags[name] = kind === 'list' ? texts : (texts[0] ?? '');
  }
  const format = given.get('format')?.[0];
  if (format !== undefined && !PROBE_FORMATS.some((known) => known === format)) {
    problems.push(`--format: expected one of ${PROBE_FORMATS.join(', ')}`);
  }
  return flags;
}

function formatOf(given: Words['given']): ProbeFormat {
  return PROBE_FORMATS.find((known) => known === given.get('format')?.[0]) ?? 'table';
}

function mistakesOf(command: string | undefined, operands: readonly string[], hasFormat: boolean): readonly string[] {
  if (hasFormat && command !== 'probe') return ['--format has a meaning only with the command probe'];
  if (command === undefined) return [];
  if (!COMMANDS.some((known) => known === command)) {
    const meant = suggestName(command, COMMANDS);
    const hint = HINTS.get(command.toLowerCase()) ?? (meant === undefined ? undefined : `did you mean ${meant}?`);
    return [hint ?? 'expected flags and their values only; a boolean flag takes no value'];
  }
  if (command === 'export' && operands.length !== 1) return [`expected one folder: ${PROGRAM} export DIR`];
  if (command === 'probe' && operands.length > 1) return [`expected one account at most: ${PROGRAM} probe [ACCOUNT]`];
  if (command === 'healthcheck' && operands.length > 0) return ['healthcheck takes flags only'];
  return [];
}

/**
 * The text for standard error that says what is wrong: a line for each mistake, in the format that the log would have.
 *
 * @param words the command line, in which a format may be named although something else is wrong with it
 */
export function formatProblems({ problems }: ConfigurationError, words: readonly string[], env: Environment): string {
  const index = words.findLastIndex((word) => word === '--log.format' || word.startsWith('--log.format='));
  const word = words[index];
  const given = word === '--log.format' ? words[index + 1] : word?.slice('--log.format='.length);
  if ((given ?? env['THEDEX_LOG_FORMAT']) !== 'json') {
    return problems.map((problem) => `${PROGRAM}: ${problem}\n`).join('');
  }
  const lines: string[] = [];
  const log = createLogger({ level: 'error', format: 'json', write: (line) => void lines.push(line) });
  for (const problem of problems) log.error(problem);
  return lines.join('');
}

const HELP_WIDTH = 100;
const COLUMN = 38;

function formatHelp(): string {
  const entries: readonly (readonly [string, string])[] = [
    ...FLAGS.map((flag) => [`--${flag.name} ${flag.placeholder}`.trim(), describeFlag(flag)] as const),
    ['--version', 'Print the version.'],
    ['-h, --help', 'Print this help.'],
  ];
  return `Usage: ${PROGRAM} [flags]
       ${PROGRAM} probe [ACCOUNT] [--format=${PROBE_FORMATS.join('|')}] [flags]
       ${PROGRAM} export DIR
       ${PROGRAM} healthcheck [flags]

Prometheus exporter for the balances of TheDex.

Commands:
${formatEntry('probe [ACCOUNT]', 'Ask the gateway once, print balances and thresholds or what to do; exit with 0 or 1.')}
${formatEntry('export DIR', 'Write alert rules, dashboards, prometheus.yml and example configurations of this version.')}
${formatEntry('healthcheck', 'Ask the exporter that the same flags started whether it is healthy; exit with 0 or 1.')}

Flags:
${entries.map(([term, help]) => formatEntry(term, help)).join('\n')}

${wrap(
  'A flag wins over its environment variable, and that over the file. A boolean flag is switched off by its --no- form, ' +
    'as in --no-collector.rates. Keys are never given by flag.',
  HELP_WIDTH,
).join('\n')}
`;
}

/** What a flag means, with its variable and default. */
export function describeFlag({ name, help, fallback, kind }: FlagDefinition): string {
  const variable = variableOf(name);
  const standard = kind === 'boolean' ? 'off' : fallback;
  const notes = [
    ...(variable === undefined ? [] : [`env: ${variable}`]),
    ...(standard === '' ? [] : [`default: ${standard}`]),
  ];
  return notes.length === 0 ? help : `${help}\n(${notes.join(', ')})`;
}

function formatEntry(term: string, help: string): string {
  const lines = help.split('\n').flatMap((line) => wrap(line, HELP_WIDTH - COLUMN));
  const first = `  ${term}`;
  const rows = first.length < COLUMN - 1 ? [first.padEnd(COLUMN) + (lines.shift() ?? '')] : [first];
  return [...rows, ...lines.map((line) => ' '.repeat(COLUMN) + line)].join('\n');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function describeBuild({ version, revision }: BuildInfo): string {
  const platform = `${process.platform}/${process.arch}`;
  return `${PROGRAM}, version ${version} (revision: ${revision})\n  node:      ${process.version}\n  platform:  ${platform}\n`;
}
