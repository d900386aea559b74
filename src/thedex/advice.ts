import { SAID_WORDS, type Reason, type SaidWord } from './errors.ts';

/** What {@link adviceFor} needs to know of a failure. */
export interface AdvisedFailure {
  readonly reason: Reason;
  readonly status?: number | undefined;
  readonly said?: readonly string[] | undefined;
  readonly botWall?: boolean | undefined;
}

const ADVICE_FOR_REASON: Readonly<Record<Reason, string>> = {
  timeout:
    'Check the way to the gateway (name resolution, firewall, proxy), or grant more time: --thedex.timeout, and scrape_timeout in Prometheus.',
  network: "Check that the gateway's host name and port, or those of the proxy, can be reached from this machine.",
  tls: "Check the gateway's certificate and this machine's clock; --thedex.ca-file trusts a private certificate authority.",
  auth: 'Check that the API key and the secret key are one pair of an active merchant, and were copied whole.',
  rate_limited: 'Scrape less often, or let fewer programs use this account; scrapes wait as long as the gateway asks.',
  client_error: 'Check --thedex.url: it is the address of the gateway without the path of the API.',
  server_error: 'The gateway has trouble of its own: wait, and ask its support if it lasts.',
  invalid_response:
    'Check --thedex.url, and what stands between here and the gateway: what answered does not speak its API.',
  internal: 'This is a defect of the exporter: please report it with the stack in its log.',
};

const ADVICE_FOR_WORD: Readonly<Record<SaidWord, string>> = {
  nonce:
    'The gateway speaks of a nonce: try --thedex.legacy-nonce, and let no other program use the same key with nonces.',
  timestamp: "The gateway speaks of a timestamp: check this machine's clock.",
  permission: 'The gateway speaks of a permission: allow this API key to read balances.',
  'rate limit': 'The gateway speaks of a rate limit: scrape less often, or let fewer programs use this account.',
  maintenance: 'The gateway speaks of maintenance: wait until it is over.',
  suspended: 'The gateway says that something is suspended: ask its support about the state of the account.',
};

/** What to do about a failure, in one sentence: the same in the log, on the landing page and in `probe`. */
export function adviceFor({ reason, status, said = [], botWall }: AdvisedFailure): string {
  if (botWall === true) {
    return "A bot wall, a firewall or an allow-list in front of the API refused: have this machine's outgoing address allowed.";
  }
  const word = SAID_WORDS.find((each) => said.includes(each));
  if (word !== undefined) return ADVICE_FOR_WORD[word];
  if (status !== undefined && status >= 300 && status <= 399) {
    return 'Check --thedex.url: the gateway has moved or wants another address, and redirects are never followed.';
  }
  return ADVICE_FOR_REASON[reason];
}
