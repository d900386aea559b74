import { formatListenAddress } from './addresses.ts';
import { describeProxy } from './proxy.ts';
import type { AccountSettings, Settings } from './settings.ts';

/** What was understood of a configuration, without secrets. */
export type Summary = Readonly<Record<string, string | number | boolean>>;

/** More names than this make a line that nobody reads. */
const MAX_NAMES = 10;

/**
 * What was understood, for the log line at the start and for `--config.check`.
 *
 * @param web what the web configuration says of itself
 */
export function summarize(settings: Settings, web: Summary = {}): Summary {
  const { accounts, gateway, web: server, sandbox, configFile } = settings;
  const all = [...(accounts.default ? [accounts.default] : []), ...accounts.named.values()];
  const proxies = all.flatMap(({ url }) => gateway.proxyFor(url) ?? []);
  const { rates, payoutLimits } = gateway.collectors;
  const count = (of: (account: AccountSettings) => readonly unknown[]) => sum(all.map((each) => of(each).length));
  return {
    accounts: accounts.named.size,
    ...(accounts.named.size > 0 && { account_names: listed([...accounts.named.keys()]) }),
    default_account: sandbox ? 'sandbox' : accounts.default !== undefined,
    gateway: sandbox && all.length === 0 ? 'sandbox' : listed(all.map(({ url }) => url.href)),
    proxy: proxies.length === 0 ? 'none' : listed(proxies.map(describeProxy)),
    collectors: ['balances', ...(rates ? ['rates'] : []), ...(payoutLimits ? ['payout_limits'] : [])].join(', '),
    timeout: `${gateway.timeoutMs / 1000}s`,
    thresholds: count(({ thresholds }) => thresholds),
    value_thresholds: count(({ valueThresholds }) => valueThresholds),
    alert_limits: count(({ alertLimits }) => alertLimits),
    config_file: configFile ?? 'none',
    listen: server.systemdSocket ? 'systemd' : server.listenAddresses.map(formatListenAddress).join(', '),
    path: `${server.routePrefix}${server.telemetryPath}`,
    web_config_file: server.configFile ?? 'none',
    ...web,
  };
}

function listed(names: readonly string[]): string {
  const different = [...new Set(names)];
  const more = different.length - MAX_NAMES;
  return [...different.slice(0, MAX_NAMES), ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
