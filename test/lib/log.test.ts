import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createLogger, type LogFormat, type LogLevel } from '../../src/lib/log.ts';
import { useScratch } from '../support/scratch.ts';
import { requireTool } from '../support/tools.ts';

function collect(level: LogLevel, format: LogFormat) {
  const lines: string[] = [];
  return { lines, log: createLogger({ level, format, write: (line) => lines.push(line) }) };
}

describe('createLogger', () => {
  it('writes logfmt with time, level and message first', () => {
    const { lines, log } = collect('info', 'logfmt');
    log.warn('Scrape failed', { account: 'main', reason: 'tls', err: undefined });
    expect(lines[0]).to.match(/^ts=\d{4}-\d\d-\d\dT[\d:.]+Z level=warn msg="Scrape failed" account=main reason=tls\n$/);
  });
  it('keeps one record on one line, whatever a field holds', () => {
    const { lines, log } = collect('info', 'logfmt');
    log.info('x', { a: 'one\ntwo "three" \u001b[31m', b: '' });
    expect(lines[0]).to.match(/ a="one\\ntwo \\"three\\" \\u001b\[31m" b=""\n$/);
    expect(lines[0]?.trimEnd()).not.to.include('\n');
  });
  for (const format of ['logfmt', 'json'] as const) {
    it(`writes nothing in ${format} that a terminal obeys or that turns text around`, () => {
      const { lines, log } = collect('info', format);
      const controls = [
        0x00, 0x1b, 0x7f, 0x80, 0x85, 0x9b, 0x61c, 0x200e, 0x2028, 0x2029, 0x202e, 0x2066, 0x2069, 0xfeff,
      ];
      const text = String.fromCharCode(...controls);
      log.info(text, { field: text, 'a key': 'é Биткоин €' });
      for (const control of text) expect(lines[0]?.trimEnd()).not.to.include(control);
      expect(lines[0]).to.include('\\u202e').and.include('\\u009b').and.include('é Биткоин €');
      if (format === 'json') expect(JSON.parse(lines[0] ?? '')).to.include({ msg: text, field: text });
    });
  }
  it('writes JSON that a parser reads', () => {
    const { lines, log } = collect('info', 'json');
    log.error('broken', { n: 1, yes: true, none: undefined });
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

describe('createStderrLogger', function () {
  this.timeout(30_000);
  const source = JSON.stringify(new URL('../../src/lib/log.ts', import.meta.url).href);
  /** A program that logs, and says on standard output that it has come to its end. */
  const program = (log: string) => `
    import { createStderrLogger } from ${source};
    const log = createStderrLogger({ level: 'info', format: 'logfmt' });
    ${log}
    process.stdout.write('still here');
  `;
  const args = (log: string) => ['--import=tsx', '--input-type=module', '--eval', program(log)];
  const scratch = useScratch();
  const bytes = Buffer.alloc(1_048_576);
  before(function () {
    if (process.platform !== 'linux') this.skip();
  });

  it('writes to standard error', () => {
    const { stderr, stdout } = spawnSync(process.execPath, args("log.info('one'); log.info('two');"), {
      encoding: 'utf8',
    });
    expect(stderr).to.match(/^ts=\S+ level=info msg=one\nts=\S+ level=info msg=two\n$/);
    expect(stdout).to.equal('still here');
  });

  it('goes on without its lines on a full disk', () => {
    const full = openSync('/dev/full', 'w');
    const { stdout, status } = spawnSync(process.execPath, args("log.info('one'); log.info('two');"), {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', full],
    });
    closeSync(full);
    expect([stdout, status]).to.deep.equal(['still here', 0]);
  });

  it('goes on when its reader went away', async () => {
    const child = spawn(
      process.execPath,
      args(
        "await new Promise((go) => process.stdin.once('data', go)); log.info('one'); log.info('two'); process.stdin.destroy();",
      ),
    );
    child.stderr.destroy();
    child.stdin.write('go');
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    const status = await new Promise((resolve) => child.once('close', resolve));
    expect([stdout, status]).to.deep.equal(['still here', 0]);
  });

  it('does not wait for a reader that does not read, and says later how many lines it lost', async function () {
    const pipe = join(scratch.path, 'pipe');
    execFileSync(requireTool(this, 'mkfifo'), [pipe]);
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(pipe, constants.O_WRONLY);
    const log = `
      for (let line = 0; line < 5000; line += 1) log.warn('filling the pipe', { line });
      process.stdout.write('filled');
      await new Promise((go) => process.stdin.once('data', go));
      log.warn('last');
      process.stdin.destroy();`;
    const child = spawn(process.execPath, args(log), { stdio: ['pipe', 'pipe', writer] });
    const ended = new Promise((resolve) => child.once('close', resolve));
    await new Promise<void>((resolve) => child.stdout?.once('data', () => resolve()));
    const before = readSync(reader, bytes);
    child.stdin?.write('go');
    await ended;
    const stderr = bytes.toString('utf8', 0, before + readSync(reader, bytes, { offset: before }));
    for (const fd of [reader, writer]) closeSync(fd);
    const kept = stderr.match(/msg="filling the pipe" line=\d+\n/g)?.length ?? 0;
    expect(stderr).to.match(
      new RegExp(
        `\\nts=\\S+ level=error msg="Log lines were lost" count=${5000 - kept}\\nts=\\S+ level=warn msg=last\\n$`,
      ),
    );
  });
});
