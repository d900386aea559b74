import { expect } from 'chai';
import * as fc from 'fast-check';
import { ConfigurationError } from '../src/config/configuration-error.ts';
import { FLAGS, variableOf } from '../src/config/flags.ts';
import { formatProblems, parseCommandLine } from '../src/cli.ts';

const BUILD = { version: '1.2.3', revision: 'abcdef' };
const SECRET = '9f8e7d6c5b4a';

function flagsOf(...words: string[]): unknown {
  const invocation = parseCommandLine(words, BUILD);
  return 'flags' in invocation ? invocation.flags : invocation;
}

function mistakeOf(...words: string[]): string {
  try {
    parseCommandLine(words, BUILD);
  } catch (error) {
    if (error instanceof ConfigurationError) return formatProblems(error, words, {});
    throw error;
  }
  throw new Error(`accepted: ${words.join(' ')}`);
}

function textOf(...words: string[]): string {
  const invocation = parseCommandLine(words, BUILD);
  return invocation.action === 'print' ? invocation.text : '';
}

describe('the command line', () => {
  it('takes a value after a blank or an equals sign', () => {
    expect(flagsOf('--log.level', 'debug', '--thedex.url=https://a.example/?x=1')).to.deep.equal({
      'log.level': 'debug',
      'thedex.url': 'https://a.example/?x=1',
    });
  });

  it('takes every flag of the table', () => {
    for (const { name, kind } of FLAGS) {
      const words = kind === 'boolean' ? [`--${name}`] : [`--${name}`, 'value'];
      const value = { boolean: 'true', value: 'value', list: ['value'] }[kind];
      expect(flagsOf(...words), name).to.deep.equal({ [name]: value });
    }
  });

  it('switches every boolean off by its --no- form', () => {
    for (const { name, kind } of FLAGS) {
      if (kind === 'boolean') expect(flagsOf(`--no-${name}`)).to.deep.equal({ [name]: 'false' });
      else expect(mistakeOf(`--no-${name}`), name).to.contain(`unknown flag --no-${name}`);
    }
  });

  it('collects the listen addresses in their order', () => {
    expect(flagsOf('--web.listen-address', ':2', '--web.listen-address=:1')).to.deep.equal({
      'web.listen-address': [':2', ':1'],
    });
  });

  it('asks for a check only with --config.check', () => {
    const actionOf = (...words: string[]) => parseCommandLine(words, BUILD).action;
    expect([actionOf(), actionOf('--config.check'), actionOf('--no-config.check')]).to.deep.equal([
      'run',
      'check',
      'run',
    ]);
  });

  it('names each mistake in one line', () => {
    const mistakes: readonly (readonly [words: string[], line: string])[] = [
      [['--collector.rate'], 'unknown flag --collector.rate: did you mean --collector.rates?'],
      [['--nonsense', 'x'], 'unknown flag --nonsense'],
      [['--config.file'], '--config.file needs a value'],
      [['--config.file', '--log.level', 'debug'], '--config.file needs a value'],
      [['--log.level='], '--log.level needs a value'],
      [['--log.level', 'a', '--log.level', 'b'], '--log.level is given 2 times'],
      [['--collector.rates', '--no-collector.rates'], '--collector.rates is given 2 times'],
      [['--collector.rates=true'], '--collector.rates takes no value: write --collector.rates or --no-collector.rates'],
      [['--collector.rates', 'true'], 'expected flags and their values only; a boolean flag takes no value'],
      [['-log.level', 'debug'], 'flags begin with two dashes; see --help'],
    ];
    for (const [words, line] of mistakes) {
      expect(mistakeOf(...words), words.join(' ')).to.equal(`thedex-exporter: ${line}\n`);
    }
  });

  it('tells where keys belong to somebody who gives one by flag', () => {
    for (const words of [[`--thedex.api-key=${SECRET}`], ['--thedex.secret-key', SECRET], [`--api-key:${SECRET}`]]) {
      expect(mistakeOf(...words))
        .to.match(/^thedex-exporter: unknown flag --[a-z.-]+ ?/)
        .and.to.contain('THEDEX_SECRET_KEY')
        .and.not.to.contain(SECRET);
    }
  });

  it('never shows what follows an unknown flag', () => {
    const names = fc.stringMatching(/^-{1,2}(no-)?[a-z.-]{1,20}$/);
    const separator = fc.constantFrom('=', ':', '\n', "'=", ' ');
    const known = fc.constantFrom('--config.file', '--collector.rates', '--web.listen-address', '--', '--log.level=x');
    fc.assert(
      fc.property(fc.array(known, { maxLength: 2 }), names, separator, (before, name, between) => {
        fc.pre(!FLAGS.some((flag) => `--${flag.name}` === name));
        // A short flag that is known prints the help, whatever stands around it.
        fc.pre(!(/^-[^-]/.test(name) && name.includes('h')));
        let shown = '';
        try {
          parseCommandLine([...before, `${name}${between}${SECRET}`], BUILD);
        } catch (error) {
          shown = formatProblems(error as ConfigurationError, [], {});
        }
        expect(shown)
          .to.match(/^(?:thedex-exporter: [^\n]+\n)+$/)
          .and.not.to.contain(SECRET);
      }),
    );
  });

  it('lists every command and flag in --help, with variable and default', () => {
    const help = textOf('--help').replace(/\s+/g, ' ');
    for (const { name, fallback, kind, help: meaning } of FLAGS) {
      const variable = variableOf(name);
      const standard = kind === 'boolean' ? 'off' : fallback;
      const notes = [
        ...(variable === undefined ? [] : [`env: ${variable}`]),
        ...(standard === '' ? [] : [`default: ${standard}`]),
      ];
      expect(help).to.contain(`--${name} `);
      expect(help).to.contain(notes.length === 0 ? meaning : `${meaning} (${notes.join(', ')})`);
    }
    for (const command of ['probe [ACCOUNT]', 'export DIR', 'healthcheck', '--format=table|metrics|json']) {
      expect(help).to.contain(command);
    }
    for (const line of textOf('--help').split('\n')) expect(line.length, line).to.be.at.most(100);
    expect(textOf('--help')).to.not.match(/^ +--no-/m);
    expect(textOf('-h')).to.equal(textOf('--help'));
  });

  it('knows the commands, with flags before and behind them', () => {
    const parse = (...words: string[]) => parseCommandLine(words, BUILD);
    expect(parse('probe')).to.deep.equal({ action: 'probe', flags: {}, account: undefined, format: 'table' });
    expect(parse('--config.file', 'x', 'probe', 'main', '--format=json', '--sandbox')).to.deep.equal({
      action: 'probe',
      flags: { 'config.file': 'x', sandbox: 'true' },
      account: 'main',
      format: 'json',
    });
    expect(parse('export', 'some/folder')).to.deep.equal({ action: 'export', dir: 'some/folder' });
    expect(parse('healthcheck', '--web.listen-address=:1')).to.deep.equal({
      action: 'healthcheck',
      flags: { 'web.listen-address': [':1'] },
    });
    expect(parse('probe', '--help').action).to.equal('print');
  });

  it('has a hint for words that are no commands', () => {
    const hints: readonly (readonly [words: string[], line: string])[] = [
      [['help'], 'did you mean --help?'],
      [['version'], 'did you mean --version?'],
      [['check'], 'did you mean --config.check?'],
      [['sandbox'], 'did you mean --sandbox?'],
      [['prob'], 'did you mean probe?'],
      [['serve'], 'flags alone start it: thedex-exporter [flags]'],
      [['constructor'], 'expected flags and their values only; a boolean flag takes no value'],
      [['export'], 'expected one folder: thedex-exporter export DIR'],
      [['export', 'a', 'b'], 'expected one folder: thedex-exporter export DIR'],
      [['probe', 'a', 'b'], 'expected one account at most: thedex-exporter probe [ACCOUNT]'],
      [['probe', '--format=xml'], '--format: expected one of table, metrics, json'],
      [['probe', '--format', 'json', '--format', 'json'], '--format is given 2 times'],
      [['--format=json'], '--format has a meaning only with the command probe'],
      [['healthcheck', 'x'], 'healthcheck takes flags only'],
    ];
    for (const [words, line] of hints) {
      expect(mistakeOf(...words), words.join(' ')).to.equal(`thedex-exporter: ${line}\n`);
    }
  });

  it('tells all mistakes at once', () => {
    expect(mistakeOf('--nonsense', '--log.level=', '--collector.rates=1')).to.equal(
      'thedex-exporter: unknown flag --nonsense\n' +
        'thedex-exporter: --collector.rates takes no value: write --collector.rates or --no-collector.rates\n' +
        'thedex-exporter: --log.level needs a value\n',
    );
  });

  it('tells mistakes in the format that the log would have', () => {
    const error = new ConfigurationError(['one', 'two']);
    const messages = (words: string[], env = {}) =>
      formatProblems(error, words, env)
        .trimEnd()
        .split('\n')
        .map((line) => (line.startsWith('{') ? (JSON.parse(line) as { level: string; msg: string }) : line));
    for (const lines of [
      messages(['--log.format=json']),
      messages(['--nonsense', '--log.format', 'json']),
      messages([], { THEDEX_LOG_FORMAT: 'json' }),
    ]) {
      expect(lines).to.have.lengthOf(2);
      expect(lines[1]).to.deep.include({ level: 'error', msg: 'two' });
    }
    const plain = ['thedex-exporter: one', 'thedex-exporter: two'];
    expect(messages([])).to.deep.equal(plain);
    expect(messages(['--log.format'])).to.deep.equal(plain);
    expect(messages(['--log.format=logfmt'], { THEDEX_LOG_FORMAT: 'json' })).to.deep.equal(plain);
  });

  it('prints what it is on --version', () => {
    expect(textOf('--version')).to.match(/^thedex-exporter, version 1\.2\.3 \(revision: abcdef\)\n/);
  });
});
