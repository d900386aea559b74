import { expect } from 'chai';
import * as fc from 'fast-check';
import { ConfigurationError } from '../../src/config/configuration-error.ts';
import { FLAGS } from '../../src/config/flags.ts';
import { formatProblems, parseCommandLine } from '../../src/process/cli.ts';

const BUILD = { version: '1.2.3', revision: 'abcdef' };
const SECRET = '9f8e7d6c5b4a';

function flagsOf(...words: string[]): unknown {
  const invocation = parseCommandLine(words, BUILD);
  return invocation.action === 'print' ? invocation.text : invocation.flags;
}

function mistakeOf(...words: string[]): string {
  try {
    parseCommandLine(words, BUILD);
  } catch (error) {
    if (error instanceof ConfigurationError) return formatProblems(error);
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
      else expect(mistakeOf(`--no-${name}`), name).to.contain(`unknown option --no-${name}`);
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
      [['--collector.rate'], 'unknown option --collector.rate (Did you mean --collector.rates?)'],
      [['--nonsense', 'x'], 'unknown option --nonsense'],
      [['--config.file'], 'option --config.file <path> argument missing'],
      [['--config.file', '--log.level', 'debug'], '--config.file needs a value'],
      [['--log.level='], '--log.level needs a value'],
      [['--log.level', 'a', '--log.level', 'b'], '--log.level is given 2 times'],
      [['--collector.rates', '--no-collector.rates'], '--collector.rates is given 2 times'],
      [['--collector.rates=true'], '--collector.rates takes no value: write --collector.rates or --no-collector.rates'],
      [['--collector.rates', 'true'], 'expected flags and their values only; a boolean flag takes no value'],
      [['serve'], 'expected flags and their values only; a boolean flag takes no value'],
      [['-log.level', 'debug'], 'flags begin with two dashes; see --help'],
    ];
    for (const [words, line] of mistakes) {
      expect(mistakeOf(...words), words.join(' ')).to.equal(`thedex-exporter: ${line}\n`);
    }
  });

  it('tells where keys belong to somebody who gives one by flag', () => {
    for (const words of [[`--thedex.api-key=${SECRET}`], ['--thedex.secret-key', SECRET], [`--api-key:${SECRET}`]]) {
      expect(mistakeOf(...words))
        .to.match(/^thedex-exporter: unknown option --[a-z.-]+ ?/)
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
        let shown = '';
        try {
          parseCommandLine([...before, `${name}${between}${SECRET}`], BUILD);
        } catch (error) {
          shown = formatProblems(error as ConfigurationError);
        }
        expect(shown)
          .to.match(/^thedex-exporter: [^\n]+\n$/)
          .and.not.to.contain(SECRET);
      }),
    );
  });

  it('lists every flag in --help, with variable and default', () => {
    const help = textOf('--help').replace(/\s+/g, ' ');
    for (const { name, env, default: fallback, kind, help: meaning } of FLAGS) {
      const notes = [
        ...(env === undefined ? [] : [`env: ${env}`]),
        ...(fallback === undefined ? [] : [`default: ${kind === 'boolean' ? 'off' : fallback}`]),
      ];
      expect(help).to.contain(`--${name} `);
      expect(help).to.contain(notes.length === 0 ? meaning : `${meaning} (${notes.join(', ')})`);
    }
    expect(textOf('--help')).to.not.match(/^ +--no-/m);
    expect(textOf('-h')).to.equal(textOf('--help'));
  });

  it('prints what it is on --version', () => {
    expect(textOf('--version')).to.match(/^thedex-exporter, version 1\.2\.3 \(revision: abcdef\)\n/);
  });
});
