import type { ComponentChildren, JSX } from 'preact';
import { percentOf } from '../lib/amount.ts';
import { Balances } from './balances.tsx';
import type { Failure, Judgement, LandingAccount, PastScrape } from './model.ts';
import type { ProgramInfo } from './page.tsx';
import { Moment, Name, Runbook, ScrapeStrip, StackedTable, type PageContext } from './parts.tsx';
import {
  ageInWords,
  countInWords,
  describeFailure,
  describeScrapes,
  durationInWords,
  momentInWords,
  REASON_WORDS,
  showName,
  spanInWords,
} from './words.ts';

/** All that is known of one account. */
export function AccountPage(props: PageContext & { readonly judgement: Judgement }): JSX.Element {
  const { judgement, info, nowMs } = props;
  const { account, failure } = judgement;
  const { labels, name, alertLimits } = account.settings;
  return (
    <>
      <section class="card" aria-labelledby="scrapes">
        <h2 id="scrapes">Last scrapes</h2>
        <Situation judgement={judgement} nowMs={nowMs} />
        {failure !== undefined && <FailureCard failure={failure} info={info} />}
        <History scrapes={account.history.scrapes} />
        <ul class="facts">
          {Object.entries(labels).map(([label, value]) => (
            <li>
              {showName(label)}: <Name of={value} />
            </li>
          ))}
          <li>
            <a href={metricsHref(account, info.telemetryPath)}>
              {name === undefined ? 'Metrics, with the exporter’s own' : `Metrics of ${showName(account.displayName)}`}
            </a>{' '}
            (asks TheDex)
          </li>
        </ul>
      </section>
      <Balances {...props} />
      {alertLimits.length > 0 && <AlertLimits limits={alertLimits} info={info} />}
    </>
  );
}

/** Where an account's metrics are; asking for them asks the gateway. */
function metricsHref({ settings: { name } }: LandingAccount, telemetryPath: string): string {
  return name === undefined ? `.${telemetryPath}` : `./probe?target=${encodeURIComponent(name)}`;
}

function Situation({ judgement, nowMs }: { judgement: Judgement; nowMs: number }): JSX.Element {
  const { account, failuresInARow } = judgement;
  const latest = account.history.scrapes.at(-1);
  if (latest === undefined) return <p>Nobody has asked for this account’s metrics since the exporter started.</p>;
  const what = failuresInARow > 1 ? `The last ${failuresInARow} scrapes failed, most recently` : 'Last scraped';
  return (
    <p>
      {what} {ageInWords(nowMs - latest.atMs)}, at <Moment atMs={latest.atMs} />.
    </p>
  );
}

function FailureCard({ failure, info }: { failure: Failure; info: ProgramInfo }): JSX.Element {
  const { reason, advice, said, message } = failure;
  const alert = reason === 'auth' ? 'TheDexAuthRejected' : 'TheDexApiFailing';
  return (
    <dl class="failure">
      <Fact term="Reason">
        <strong>{describeFailure(failure)}</strong>: {REASON_WORDS[reason]}.
      </Fact>
      <Fact term="What to do">{advice}</Fact>
      {said.length > 0 && <Fact term="The gateway’s answer speaks of">{said.join(', ')}</Fact>}
      <Fact term="Message">{showName(message, MAX_MESSAGE_CHARACTERS)}</Fact>
      <Fact term="Read more">
        <a href={`${info.documentationUrl}/troubleshooting.md#${reason}`}>{reason} in Troubleshooting</a>,{' '}
        <Runbook alert={alert} info={info} />
      </Fact>
    </dl>
  );
}

const MAX_MESSAGE_CHARACTERS = 500;

/** A term of a list of definitions with what it stands for. */
export function Fact({ term, children }: { readonly term: string; readonly children: ComponentChildren }): JSX.Element {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function History({ scrapes }: { scrapes: readonly PastScrape[] }): JSX.Element | null {
  if (scrapes.length === 0) return null;
  const longest = Math.max(...scrapes.map(({ durationSeconds }) => durationSeconds));
  return (
    <div class="history">
      <ScrapeStrip scrapes={scrapes} />
      <p class="muted">
        {describeScrapes(scrapes)} The longest took {durationInWords(longest)}.
      </p>
      <details>
        <summary>{countInWords(scrapes.length, 'scrape')} in words</summary>
        <StackedTable
          caption="The last scrapes, newest first"
          columns={[
            { label: 'Began', show: ({ atMs }) => momentInWords(atMs) },
            {
              label: 'Outcome',
              show: ({ failure }) => (failure === undefined ? '✓ succeeded' : `✗ ${describeFailure(failure)}`),
            },
            { label: 'Took', isNumber: true, show: ({ durationSeconds }) => durationInWords(durationSeconds) },
          ]}
          rows={scrapes.toReversed()}
        />
      </details>
    </div>
  );
}

type Limits = LandingAccount['settings']['alertLimits'];

const LIMITS = [
  { limit: 'drop_ratio', label: 'Sudden drop above' },
  { limit: 'hold_ratio', label: 'On hold above' },
  { limit: 'runway_seconds', label: 'Empty within' },
] as const;

/** What is normal for this account's currencies, where the alerts use that instead of their defaults. */
function AlertLimits({ limits, info }: { limits: Limits; info: ProgramInfo }): JSX.Element {
  const currencies = [...new Set(limits.map(({ currency }) => currency))];
  return (
    <section class="card" aria-labelledby="limits">
      <h2 id="limits">Alert limits</h2>
      <p class="muted">
        Set for this account; alerts use <a href={`${info.documentationUrl}/alerts.md`}>their defaults</a> for all
        others.
      </p>
      <StackedTable
        caption="Alert limits by currency"
        columns={[
          { label: 'Currency', show: (currency) => (currency === '*' ? 'each currency' : <Name of={currency} />) },
          ...LIMITS.map(({ limit, label }) => ({
            label,
            show: (currency: string) =>
              limitInWords(limits.find((each) => each.currency === currency && each.limit === limit)),
          })),
        ]}
        rows={currencies}
      />
    </section>
  );
}

function limitInWords(limit: Limits[number] | undefined): string {
  if (limit === undefined) return 'default';
  if (limit.limit === 'runway_seconds') {
    return Number(limit.value) === 0 ? 'off' : spanInWords(Number(limit.value) * 1000);
  }
  return limit.value === '+Inf' ? 'off' : `${percentOf(limit.value, '1') ?? limit.value} %`;
}
