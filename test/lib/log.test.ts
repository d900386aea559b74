import { expect } from 'chai';
import { createLogger, type LogFormat, type LogLevel } from '../../src/lib/log.ts';

function collect(level: LogLevel, format: LogFormat) {
  const lines: string[] = [];
  return { lines, log: createLogger({ level, format, write: (line) => lines.push(line) }) };
}

describe('createLogger', () => {
  it('writes logfmt with time, level and message first', () => {
    const { lines, log } = collect('info', 'logfmt');
    log.warn('Reading failed', { account: 'main', reason: 'tls', err: undefined });
    expect(lines[0]).to.match(
      /^ts=\d{4}-\d\d-\d\dT[\d:.]+Z level=warn msg="Reading failed" account=main reason=tls\n$/,
    );
  });
  it('keeps one record on one line, whatever a field holds', () => {
    const { lines, log } = collect('info', 'logfmt');
    log.info('x', { a: 'one\ntwo "three" \u001b[31m', b: '' });
    expect(lines[0]).to.match(/ a="one\\ntwo \\"three\\" \\u001b\[31m" b=""\n$/);
    expect(lines[0]?.trimEnd()).not.to.include('\n');
  });
  it('writes JSON that a parser reads', () => {
    const { lines, log } = collect('info', 'json');
    log.error('broken', { n: 1, yes: true });
    expect(JSON.parse(lines[0] ?? '')).to.include({ level: 'error', msg: 'broken', n: 1, yes: true });
  });
  it('leaves out what is below its level', () => {
    const { lines, log } = collect('warn', 'logfmt');
    log.debug('a');
    log.info('b');
    log.warn('c');
    log.error('d');
    expect(lines).to.have.length(2);
  });
});
