import { DashboardLinkBuilder, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';

/** Where the alerts are explained: what each means, what to look at, what to do. */
export const RUNBOOKS_URL = 'https://github.com/thedex-exporter/thedex-exporter/blob/main/docs/runbooks.md';

/** The dashboards' fixed addresses, which links and bookmarks rely on. */
export const BALANCES_UID = 'thedex-balances';
export const EXPORTER_UID = 'thedex-exporter';

/** What can be wrong with a read, reason by reason. */
export const REASONS_URL = 'https://github.com/thedex-exporter/thedex-exporter/blob/main/docs/troubleshooting.md';

/** The address of a dashboard with the time range and whatever is chosen. */
export function dashboardUrl(uid: string): string {
  return `/d/${uid}?\${__url_time_range}&\${__all_variables}`;
}

/** The address of one panel of a dashboard alone; its title in braces is replaced by its number when the dashboard is built. */
export function panelUrl(uid: string, title: string): string {
  return `${dashboardUrl(uid)}&viewPanel={${title}}`;
}

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
