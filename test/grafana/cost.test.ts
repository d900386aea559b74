import { expect } from 'chai';
import { startPrometheus, type RunningPrometheus } from '../support/prometheus.ts';
import { requireTool } from '../support/tools.ts';
import { Asker } from './asked.ts';
import { readDashboards } from './committed.ts';
import { historyOf } from './histories.ts';
import { allTargets } from './model.ts';

/** The most that one query may cost Prometheus, in seconds of processor time. */
const MOST_SECONDS = 0.3;
/**
 * A query that reads what all of them read, and what it costs where the limit was set. A machine that is slower, or does
 * other work besides, needs longer for it as well: by so much the limit is raised there.
 */
const YARDSTICK = 'sum(quantile_over_time(0.5, thedex_balance[1d]))';
const YARDSTICK_SECONDS = 0.1;
/** A query that seems to cost more is asked so often, and the cheapest counts: a collection of garbage is not the query's. */
const TRIES = 4;

describe('what the queries of the dashboards cost, with 12 accounts of 8 currencies', function () {
  this.timeout(600_000);
  let prometheus: RunningPrometheus;
  let asker: Asker;
  let end: number;

  before(async function () {
    const binary = requireTool(this, 'prometheus');
    const history = historyOf('twelve', requireTool(this, 'promtool'));
    end = history.end;
    prometheus = await startPrometheus({ binary, dataDir: history.dataDir });
    asker = new Asker(prometheus, history, 86_400);
  });

  after(async () => {
    await prometheus?.stop();
  });

  for (const { name, model } of readDashboards()) {
    it(`${name}: each less than ${MOST_SECONDS} s of processor time over 24 hours`, async () => {
      const dear: string[] = [];
      for (const { panel, target } of allTargets(model)) {
        let cheapest = Number.POSITIVE_INFINITY;
        let most = MOST_SECONDS;
        for (let tries = 0; tries < TRIES && cheapest > most; tries += 1) {
          cheapest = Math.min(cheapest, await costOf(() => asker.answer(model, { panel, target })));
          if (cheapest <= most) break;
          const yardstick = await costOf(() => prometheus.query(YARDSTICK, end));
          most = Math.max(most, (MOST_SECONDS * yardstick) / YARDSTICK_SECONDS);
        }
        if (cheapest > most)
          dear.push(`${panel.title} ${target.refId}: ${cheapest.toFixed(2)} of ${most.toFixed(2)} s`);
      }
      expect(dear).to.deep.equal([]);
    });
  }

  async function costOf(ask: () => Promise<unknown>): Promise<number> {
    const before = await processorSeconds();
    await ask();
    return (await processorSeconds()) - before;
  }

  async function processorSeconds(): Promise<number> {
    const page = await (await fetch(`${prometheus.url}/metrics`)).text();
    return Number(/^process_cpu_seconds_total (\S+)$/m.exec(page)?.[1]);
  }
});
