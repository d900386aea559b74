import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { HISTORY_END, type History } from '../support/history.ts';
import { startPrometheus, type RunningPrometheus, type Series } from '../support/prometheus.ts';
import { requireTool } from '../support/tools.ts';
import { Asker, type Tiles } from './asked.ts';
import { CASES, historyOf, type CaseName } from './histories.ts';
import { readDashboards } from './committed.ts';

const BALANCES = 'balances.json';
const EXPORTER = 'exporter.json';
const MINUTE = 60;
/** What runs dry in more than three days, or not at all. */
const LONG = 259_200;

/** A history, and a Prometheus that has it, for one state of an installation. */
function inState(name: CaseName, promises: (asked: () => State) => void): void {
  describe(`the verdicts in the state '${name}'`, function () {
    this.timeout(300_000);
    let prometheus: RunningPrometheus;
    let state: State;

    before(async function () {
      const binary = requireTool(this, 'prometheus');
      const history = historyOf(name, requireTool(this, 'promtool'));
      prometheus = await startPrometheus({ binary, dataDir: history.dataDir });
      state = new State(prometheus, history);
    });

    after(async () => {
      await prometheus?.stop();
    });

    it('as many are below a threshold in the accounts together as the verdict counts', async () => {
      const [, count] = await state.first(BALANCES, 'Below threshold');
      const accounts = await state.column(BALANCES, 'By account', { refId: 'E' });
      const below = accounts.reduce((sum, { samples }) => sum + (samples[0]?.[1] ?? 0), 0);
      expect(below).to.equal(Number.isNaN(count) ? 0 : count);
    });

    it('each balance with a threshold is one line of its share', async () => {
      const lines = await Promise.all(
        ['A', 'B'].map((refId) => state.column(BALANCES, 'Share of threshold', { refId })),
      );
      const names = lines.flat().map(({ labels }) => `${labels['job']} ${labels['account']} ${labels['currency']}`);
      expect(new Set(names).size).to.equal(names.length);
      expect(names.length).to.be.at.most(8);
    });

    promises(() => state);
  });
}

class State extends Asker {
  readonly #prometheus: RunningPrometheus;
  readonly #end: number;

  constructor(prometheus: RunningPrometheus, history: History) {
    super(prometheus, history);
    this.#prometheus = prometheus;
    this.#end = history.end;
  }

  /** One number that is asked for in other words than the dashboards'. */
  async number(expression: string, minutesBefore = 0): Promise<number> {
    const [series] = await this.#prometheus.query(expression, this.#end - minutesBefore * MINUTE);
    return series?.samples[0]?.[1] ?? Number.NaN;
  }

  /** The first number of a stat, and its name. */
  async first(file: string, title: string): Promise<readonly [string, number]> {
    return (await this.tiles(file, title))[0] ?? ['nothing', Number.NaN];
  }

  async balances(title: string): Promise<Tiles> {
    return this.tiles(BALANCES, title);
  }

  async exporter(title: string): Promise<Tiles> {
    return this.tiles(EXPORTER, title);
  }

  /** What needs attention, the worst first. */
  async attention(): Promise<{ account: string; currency: string; why: number }[]> {
    return (await this.column(BALANCES, 'Needs attention', { refId: 'A' })).map(({ labels, samples }) => ({
      account: labels['account'] ?? '',
      currency: labels['currency'] ?? '',
      why: samples[0]?.[1] ?? Number.NaN,
    }));
  }
}

const valueOf = (series: readonly Series[]): (number | undefined)[] => series.map(({ samples }) => samples[0]?.[1]);

inState('calm', (asked) => {
  it('nothing is below a threshold, nothing runs dry, nothing fires, all is fresh', async () => {
    // Four balances, one of them with a threshold for its total, too, and the value of the account.
    expect(await asked().balances('Below threshold')).to.deep.equal([['of 5 with a threshold', 0]]);
    expect((await asked().first(BALANCES, 'Runs dry first'))[1]).to.be.greaterThan(LONG);
    expect(await asked().balances('Alerts')).to.deep.equal([
      ['critical', 0],
      ['warning', 0],
    ]);
    expect(await asked().balances('Oldest balances')).to.deep.equal([['default (thedex)', 0]]);
  });

  it('the table of what needs attention says how many balances are well', async () => {
    expect(await asked().attention()).to.deep.equal([{ account: 'All 4 balances are well', currency: '', why: 0 }]);
  });

  it('no account fails, no exporter is down', async () => {
    expect(await asked().exporter('Accounts that cannot be read')).to.deep.equal([['of 1', 0]]);
    expect(await asked().exporter('Exporters down')).to.deep.equal([['exporters', 0]]);
    expect((await asked().exporter('Reads'))[0]?.[1]).to.be.closeTo(1, 0.001);
    const [{ samples } = { samples: [] }] = await asked().column(EXPORTER, 'Accounts now', { refId: 'B' });
    expect(samples[0]?.[1], 'for how long the account has been read').to.equal(1440 * MINUTE);
  });

  it('the change in a day is what the value changed by', async () => {
    const worth = 'sum(thedex_balance{kind="available"} * on (currency) thedex_exchange_rate{fiat="USD"})';
    const [today, yesterday] = [await asked().number(worth), await asked().number(worth, 1440)];
    const tiles = Object.fromEntries(await asked().balances('Available'));
    expect(tiles['USD']).to.be.closeTo(today, today / 1e6);
    expect(tiles['in 24 h']).to.be.closeTo(today / yesterday - 1, 1e-6);
    expect(tiles['of threshold']).to.be.closeTo(today / 25_000, 1e-6);
  });
});

inState('single', (asked) => {
  it('the alerts and what needs attention agree', async () => {
    const attention = await asked().attention();
    const drying = attention.filter(({ why }) => why > 4.3 && why < 5).map(({ currency }) => currency);
    const alerts = await asked().column(BALANCES, 'Firing alerts', { refId: 'A' });
    const about = (name: string): (string | undefined)[] =>
      alerts.filter(({ labels }) => labels['alertname'] === name).map(({ labels }) => labels['currency']);
    expect(about('BalanceProjectedEmpty')).to.deep.equal(drying);
    // 62% of it are on hold, and 80% are normal here.
    expect(about('HoldStuck')).to.deep.equal([]);
    expect(attention.filter(({ why }) => why >= 1 && why < 2)).to.deep.equal([]);
  });

  it('the time left is drawn without holes, which a line would bridge as if a balance fell', async () => {
    const lines = await asked().column(BALANCES, 'Time left', { refId: 'A' });
    expect(lines.length).to.be.greaterThan(1);
    for (const { labels, samples } of lines) expect(samples, labels['currency']).to.have.length(6 * 12 + 1);
    expect(Math.max(...lines.flatMap(({ samples }) => samples.map(([, seconds]) => seconds)))).to.equal(LONG / 3600);
  });
});

inState('bare', (asked) => {
  it('without thresholds, rates and rules: no verdict but the age and the currencies with money', async () => {
    expect(await asked().balances('Below threshold')).to.deep.equal([]);
    expect(await asked().balances('Alerts')).to.deep.equal([]);
    expect(await asked().balances('Available')).to.deep.equal([['currencies with money', 3]]);
    expect((await asked().first(BALANCES, 'Oldest balances'))[1]).to.equal(0);
  });

  it('what runs dry is known without the rules, too, and drawn', async () => {
    const [first] = await asked().column(BALANCES, 'Runs dry first', { refId: 'A' });
    expect(first?.samples[0]?.[1]).to.be.greaterThan(0);
    const lines = await asked().column(BALANCES, 'Time left', { refId: 'B' });
    const drawn = lines.map(({ labels, samples }) => [labels['currency'], samples.length] as const);
    expect(drawn).to.deep.include([first?.labels['currency'], 6 * 12 + 1]);
  });
});

inState('pair', (asked) => {
  it('is not red, since a balance is below a threshold, and none below a critical one', async () => {
    expect(await asked().column(BALANCES, 'Below threshold', { refId: 'A' })).to.have.length(1);
    expect(await asked().column(BALANCES, 'Below threshold', { refId: 'B' })).to.deep.equal([]);
  });

  it('has one line for its one account', async () => {
    const states = await asked().column(BALANCES, 'By account', { refId: 'A' });
    expect(states.map(({ labels }) => labels['account'])).to.deep.equal(['default (thedex)']);
  });

  it('money is counted once', async () => {
    const once = await asked().number(
      'sum(thedex_balance{kind="available",instance="exporter:10055"} * on (currency, instance) thedex_exchange_rate{fiat="USD"})',
    );
    expect((await asked().first(BALANCES, 'Available'))[1]).to.be.closeTo(once, once / 1e6);
    const amounts = await asked().column(BALANCES, 'All balances', { refId: 'C' });
    expect(amounts.map(({ labels }) => labels['currency'])).to.have.members(CASES.pair.currencies);
  });

  it('what lasts less than 48 hours needs attention, the shortest first', async () => {
    const lasts = new Map(
      (await asked().column(BALANCES, 'All balances', { refId: 'F' })).map(({ labels, samples }) => [
        labels['currency'],
        samples[0]?.[1] ?? Number.NaN,
      ]),
    );
    const drying = (await asked().attention()).filter(({ why }) => why > 4.3 && why < 5);
    const short = [...lasts].filter(([, seconds]) => seconds < 172_800).toSorted(([, a], [, b]) => a - b);
    expect(drying.map(({ currency }) => currency)).to.deep.equal(short.map(([currency]) => currency));
    expect((await asked().first(BALANCES, 'Runs dry first'))[0]).to.equal(short[0]?.[0]);
  });

  it('an account that one of two exporters reads is read, and the table says which one cannot', async () => {
    expect(await asked().exporter('Accounts that cannot be read')).to.deep.equal([['of 1', 0]]);
    const states = await asked().column(EXPORTER, 'Accounts now', { refId: 'A' });
    expect(states.map(({ labels, samples }) => [labels['instance'], samples[0]?.[1]])).to.deep.equal([
      ['spare:10055', 2],
      ['exporter:10055', 0],
    ]);
    const versions = await asked().column(EXPORTER, 'Accounts now', { refId: 'F' });
    expect(versions.map(({ labels }) => labels['version'])).to.have.members(['0.1.0', '0.2.0']);
  });
});

inState('down', (asked) => {
  it('the last known balances are still judged, and their age says how old they are', async () => {
    const before = await asked().number(
      'sum(thedex_balance{kind="available"} * on (currency) thedex_exchange_rate{fiat="USD"})',
      41,
    );
    expect((await asked().first(BALANCES, 'Available'))[1]).to.be.closeTo(before, before / 1e6);
    expect((await asked().first(BALANCES, 'Below threshold'))[0]).not.to.equal('nothing');
    expect(await asked().balances('Oldest balances')).to.deep.equal([['default (thedex)', 41 * MINUTE]]);
  });

  it('the account needs attention once, whatever it holds', async () => {
    const stale = (await asked().attention()).filter(({ why }) => why >= 5 && why < 6);
    expect(stale.map(({ account, currency }) => [account, currency])).to.deep.equal([
      ['default (thedex)', 'all balances'],
    ]);
  });

  it('what is below a threshold needs attention, as many as the verdict counts', async () => {
    const below = (await asked().attention()).filter(({ why }) => (why > 3.25 && why < 4.26) || why >= 6);
    const drying = (await asked().attention()).filter(({ why }) => why > 4.26 && why < 5);
    const [, count] = await asked().first(BALANCES, 'Below threshold');
    expect(below.length).to.be.within(count - drying.length, count);
    expect(below.map(({ currency }) => currency)).to.include('value in USD');
  });

  it('says what to do about an exporter that cannot be scraped', async () => {
    const reasons = await asked().column(EXPORTER, 'Accounts now', { refId: 'G' });
    expect(reasons.map(({ labels }) => labels['reason'])).to.deep.equal(['between-prometheus-and-the-exporter']);
    expect(readFileSync(new URL('../../docs/troubleshooting.md', import.meta.url), 'utf8')).to.contain(
      '## Between Prometheus and the exporter',
    );
  });

  it('what was running dry still is', async () => {
    const last = await asked().number('min(account:thedex_runway_seconds)', 41);
    const [, seconds] = await asked().first(BALANCES, 'Runs dry first');
    expect(Number.isFinite(last) ? seconds : 'unknown').to.equal(Number.isFinite(last) ? last : 'unknown');
  });

  it('it is the exporter that is down, and since when', async () => {
    expect(await asked().exporter('Accounts that cannot be read')).to.deep.equal([
      ['of 1', 1],
      ['exporter down', 1],
    ]);
    expect(await asked().exporter('Exporters down')).to.deep.equal([
      ['exporters', 1],
      ['since, exporter:10055', 41 * MINUTE],
    ]);
    expect((await asked().balances('Alerts'))[0]).to.deep.equal(['critical', 2]);
  });
});

inState('outage', (asked) => {
  it('names the reason, and how old the balances are', async () => {
    expect(await asked().exporter('Accounts that cannot be read')).to.deep.equal([
      ['of 2', 2],
      ['server_error', 2],
    ]);
    expect((await asked().first(BALANCES, 'Oldest balances'))[1]).to.be.within(181 * MINUTE, 186 * MINUTE);
  });

  it('the value over time keeps what was known', async () => {
    const values = await asked().column(BALANCES, 'Value by currency $fiat', { refId: 'A' });
    for (const { labels, samples } of values) {
      expect(samples.length, labels['currency']).to.equal(36 + 1);
      expect(samples.at(-1)?.[1]).to.equal(samples.at(-5)?.[1]);
    }
  });
});

inState('fresh', (asked) => {
  it('ten minutes after the install there is no pace and no day before, but there are balances', async () => {
    expect(await asked().balances('Runs dry first')).to.deep.equal([]);
    const tiles = Object.fromEntries(await asked().balances('Available'));
    expect(tiles).to.have.keys(['USD', 'of threshold']);
    expect((await asked().first(BALANCES, 'Below threshold'))[1]).to.be.a('number');
    expect((await asked().attention())[0]?.account).not.to.equal('');
    const [{ samples } = { samples: [] }] = await asked().column(EXPORTER, 'Accounts now', { refId: 'B' });
    expect(samples[0]?.[1], 'for how long the account has been read').to.be.within(5 * MINUTE, 10 * MINUTE);
  });
});

inState('scales', (asked) => {
  it('billions and thousandths stand side by side, each with the decimals of its size', async () => {
    const thresholds = await asked().column(BALANCES, 'All balances', { refId: 'E' });
    expect(Math.max(...(valueOf(thresholds) as number[]))).to.equal(1_000_000_000);
    const amounts = await asked().column(BALANCES, 'All balances', { refId: 'C' });
    const places = Object.fromEntries(
      amounts.map(({ labels, samples }) => [
        labels['currency'],
        /\.(\d*)$/.exec(String(samples[0]?.[1]))?.[1]?.length ?? 0,
      ]),
    );
    expect(places['SHIB_ETHEREUM']).to.be.at.most(2);
    expect(places['USDT_TRON']).to.be.at.most(4);
    expect(places['BTC_BITCOIN']).to.be.within(5, 8);
  });

  it('more than half on hold is below the configured limit, and so is well', async () => {
    expect((await asked().attention()).filter(({ why }) => why >= 1 && why < 2)).to.deep.equal([]);
  });
});

inState('twelve', (asked) => {
  it('is red, since a balance is below a critical threshold', async () => {
    expect(await asked().column(BALANCES, 'Below threshold', { refId: 'B' })).to.have.length(1);
    expect(await asked().column(BALANCES, 'Below threshold', { refId: 'A' })).to.deep.equal([]);
  });

  it('says how many accounts cannot be read, and for which reasons', async () => {
    expect(await asked().exporter('Accounts that cannot be read')).to.have.deep.members([
      ['of 12', 2],
      ['auth', 1],
      ['timeout', 1],
    ]);
    expect((await asked().first(BALANCES, 'Oldest balances'))[0]).to.equal('casino');
    expect((await asked().first(EXPORTER, 'Reads'))[0]).to.equal('casino');
  });

  it('has one line for each account, the ones that fail first', async () => {
    const states = await asked().column(BALANCES, 'By account', { refId: 'A' });
    expect(states).to.have.length(12);
    expect(states.slice(0, 3).map(({ labels, samples }) => [labels['account'], samples[0]?.[1]])).to.deep.equal([
      ['casino', 4],
      ['payroll', 1],
      [states[2]?.labels['account'], 0],
    ]);
  });

  it('counts as below a threshold what is, and names the lowest', async () => {
    const below =
      'thedex_balance < on (job, instance, account, currency, kind) max without (severity) (thedex_balance_threshold)';
    const share =
      'thedex_balance / on (job, instance, account, currency, kind) max without (severity) (thedex_balance_threshold)';
    const count = await asked().number(`count(count by (account, currency) (${below}))`);
    const [name, value] = await asked().first(BALANCES, 'Below threshold');
    expect(value).to.equal(count);
    expect(name).to.match(/^[A-Z]+_[A-Z]+ ?\S*$/);
    const attention = await asked().attention();
    const lowest = await asked().number(`min(${share})`);
    expect(attention.filter(({ why }) => why >= 6)).to.have.length(
      await asked().number(
        'count(count by (account, currency) (thedex_balance < on (job, instance, account, currency, kind) thedex_balance_threshold{severity="critical"})) or vector(0)',
      ),
    );
    expect(lowest).to.be.lessThan(1);
    expect(attention.map(({ why }) => why)).to.deep.equal(attention.map(({ why }) => why).toSorted((a, b) => b - a));
  });

  it('the strip has the accounts that failed, and all others as one', async () => {
    const { panels } = readDashboards().find(({ name }) => name === EXPORTER)!.model;
    expect(panels.some(({ title }) => title === 'What became of the reads')).to.equal(true);
    const [casino] = await asked().column(EXPORTER, 'What became of the reads', { refId: 'A' });
    const began = HISTORY_END - 95 * MINUTE;
    const first = casino?.samples.find(([, outcome]) => outcome === 4)?.[0];
    expect(first, 'the step in which the key was first refused').to.be.within(began - 2 * MINUTE, began - 1);
    const strips = await asked().exporter('What became of the reads');
    expect(strips.map(([name]) => name)).to.deep.equal(['casino', 'payroll', 'all others']);
  });
});

inState('sixty', (asked) => {
  it('draws nine currencies one by one', async () => {
    const { model } = readDashboards().find(({ name }) => name === BALANCES)!;
    expect(await asked().options(model, 'drawn')).to.have.length(9);
  });

  it('leaves balances of nothing out of the table, unless the switch shows them', async () => {
    const rows = async (zeros: string): Promise<number> =>
      (await asked().column(BALANCES, 'All balances', { refId: 'C', choices: { zeros: [zeros] } })).length;
    expect(await rows('!= 0')).to.equal(30);
    expect(await rows('> -Inf')).to.equal(60);
  });
});

inState('gone', (asked) => {
  it('an account that is no target any more keeps its money for two hours, and its state says so', async () => {
    const states = await asked().column(BALANCES, 'By account', { refId: 'A' });
    expect(states.map(({ labels, samples }) => [labels['account'], samples[0]?.[1]])).to.deep.equal([
      ['shop-us', 11],
      ['shop-eu', 0],
    ]);
    expect(await asked().exporter('Accounts that cannot be read')).to.deep.equal([
      ['of 2', 1],
      ['target gone', 1],
    ]);
    expect((await asked().first(BALANCES, 'Oldest balances'))[0]).to.equal('shop-us');
    const alerts = await asked().column(BALANCES, 'Firing alerts', { refId: 'A' });
    const lost = alerts.filter(({ labels }) => labels['account'] === 'shop-us');
    expect(lost.map(({ labels }) => labels['alertname'])).to.deep.equal(['AccountGone']);
  });
});
