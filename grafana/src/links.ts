import { DashboardLinkBuilder, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';

/** Where the alerts are explained: what each means, what to look at, what to do. */
export const RUNBOOKS_URL = 'https://github.com/thedex-exporter/thedex-exporter/blob/main/docs/runbooks.md';

/** The dashboards' fixed addresses, which links and bookmarks rely on. */
export const BALANCES_UID = 'thedex-balances';
export const EXPORTER_UID = 'thedex-exporter';

/** A link to the other dashboard that keeps the time range and whatever is chosen. */
export function dashboardLink(title: string, uid: string): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title)
    .type(DashboardLinkType.Link)
    .url(`/d/${uid}`)
    .icon('dashboard')
    .includeVars(true)
    .keepTime(true);
}

export function runbooksLink(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('Runbooks')
    .type(DashboardLinkType.Link)
    .url(RUNBOOKS_URL)
    .icon('doc')
    .tooltip('What each alert means and what to do first')
    .targetBlank(true);
}
