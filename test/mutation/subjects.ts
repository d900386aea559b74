/** What is broken, and the tests that have to notice it: those that run within the process first, since they are fast. */
export interface Subject {
  readonly files: readonly string[];
  readonly specs: readonly string[];
}

export const SUBJECTS: Readonly<Record<string, Subject>> = {
  signing: {
    files: ['src/thedex/signature.ts'],
    specs: ['test/thedex/signature.test.ts', 'test/thedex/client.test.ts'],
  },
  parsing: {
    files: ['src/lib/decimal.ts', 'src/thedex/answers.ts'],
    specs: ['test/lib/decimal.test.ts', 'test/thedex/answers.test.ts', 'test/thedex/client.test.ts'],
  },
  classification: {
    files: ['src/thedex/errors.ts', 'src/thedex/advice.ts'],
    specs: [
      'test/thedex/errors.test.ts',
      'test/thedex/advice.test.ts',
      'test/scrape/scrape.test.ts',
      'test/thedex/client.test.ts',
      'test/thedex/connection.test.ts',
    ],
  },
  sending: {
    files: ['src/thedex/client.ts', 'src/thedex/connection.ts'],
    specs: [
      'test/thedex/client.test.ts',
      'test/thedex/connection.test.ts',
      'test/thedex/hostile-answers.test.ts',
      'test/config/ca-file.test.ts',
    ],
  },
  'deadline and coalescing': {
    files: ['src/scrape/scrape.ts', 'src/scrape/account.ts'],
    specs: ['test/scrape/scrape.test.ts', 'test/scrape/account.test.ts', 'test/scrape/page.test.ts'],
  },
  exposition: {
    files: ['src/scrape/metrics.ts', 'src/scrape/page.ts'],
    specs: ['test/scrape/page.test.ts', 'test/web/app.test.ts'],
  },
  gate: {
    files: ['src/web/app.ts'],
    specs: ['test/web/app.test.ts'],
  },
  reload: {
    files: ['src/exporter.ts', 'src/scrape/accounts.ts'],
    specs: ['test/exporter.test.ts', 'test/scrape/account.test.ts'],
  },
};
