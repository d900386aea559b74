import { Command, CommanderError, Option } from 'commander';
import { ConfigurationError } from '../config/configuration-error.ts';
import { FLAGS, type FlagDefinition, type FlagValues } from '../config/flags.ts';
import type { BuildInfo } from '../scrape/exporter-metrics.ts';

/** What the command line asks for. */
export type Invocation =
  | { readonly action: 'run' | 'check'; readonly flags: FlagValues }
  /** `--help` or `--version`: a text for standard output. */
  | { readonly action: 'print'; readonly text: string };

const PROGRAM = 'thedex-exporter';
const HELP_WIDTH = 100;
const ONLY_FLAGS = 'expected flags and their values only; a boolean flag takes no value';
const KEYS_NEVER_BY_FLAG =
  'keys are given by file (--thedex.api-key-file, --thedex.secret-key-file) or environment ' +
  '(THEDEX_API_KEY, THEDEX_SECRET_KEY)';

const BY_NAME: ReadonlyMap<string, FlagDefinition> = new Map(FLAGS.map((flag) => [flag.name, flag]));

/**
 * Reads the words after the program's name.
 *
 * @throws ConfigurationError with one line, which never shows what follows an unknown flag, since that may be a key
 */
export function parseCommandLine(words: readonly string[], build: BuildInfo): Invocation {
  let printed = '';
  const given = new Map<string, string[]>();
  const program = createProgram(build).configureOutput({ writeOut: (text) => (printed += text), writeErr: () => {} });
  for (const { name, kind } of FLAGS) {
    const note = (text: string) => given.set(name, [...(given.get(name) ?? []), text]);
    program.on(`option:${name}`, (text: string) => note(kind === 'boolean' ? 'true' : text));
    program.on(`option:no-${name}`, () => note('false'));
  }
  try {
    program.parse(words.map(withoutSecret), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { action: 'print', text: printed };
    // What was read so far may explain it better: `--config.file --log.level debug` leaves one word too many.
    checkValues(given);
    throw usageError(error.code === 'commander.excessArguments' ? ONLY_FLAGS : error.message);
  }
  const check = given.get('config.check')?.[0] === 'true';
  return { action: check ? 'check' : 'run', flags: checkValues(given) };
}

/** The lines for standard error that say what is wrong, each beginning with the program's name. */
export function formatProblems({ problems }: ConfigurationError): string {
  return problems.map((problem) => `${PROGRAM}: ${problem}\n`).join('');
}

function createProgram(build: BuildInfo): Command {
  const program = new Command(PROGRAM)
    .description('Prometheus exporter for the balances of TheDex.')
    .usage('[flags]')
    .helpOption('-h, --help', 'Print this help.')
    .version(describeBuild(build), '--version', 'Print the version.')
    .allowExcessArguments(false)
    .configureHelp({ helpWidth: HELP_WIDTH })
    .exitOverride()
    .addHelpText(
      'after',
      '\nA flag wins over its environment variable, and that over the file. A boolean flag is switched off by its --no- form,\n' +
        'as in --no-collector.rates. Keys are never given by flag.',
    );
  for (const flag of FLAGS) {
    program.addOption(new Option(`--${flag.name} ${flag.placeholder}`.trim(), describeFlag(flag)));
    if (flag.kind === 'boolean') program.addOption(new Option(`--no-${flag.name}`).hideHelp());
  }
  return program;
}

function describeBuild({ version, revision }: BuildInfo): string {
  const platform = `${process.platform}/${process.arch}`;
  return `${PROGRAM}, version ${version} (revision: ${revision})\n  node:      ${process.version}\n  platform:  ${platform}`;
}

function describeFlag({ help, env, default: fallback, kind }: FlagDefinition): string {
  const notes = [
    ...(env === undefined ? [] : [`env: ${env}`]),
    ...(fallback === undefined ? [] : [`default: ${kind === 'boolean' ? 'off' : fallback}`]),
  ];
  return notes.length === 0 ? help : `${help}\n(${notes.join(', ')})`;
}

// A word that is no flag of ours is cut before anybody can quote it: `--thedex.api-key=…` holds a key.
function withoutSecret(word: string): string {
  const name = /^--([\w.-]+)/.exec(word)?.[1];
  if (name === undefined) {
    if (word.startsWith('-') && !['-h', '--'].includes(word))
      throw usageError('flags begin with two dashes; see --help');
    return word;
  }
  const rest = word.slice(name.length + 2);
  const flag = BY_NAME.get(name) ?? BY_NAME.get(name.replace(/^no-/, ''));
  if (rest === '' || (flag?.kind !== 'boolean' && flag?.name === name && rest.startsWith('='))) return word;
  if (flag?.kind === 'boolean')
    throw usageError(`--${flag.name} takes no value: write --${flag.name} or --no-${flag.name}`);
  if (flag?.name === name) throw usageError(`expected --${name}=VALUE`);
  return `--${name}`;
}

function usageError(message: string): ConfigurationError {
  const line = message
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/ '(--[^']*)'/g, ' $1');
  const isAboutKeys = /^unknown option --[\w.-]*(?:key|secret)/i.test(line);
  return new ConfigurationError([isAboutKeys ? `${line}; ${KEYS_NEVER_BY_FLAG}` : line]);
}

function checkValues(given: ReadonlyMap<string, readonly string[]>): FlagValues {
  const flags: Record<string, string | readonly string[]> = {};
  for (const [name, texts] of given) {
    const kind = BY_NAME.get(name)?.kind;
    const [first = ''] = texts;
    if (texts.length > 1 && kind !== 'list') throw usageError(`--${name} is given ${texts.length} times`);
    // A flag's name where its neighbour's value should stand.
    if (texts.some((text) => text === '' || text.startsWith('--'))) throw usageError(`--${name} needs a value`);
    flags[name] = kind === 'list' ? texts : first;
  }
  return flags;
}
