import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { CURRENCIES } from '../../src/sandbox/currencies.ts';
import { CURRENCY_EFFECTS } from '../../src/sandbox/effects.ts';
import { ENDPOINTS } from '../../src/sandbox/endpoints.ts';
import { FAULTS } from '../../src/sandbox/faults.ts';
import { KEPT_ANSWERS } from '../../src/sandbox/journal.ts';
import { OMISSIONS, SCENARIOS } from '../../src/sandbox/scenarios.ts';
import { SHAPES } from '../../src/sandbox/wire-shapes.ts';

const page = readFileSync(new URL('../../docs/sandbox.md', import.meta.url), 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('| `'));
const documented = rows.map((row) => row.split('`')[1] ?? '');

describe('docs/sandbox.md', () => {
  for (const name of [...FAULTS, ...OMISSIONS, ...CURRENCY_EFFECTS.map((effect) => `${effect}/CURRENCY`)]) {
    it(`has one row for ${name}`, () => {
      expect(documented.filter((each) => each === name)).to.have.length(1);
    });
  }

  it('has no row for a scenario that does not exist', () => {
    const begin = rows.findIndex((row) => row.startsWith('| `normal`'));
    for (const name of documented.slice(begin)) expect(SCENARIOS).to.include(name.split('/')[0]);
  });

  it('names every currency with its decimals, every shape and every endpoint', () => {
    for (const { code, scale } of CURRENCIES) {
      const row = rows.find((line) => line.includes(`\`${code}\``) && /\| \d+ +\|$/.test(line));
      expect(row, code).to.match(new RegExp(`\\| ${scale} +\\|$`));
    }
    for (const shape of SHAPES) expect(page).to.include(`\`${shape}\``);
    for (const endpoint of ENDPOINTS) expect(page).to.include(endpoint);
  });

  it('speaks of alerts that exist', () => {
    const rules = readFileSync(new URL('../../alerts/thedex.rules.yml', import.meta.url), 'utf8');
    const named = new Set(page.match(/`TheDex\w+`/g)?.map((name) => name.slice(1, -1)));
    expect(named.size).to.be.above(10);
    for (const name of named) expect(rules).to.include(`alert: ${name}\n`);
  });

  it('says how many answers are remembered', () => {
    expect(page).to.include(`the last ${KEPT_ANSWERS} of them`);
  });
});
