import type { ComponentChildren, JSX } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { AccountPage, Fact } from './account.tsx';
import { idOf, judgeAccount, STATES, type Judgement, type LandingAccount, type State } from './model.ts';
import { Pager, Search, StateFilter } from './navigation.tsx';
import type { PageContext } from './parts.tsx';
import {
  cutPage,
  hrefOf,
  mapInSlices,
  parseQuery,
  selectAccounts,
  type LandingQuery,
  type ListPage,
  type RawQuery,
} from './query.ts';
import { PrometheusLines } from './prometheus-lines.tsx';
import { STYLE } from './style.ts';
import { AccountTable } from './table.tsx';
import { countInWords, momentInWords, STATE_WORDS, tellAccountVerdict, tellVerdict } from './words.ts';

export { LANDING_POLICY } from './style.ts';

/** What the page says of the program itself. */
export interface ProgramInfo {
  readonly version: string;
  readonly revision: string;
  /** Below the route prefix, such as `/metrics`. */
  readonly telemetryPath: string;
  /** Empty, or a path such as `/x`. */
  readonly routePrefix: string;
  /** The folder of the documentation's pages, without a slash at its end. */
  readonly documentationUrl: string;
  /** The summary of the configuration in force, which holds no secret. */
  readonly configuration: Readonly<Record<string, string | number | boolean>>;
  /** Where the exporter listens, such as `:10055`. */
  readonly listenAddress: string;
}

interface LandingInput {
  readonly accounts: readonly LandingAccount[];
  readonly query: RawQuery;
  readonly info: ProgramInfo;
  /** The moment of the page, in milliseconds since the epoch. */
  readonly nowMs: number;
}

/** How many accounts one page of the table shows; of the others only the state is found out. */
const ACCOUNTS_PER_PAGE = 50;

/**
 * Renders the landing page, or an account's own: a lone account is shown without being asked for. It is made of what
 * past scrapes left behind and never asks the gateway. Everything in it is escaped, except for the style sheet, which
 * is a constant.
 */
export async function renderLanding(input: LandingInput): Promise<{ status: number; html: string }> {
  const { accounts, info, nowMs } = input;
  const query = parseQuery(input.query);
  const props = { total: accounts.length, query, info, nowMs };
  if (query.account === undefined && accounts.length !== 1) {
    const judgements = await mapInSlices(accounts, (account) => judgeAccount(account, nowMs));
    const found = cutPage(await selectAccounts(judgements, query), query.page, ACCOUNTS_PER_PAGE);
    return { status: 200, html: renderDocument(<ListDocument {...props} judgements={judgements} found={found} />) };
  }
  const account = accounts.find((each) => query.account === undefined || idOf(each) === query.account);
  if (account === undefined) return { status: 404, html: renderDocument(<UnknownDocument {...props} />) };
  const judgement = judgeAccount(account, nowMs);
  return { status: 200, html: renderDocument(<AccountDocument {...props} judgement={judgement} />) };
}

function renderDocument(document: JSX.Element): string {
  return `<!doctype html>${renderToString(document)}`;
}

interface DocumentProps extends PageContext {
  /** How many accounts are configured. */
  readonly total: number;
}

interface ListProps extends DocumentProps {
  readonly judgements: readonly Judgement[];
  readonly found: ListPage<Judgement>;
}

function ListDocument({ judgements, found, ...props }: ListProps): JSX.Element {
  const { total, query, info } = props;
  const counts = countStates(judgements);
  const never = judgements.filter(({ state }) => state === 'never');
  const verdict = tellVerdict(counts, total);
  return (
    <Document
      {...props}
      verdict={verdict}
      state={STATES.find((state) => counts[state] > 0)}
      isCritical={judgements.some(({ criticalCount }) => criticalCount > 0)}
    >
      {total === 0 ? (
        <p>There are only the exporter’s own metrics.</p>
      ) : (
        <>
          <div class="tools">
            <StateFilter counts={counts} total={total} query={query} />
            <Search label="Account name" query={query} />
          </div>
          {query.search !== '' && <p class="muted">{countInWords(found.total, 'account')} found.</p>}
          <Pager page={found} query={query} label="Pages of accounts, above the table" />
          {found.total > 0 && <AccountTable {...props} accounts={found.items} />}
          <Pager page={found} query={query} label="Pages of accounts" />
          <PrometheusLines never={never} info={info} isOpen={never.length === total} />
        </>
      )}
    </Document>
  );
}

function countStates(judgements: readonly Judgement[]): Readonly<Record<State, number>> {
  const counts = Object.fromEntries(STATES.map((each) => [each, 0])) as Record<State, number>;
  for (const { state } of judgements) counts[state] += 1;
  return counts;
}

function AccountDocument(props: DocumentProps & { judgement: Judgement }): JSX.Element {
  const { total, query, info, nowMs, judgement } = props;
  const own: LandingQuery = { ...query, account: idOf(judgement.account), state: undefined };
  return (
    <Document
      {...props}
      verdict={tellAccountVerdict(judgement, nowMs)}
      state={judgement.state}
      isCritical={judgement.criticalCount > 0}
    >
      {total > 1 && (
        <p>
          <a href={hrefOf({ refreshSeconds: query.refreshSeconds })}>‹ All {countInWords(total, 'account')}</a>
        </p>
      )}
      <AccountPage judgement={judgement} query={own} info={info} nowMs={nowMs} />
      <PrometheusLines never={judgement.state === 'never' ? [judgement] : []} info={info} isOpen />
    </Document>
  );
}

function UnknownDocument(props: DocumentProps): JSX.Element {
  return (
    <Document {...props} query={parseQuery({})} verdict="No account of that name is configured" state="never">
      <p>
        <a href="./">All accounts</a>
      </p>
    </Document>
  );
}

interface FrameProps extends DocumentProps {
  /** The title and the first line. */
  readonly verdict: string;
  readonly state: State | undefined;
  readonly isCritical?: boolean;
  readonly children: ComponentChildren;
}

function Document({ info, query, nowMs, verdict, state, isCritical, children }: FrameProps): JSX.Element {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>{`${verdict} – TheDex Exporter`}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        {query.refreshSeconds !== undefined && <meta http-equiv="refresh" content={String(query.refreshSeconds)} />}
        <style dangerouslySetInnerHTML={{ __html: STYLE }} />
      </head>
      <body>
        <a class="skip" href="#accounts">
          Skip to the accounts
        </a>
        <header>
          <h1 class={state === 'low' && isCritical ? 'critical' : state}>
            {state !== undefined && <span aria-hidden="true">{STATE_WORDS[state].sign} </span>}
            <bdi>{verdict}</bdi>
          </h1>
          <Links info={info} />
        </header>
        <main id="accounts" tabindex={-1}>
          {children}
        </main>
        <footer>
          <Configuration configuration={info.configuration} />
          <p>
            In a strip each bar is a scrape: the newest stands on the right, a higher bar took longer, and a cross marks
            a failure. A bar ends at twice the highest threshold. Amounts are exact; values in fiat are rounded to the
            cent.
          </p>
          <p>
            Made at {momentInWords(nowMs)} from what past scrapes found. This page never asks TheDex; metrics do, each
            time. <Refresh query={query} />
          </p>
        </footer>
      </body>
    </html>
  );
}

function Links({ info }: { info: ProgramInfo }): JSX.Element {
  const links = [
    [`.${info.telemetryPath}`, 'Metrics'],
    ['./sd', 'Service discovery'],
    ['./-/healthy', 'Health'],
    ['./-/ready', 'Readiness'],
    [info.documentationUrl, 'Documentation'],
  ] as const;
  return (
    <nav aria-label="Pages">
      <ul>
        <li>
          <strong>TheDex Exporter</strong> {info.version} <span class="muted">({info.revision})</span>{' '}
          {info.configuration['default_account'] === 'sandbox' && (
            <strong class="badge doubtful">sandbox: invented money</strong>
          )}
        </li>
        {links.map(([href, label]) => (
          <li>
            <a href={href} rel="noreferrer">
              {label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Configuration({ configuration }: Pick<ProgramInfo, 'configuration'>): JSX.Element | null {
  const entries = Object.entries(configuration);
  if (entries.length === 0) return null;
  return (
    <section aria-labelledby="configuration">
      <h2 id="configuration">Configuration in force</h2>
      <dl>
        {entries.map(([name, value]) => (
          <Fact term={name}>{String(value)}</Fact>
        ))}
      </dl>
    </section>
  );
}

// As often as Prometheus scrapes unless it is told otherwise.
const OFFERED_REFRESH_SECONDS = 60;

function Refresh({ query }: { query: LandingQuery }): JSX.Element {
  const { refreshSeconds } = query;
  if (refreshSeconds === undefined) {
    return <a href={hrefOf({ ...query, refreshSeconds: OFFERED_REFRESH_SECONDS })}>Refresh it each minute</a>;
  }
  return (
    <>
      It refreshes every {countInWords(refreshSeconds, 'second')}.{' '}
      <a href={hrefOf({ ...query, refreshSeconds: undefined })}>Stop</a>
    </>
  );
}
