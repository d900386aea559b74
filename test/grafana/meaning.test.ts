import { expect } from 'chai';
import {
  flow,
  hoursLeft,
  lastBalance,
  lastValue,
  READ_AGE,
  REPORTED_AGE,
  thresholdShare,
  UNRATED,
} from '../../grafana/src/balance-queries.ts';
import { OUTCOME } from '../../grafana/src/exporter/outcome.ts';
import { named } from '../../grafana/src/selectors.ts';
import { createBlocks } from '../support/history.ts';
import { labelText, sampleLine, type Labels, type Sample } from '../support/history-text.ts';
import { startPrometheus, type RunningPrometheus, type Series } from '../support/prometheus.ts';
import { requireTool } from '../support/tools.ts';
import { readDashboards } from './committed.ts';
import { interpolate } from './interpolate.ts';

/** The start of a block of two hours; eight hours later is the moment at which the questions are asked. */
const START = 1_772_323_200;
const MINUTES = 480;
const END = START + MINUTES * 60;
const BLOCK_MINUTES = 120;

interface Story {
  readonly target: Labels;
  /** How many minutes before the end the gateway stopped answering, the exporter was lost, the target was removed. */
  readonly failingFor?: number;
  readonly downFor?: number;
  readonly removedFor?: number;
}

const STORIES: readonly Story[] = [
  { target: { job: 'thedex', instance: 'good:1' } },
  { target: { job: 'thedex', instance: 'failing:1' }, failingFor: 40 },
  { target: { job: 'thedex', instance: 'down:1' }, downFor: 20 },
  { target: { job: 'thedex', instance: 'replaced:1' }, removedFor: 200 },
];

/** A payout of 10 every 10 minutes, and a top-up of 1000 three and a half hours before the end. */
function available(minute: number): number {
  return 2000 - 10 * Math.floor(minute / 10) + (minute >= 270 ? 1000 : 0);
}

function* samplesOf({ target, failingFor = 0, downFor = 0, removedFor = 0 }: Story, minute: number): Generator<Sample> {
  const left = MINUTES - minute;
  if (left < removedFor) {
    return;
  }
  const down = left < downFor;
  yield ['up', labelText(target), down ? 0 : 1];
  if (down) {
    return;
  }
  // Seven minutes of failed reads with a payout among them: longer than Prometheus looks back for a plain selector.
  const failed = left < failingFor || (minute >= 285 && minute < 292);
  const text = (more: Labels): string => labelText({ ...more, ...target });
  yield ['thedex_up', text({}), failed ? 0 : 1];
  yield ['thedex_scrape_error', text({ reason: 'auth' }), failed ? 1 : 0];
  yield ['thedex_balance_threshold', text({ currency: 'USDT_TRON', kind: 'total' }), 8000];
  if (failed) {
    return;
  }
  for (const currency of ['USDT_TRON', 'BTC_BITCOIN']) {
    yield ['thedex_balance', text({ currency, kind: 'available' }), available(minute)];
    yield ['thedex_balance', text({ currency, kind: 'hold' }), 1000];
    yield ['thedex_balance', text({ currency, kind: 'total' }), available(minute) + 1000];
  }
  yield ['thedex_exchange_rate', text({ currency: 'USDT_TRON', fiat: 'USD' }), 2];
}

function* texts(): Generator<string> {
  for (let from = 0; from <= MINUTES; from += BLOCK_MINUTES) {
    const minutes = Array.from(
      { length: Math.min(BLOCK_MINUTES, MINUTES - from + 1) },
      (_minute, index) => from + index,
    );
    const lines = minutes.flatMap((minute) =>
      STORIES.flatMap((story) => [...samplesOf(story, minute)].map((one) => sampleLine(one, START + minute * 60))),
    );
    yield `${lines.join('')}# EOF\n`;
  }
}

describe('what the queries of the dashboards mean', function () {
  this.timeout(120_000);
  let blocks: ReturnType<typeof createBlocks>;
  let prometheus: RunningPrometheus;

  before(async function () {
    const binary = requireTool(this, 'prometheus');
    blocks = createBlocks(requireTool(this, 'promtool'), texts());
    prometheus = await startPrometheus({ binary, dataDir: blocks.dataDir });
  });

  after(async () => {
    await prometheus?.stop();
    blocks?.remove();
  });

  function ask(expression: string, time = END): Promise<Series[]> {
    const variables =
      readDashboards().find(({ model }) => model.uid === 'thedex-balances')?.model.templating.list ?? [];
    const builtIn = { __range: '8h' };
    return prometheus.query(interpolate(expression, { variables, choices: { fiat: ['USD'] }, builtIn }), time);
  }

  async function byInstance(expression: string, time = END): Promise<Record<string, number | undefined>> {
    const series = (await ask(expression, time)).filter(
      ({ labels: { currency = 'USDT_TRON' } }) => currency === 'USDT_TRON',
    );
    return Object.fromEntries(series.map(({ labels, samples }) => [labels['instance'], samples[0]?.[1]]));
  }

  it('outflow: payouts are seen through a top-up and through a few failed reads', async () => {
    const hourOfTopUp = START + 295 * 60;
    expect((await byInstance(flow('out', { kind: 'available', window: '1h' }), hourOfTopUp))['good:1']).to.equal(50);
    expect((await byInstance(flow('in', { kind: 'available', window: '1h' }), hourOfTopUp))['good:1']).to.equal(990);
  });

  it('hours left: what is available at the outflow of six hours, whatever came in', async () => {
    const left = (await byInstance(hoursLeft()))['good:1'];
    expect(left).to.be.closeTo(available(MINUTES) / 60, 0.5);
  });

  it('last balances: known while reads fail or the exporter is down, forgotten with the target', async () => {
    expect(await byInstance(lastBalance('available'))).to.deep.equal({
      'good:1': available(MINUTES),
      'failing:1': available(MINUTES - 40),
      'down:1': available(MINUTES - 20),
    });
  });

  it('value: what has a rate, each target once', async () => {
    expect(await byInstance(lastValue('total'))).to.deep.equal({
      'good:1': 2 * (available(MINUTES) + 1000),
      'failing:1': 2 * (available(MINUTES - 40) + 1000),
      'down:1': 2 * (available(MINUTES - 20) + 1000),
    });
    expect((await ask(UNRATED))[0]?.samples[0]?.[1]).to.equal(3);
  });

  it('share of a threshold: a threshold for the total does not judge what is available', async () => {
    const shares = await ask(thresholdShare());
    expect(
      shares.map(({ labels: { kind, instance }, samples }) => [instance, kind, samples[0]?.[1]]),
    ).to.deep.include.members([['good:1', 'total', (available(MINUTES) + 1000) / 8000]]);
    expect(shares.every(({ labels }) => labels['kind'] === 'total')).to.equal(true);
  });

  it('age: since the last read that succeeded, for every target that Prometheus still has', async () => {
    const ages = { 'good:1': 0, 'failing:1': 40 * 60, 'down:1': 20 * 60 };
    expect(await byInstance(READ_AGE)).to.deep.equal(ages);
    expect(await byInstance(REPORTED_AGE)).to.deep.equal(ages);
  });

  it('outcome: read, the reason why not, or the exporter down', async () => {
    const codes = await byInstance(OUTCOME);
    expect(codes).to.deep.equal({ 'good:1': 0, 'failing:1': 4, 'down:1': 10 });
  });

  it('names: an instance where no account tells wallets apart, and nothing for a wallet alone', async () => {
    const names = async (expression: string): Promise<(string | undefined)[]> =>
      (await ask(named(expression))).map(({ labels }) => labels['wallet']);
    expect(await names('thedex_up{job=~"$job", instance="good:1"}')).to.deep.equal([' good:1']);
    const alone = named('thedex_up{instance="good:1"}').replaceAll('instance=~"$instance"', 'instance="good:1"');
    expect((await ask(alone)).map(({ labels }) => labels['wallet'])).to.deep.equal([undefined]);
  });
});
