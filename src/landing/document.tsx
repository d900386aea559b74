import type { ComponentChildren, JSX } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { AccountCard } from './account-card.tsx';
import { Pager, Search, StateFilter } from './navigation.tsx';
import type { AccountView, LandingView, ListView } from './page-model.ts';
import { hrefOf, type LandingQuery } from './query.ts';
import { STYLE } from './style.ts';
import { countInWords, momentInWords } from './words.ts';

/** What the page says of the program itself. */
export interface ProgramInfo {
  readonly version: string;
  readonly revision: string;
  readonly telemetryPath: string;
  /** Where the documentation can be read, if that is known. */
  readonly documentationUrl?: string;
}

interface PageProps {
  readonly info: ProgramInfo;
  readonly query: LandingQuery;
  /** When the page was made, in milliseconds since the epoch. */
  readonly nowMs: number;
}

/** Renders the whole page. Everything in it is escaped, except for the style sheet, which is a constant. */
export function renderDocument(view: LandingView, props: PageProps): string {
  return `<!doctype html>${renderToString(<Document {...props}>{contentOf(view, props)}</Document>)}`;
}

function contentOf(view: LandingView, props: PageProps): JSX.Element {
  if (view.kind === 'list') return <AccountList {...props} view={view} />;
  if (view.kind === 'account') return <SingleAccount {...props} view={view} />;
  return (
    <>
      <h2>No such account</h2>
      <p>
        No account of that name is configured. <a href="./">All accounts</a>
      </p>
    </>
  );
}

function Document({ info, nowMs, children }: PageProps & { children: ComponentChildren }): JSX.Element {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>TheDex Exporter</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <style dangerouslySetInnerHTML={{ __html: STYLE }} />
      </head>
      <body>
        <a class="skip" href="#accounts">
          Skip to the accounts
        </a>
        <header class="top">
          <h1>TheDex Exporter</h1>
          <p class="build">
            version {info.version}, revision <span class="revision">{info.revision}</span>
          </p>
          <nav aria-label="Pages">
            <ul>
              <li>
                <a href={`.${info.telemetryPath}`}>Metrics</a>
              </li>
              <li>
                <a href="./sd">Service discovery</a>
              </li>
              <li>
                <a href="./-/healthy">Health</a>
              </li>
              <li>
                <a href="./-/ready">Readiness</a>
              </li>
              {info.documentationUrl !== undefined && (
                <li>
                  <a href={info.documentationUrl} rel="noreferrer">
                    Documentation
                  </a>
                </li>
              )}
            </ul>
          </nav>
        </header>
        <main id="accounts" tabindex={-1}>
          {children}
        </main>
        <footer>
          <p>
            In a strip, each bar is a scrape: the newest stands on the right, a higher bar took longer, and a cross
            marks a failure. A threshold stands in the middle of its bar, which ends at twice the threshold. Values in
            fiat are rounded to the cent; amounts are exact.
          </p>
          <p>
            Made at {momentInWords(nowMs)} from what past scrapes found. This page never asks TheDex; metrics do, each
            time.
          </p>
        </footer>
      </body>
    </html>
  );
}

function AccountList({ view, info, query, nowMs }: PageProps & { view: ListView }): JSX.Element {
  const { cards, counts, total } = view;
  if (total === 0) {
    return (
      <>
        <h2>Accounts</h2>
        <p>No account is configured, so there are only the exporter’s own metrics.</p>
      </>
    );
  }
  return (
    <>
      <h2>Accounts</h2>
      <StateFilter counts={counts} total={total} query={query} />
      <Search label="Account name" query={query} />
      {cards.total < total && <p class="note">{countInWords(cards.total, 'account')} found.</p>}
      {cards.items.map((card, index) => (
        <AccountCard
          id={`account-${index + 1}`}
          card={card}
          heading="h3"
          telemetryPath={info.telemetryPath}
          nowMs={nowMs}
        />
      ))}
      <Pager page={cards} query={query} label="Pages of accounts" />
    </>
  );
}

function SingleAccount({ view, info, query, nowMs }: PageProps & { view: AccountView }): JSX.Element {
  const { card, isOneOfMany } = view;
  const own: LandingQuery = { ...query, account: card.standing.account.id, state: undefined };
  const hasManyRows = card.rows.count > 1 || query.search !== '';
  return (
    <>
      {isOneOfMany && (
        <p>
          <a href={hrefOf({})}>‹ All accounts</a>
        </p>
      )}
      <AccountCard id="account" card={card} heading="h2" telemetryPath={info.telemetryPath} nowMs={nowMs}>
        {hasManyRows && <Search label="Currency" query={own} />}
      </AccountCard>
      <Pager page={card.rows} query={own} label="Pages of balances" />
    </>
  );
}
