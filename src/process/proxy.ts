import { getProxyForUrl } from 'proxy-from-env';
import { ConfigurationError } from '../config/configuration-error.ts';
import { isLoopback } from '../config/loopback.ts';

/**
 * The proxy that `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` name for a gateway, if any; loopback is never proxied.
 * @throws ConfigurationError if the variable holds no URL; the message does not repeat it, since it may hold a password.
 */
export function proxyFor(url: URL): URL | undefined {
  if (isLoopback(url.hostname)) return undefined;
  const proxy = getProxyForUrl(url.href);
  if (proxy === '') return undefined;
  const parsed = URL.canParse(proxy) ? new URL(proxy) : undefined;
  if (parsed === undefined || !['http:', 'https:'].includes(parsed.protocol)) {
    const variable = `${url.protocol.slice(0, -1).toUpperCase()}_PROXY`;
    throw new ConfigurationError([`${variable}: expected the URL of a proxy, such as http://proxy.example:3128`]);
  }
  return parsed;
}
