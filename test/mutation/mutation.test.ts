import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { plantDefect, type Plant } from '../support/planted.ts';

/** Ways to break the program that went unnoticed once, each with the tests that notice it. */
const MUTANTS: readonly (Plant & { readonly specs: readonly string[] })[] = [
  {
    name: 'a client that hangs up is waited for',
    file: 'src/scrape/scrape.ts',
    find: 'if (scrape.gone.aborted) {',
    replace: 'if (false) {',
    specs: ['test/scrape/scrape.test.ts', 'test/scrape/account.test.ts'],
  },
  {
    name: 'nobody is told that no scrape is in flight any more',
    file: 'src/web/app.ts',
    find: 'if (this.#inFlight === 0) for (const tell of this.#onIdle.splice(0)) tell();',
    replace: '',
    specs: ['test/web/app.test.ts'],
  },
  {
    name: 'certificates that cannot be verified are a matter of the network',
    file: 'src/thedex/errors.ts',
    find: 'UNABLE_TO_|',
    replace: '',
    specs: ['test/thedex/errors.test.ts'],
  },
  {
    name: 'invalid certificates are a matter of the network',
    file: 'src/thedex/errors.ts',
    find: '|INVALID_(?:CA|PURPOSE)$',
    replace: '',
    specs: ['test/thedex/errors.test.ts'],
  },
  {
    name: 'a client that prefers its answer uncompressed gets gzip',
    file: 'src/web/app.ts',
    find: "ctx.acceptsEncodings('gzip', 'identity') === 'gzip'",
    replace: "ctx.acceptsEncodings('gzip') === 'gzip'",
    specs: ['test/web/app.test.ts'],
  },
  {
    name: 'a socket file that may not be opened is taken for a stale one',
    file: 'src/web/listen.ts',
    find: "code !== 'ECONNREFUSED'",
    replace: 'false',
    specs: ['test/web/server.test.ts'],
  },
];

/** A test that a mutant lets wait for ever has noticed it; the same test without the mutant takes milliseconds. */
const HANGS_AFTER_MS = 10_000;
const run = promisify(execFile);

describe('Mutants that survived once', function () {
  this.timeout(180_000);

  for (const { specs, ...mutant } of MUTANTS) {
    it(`are noticed: ${mutant.name}`, async () => {
      const planted = plantDefect(mutant);
      try {
        const arguments_ = [
          'node_modules/mocha/bin/mocha.js',
          '--bail',
          '--exit',
          `--timeout=${HANGS_AFTER_MS}`,
          ...specs,
        ];
        const failure = await run(process.execPath, arguments_, { cwd: planted.folder }).then(
          () => undefined,
          (error: { stdout: string }) => error.stdout,
        );
        // It must be a test that fails, and not the run that could not begin.
        expect(failure, 'all tests pass').to.match(/\b[1-9]\d* failing\b/);
      } finally {
        planted.remove();
      }
    });
  }
});
