import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { problemsOf } from '../support/problems.ts';

const DIRECTORY = fileURLToPath(new URL('fixtures/', import.meta.url));

/** What each file in `fixtures/` is answered with: `FILE` stands for its path and `DIR` for its directory. */
const PROBLEMS: Readonly<Record<string, readonly string[]>> = {
  'labels-that-prometheus-refuses': [
    'FILE:5: accounts.main.labels.1st: expected the name of a label: letters, digits and _, no digit first, and no two _ first',
    'FILE:5: accounts.main.labels.a-b: expected the name of a label: letters, digits and _, no digit first, and no two _ first',
    'FILE:5: accounts.main.labels.__name__: expected the name of a label: letters, digits and _, no digit first, and no two _ first',
    'FILE:5: accounts.main.labels."": expected the name of a label: letters, digits and _, no digit first, and no two _ first',
    'FILE:5: accounts.main.labels.team: expected a text, got a list',
    'FILE:5: accounts.main.labels.owner: expected a text, got nothing',
  ],
  'alert-limit-out-of-range': [
    'FILE:6: accounts.main.alert_limits.USDT_TRON.drop: expected a percentage above 0% and up to 100%, such as 80%, or off, got "0%"',
    'FILE:6: accounts.main.alert_limits.USDT_TRON.hold: expected a percentage above 0% and up to 100%, such as 80%, or off, got "101%"',
    'FILE:6: accounts.main.alert_limits.USDT_TRON.runway: expected a duration such as 12h or 3d, of at most 366d, or off, got "367d"',
    'FILE:7: accounts.main.alert_limits.BTC_BITCOIN.drop: expected a percentage above 0% and up to 100%, such as 80%, or off, got "0.8"',
    'FILE:7: accounts.main.alert_limits.BTC_BITCOIN.hold: expected a percentage above 0% and up to 100%, such as 80%, or off, got "80"',
    'FILE:7: accounts.main.alert_limits.BTC_BITCOIN.runway: expected a duration such as 12h or 3d, of at most 366d, or off, got "12"',
    'FILE:8: accounts.main.alert_limits."*".drop: expected a percentage above 0% and up to 100%, such as 80%, or off, got "on"',
    'FILE:8: accounts.main.alert_limits."*".hold: expected a percentage above 0% and up to 100%, such as 80%, or off, got "-1%"',
    'FILE:8: accounts.main.alert_limits."*".runway: expected a duration such as 12h or 3d, of at most 366d, or off, got "-1h"',
    'FILE:8: accounts.main.alert_limits."*".run: unknown key: did you mean runway?',
    'FILE:9: accounts.main.alert_limits.ETH_ETHEREUM: expected a mapping with drop, hold, runway, got a text',
  ],
  'severity-unknown': [
    'FILE:6: thresholds.BTC_BITCOIN.available.warn: unknown key: did you mean warning?',
    'FILE:6: thresholds.BTC_BITCOIN.total.critical: expected a decimal number that is not negative, as a number or in quotes, got "low"',
    'FILE:7: thresholds.ETH_ETHEREUM.warning: expected it below available or total, as in {available: {warning: 500}}',
    'FILE:8: thresholds."*": expected the name of a currency: "*" has a meaning in alert_limits alone',
  ],
  'one-file-for-both-keys': ['FILE:4: accounts.main.secret_key_file: the secret key is the same text as the API key'],
  'accounts-folder-absent': ['FILE:1: accounts_dir: cannot read DIR/keys/none: there is no such file'],
  'account-twice-by-file-and-folder': [
    'FILE:4: accounts.shop.api_key_file: the account has a folder in accounts_dir, where its keys are: expected no other ones',
  ],
  'merge-of-no-mapping': [
    'FILE:5: thresholds."<<": expected a mapping to merge, got a number',
    'FILE:6: value_thresholds."<<": expected the anchor of this alias before it',
  ],
  'account-is-a-text': [
    'FILE:2: accounts.main: expected a mapping with api_key_file, secret_key_file, url, labels, thresholds, value_thresholds, alert_limits, got a text',
  ],
  'account-name-too-long': [
    'FILE:2: accounts.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: expected a name of 1 to 64 letters, digits and _ . -',
  ],
  'account-name-with-slash': ['FILE:2: accounts."main/eu": expected a name of 1 to 64 letters, digits and _ . -'],
  'accounts-is-a-list': ['FILE:1: accounts: expected a mapping of names to accounts, got a list'],
  'accounts-is-nothing': ['FILE:1: accounts: expected a mapping of names to accounts, got nothing'],
  'alias-before-anchor': ['FILE:2: accounts.main: expected the anchor of this alias before it'],
  'alias-of-itself': [
    'FILE:2: accounts.main.main: unknown key: expected api_key_file, secret_key_file, url, labels, thresholds, value_thresholds, alert_limits',
    "FILE:2: accounts.main: expected api_key_file, a path to the account's API key",
    "FILE:2: accounts.main: expected secret_key_file, a path to the account's secret key",
  ],
  'alias-without-anchor': ['FILE:2: accounts.main: expected the anchor of this alias before it'],
  'api-key-with-euro-sign': [
    'FILE:3: accounts.main.api_key_file: the API key in DIR/keys/euro holds a character that cannot stand in an HTTP header',
  ],
  'backslash-in-quotes': ['FILE:3: not valid YAML: a backslash between double quotes begins no escape'],
  'bracket-not-closed': ['FILE:6: not valid YAML: the indentation does not fit'],
  'collector-is-a-text': ['FILE:5: collectors.payout_limits: expected true or false, got "true"'],
  'collector-unknown': ['FILE:5: collectors.rate: unknown key: did you mean rates?'],
  'duplicate-account': ['FILE:5: accounts.main: this key stands here twice'],
  'duplicate-currency': ['FILE:7: thresholds.USDT_TRON: this key stands here twice'],
  'duplicate-key': ['FILE:5: accounts.main.api_key_file: this key stands here twice'],
  'empty-accounts': [
    'no account: give the keys by THEDEX_API_KEY and THEDEX_SECRET_KEY, or their files by --thedex.api-key-file and --thedex.secret-key-file, or accounts by --config.file; or try it without any keys: thedex-exporter --sandbox',
  ],
  'empty-file': [
    'FILE:1: expected a mapping with accounts, accounts_dir, thresholds, value_thresholds, alert_limits, collectors, got nothing',
  ],
  'key-file-is-a-number': [
    "FILE:3: accounts.main.api_key_file: expected a path to the account's API key, got a number",
    "FILE:4: accounts.main.secret_key_file: expected a path to the account's secret key, got a list",
  ],
  'key-in-place-of-file': [
    'FILE:3: accounts.main.api_key: unknown key: did you mean api_key_file?',
    "FILE:2: accounts.main: expected api_key_file, a path to the account's API key",
  ],
  'key-is-a-list': ['FILE:5: thresholds: expected each key to be a plain text'],
  'missing-secret-key-file': ["FILE:2: accounts.main: expected secret_key_file, a path to the account's secret key"],
  'not-utf8': ['--config.file: cannot read FILE: it is not UTF-8 text'],
  'only-comment': [
    'FILE:1: expected a mapping with accounts, accounts_dir, thresholds, value_thresholds, alert_limits, collectors, got nothing',
  ],
  'secret-file-absent': ['FILE:3: accounts.main.api_key_file: cannot read DIR/keys/no_such_key: there is no such file'],
  'secret-file-empty': ['FILE:4: accounts.main.secret_key_file: the secret key in DIR/keys/empty is empty'],
  'secret-file-is-a-directory': ['FILE:3: accounts.main.api_key_file: cannot read DIR/keys: it is a directory'],
  'secret-file-with-two-lines': [
    'FILE:4: accounts.main.secret_key_file: the secret key in DIR/keys/two_lines holds a line break',
  ],
  'secret-pasted-as-path': [
    "FILE:3: accounts.main.api_key_file: cannot read the API key's file (its path is not shown, it may be the key itself): there is no such file",
    "FILE:4: accounts.main.secret_key_file: cannot read the secret key's file (its path is not shown, it may be the key itself): there is no such file",
  ],
  'several-mistakes': [
    'FILE:6: thresholds.USDT_TRON: expected a decimal number that is not negative, as a number or in quotes, got "many"',
    'FILE:4: accounts.main.secret_key_fil: unknown key: did you mean secret_key_file?',
    "FILE:2: accounts.main: expected secret_key_file, a path to the account's secret key",
  ],
  'tab-as-indent': ['FILE:6: not valid YAML: tabs cannot indent'],
  'threshold-is-a-list': [
    'FILE:6: accounts.main.thresholds.BTC_BITCOIN: expected a decimal number that is not negative, as a number or in quotes, got a list',
  ],
  'threshold-negative': [
    'FILE:6: accounts.main.thresholds.BTC_BITCOIN: expected a decimal number that is not negative, as a number or in quotes, got "-1"',
  ],
  'threshold-not-a-number': [
    'FILE:6: accounts.main.thresholds.BTC_BITCOIN: expected a decimal number that is not negative, as a number or in quotes, got "5OO"',
    'FILE:7: accounts.main.thresholds.ETH_ETHEREUM: expected a decimal number that is not negative, as a number or in quotes, got ".inf"',
    'FILE:8: accounts.main.thresholds.TRX_TRON: expected a decimal number that is not negative, as a number or in quotes, got "0x10"',
    'FILE:9: accounts.main.thresholds.LTC_LITECOIN: expected a decimal number that is not negative, as a number or in quotes, got "1e400"',
    'FILE:10: accounts.main.thresholds.BNB_BSC: expected a decimal number that is not negative, as a number or in quotes, got a boolean',
    'FILE:11: accounts.main.thresholds.USDT_TRON: expected a decimal number that is not negative, as a number or in quotes, got nothing',
  ],
  'threshold-on-hold': [
    'FILE:6: accounts.main.thresholds.BTC_BITCOIN.hold: a threshold on hold has no meaning: expected available or total',
  ],
  'threshold-unknown-kind': [
    'FILE:6: accounts.main.thresholds.BTC_BITCOIN.avaliable: unknown key: did you mean available?',
  ],
  'threshold-without-currency': [
    'FILE:6: accounts.main.thresholds."": expected the name of a currency',
    'FILE:7: accounts.main.thresholds."\\ud800": expected the name of a currency',
  ],
  'two-documents': ['FILE:5: not valid YAML: expected one document, got several'],
  'unknown-account-key': ['FILE:5: accounts.main.threshold: unknown key: did you mean thresholds?'],
  'unknown-key-in-capitals': ['FILE:5: accounts.main.VALUE_THRESHOLDS: unknown key: did you mean value_thresholds?'],
  'unknown-section-without-suggestion': [
    'FILE:1: prometheus: unknown key: expected accounts, accounts_dir, thresholds, value_thresholds, alert_limits, collectors',
  ],
  'unknown-section': ['FILE:1: acounts: unknown key: did you mean accounts?'],
  'unknown-tag': ['FILE:5: not valid YAML: expected no tags'],
  'url-is-not-one': ['FILE:5: accounts.main.url: expected an https or http URL such as https://app.thedex.cloud'],
  'url-is-plain-http': [
    'FILE:5: accounts.main.url: http: to another host would show the keys to the network: use https:, or --thedex.insecure-http',
  ],
  'url-with-password': ['FILE:5: accounts.main.url: a URL must not hold a user name or password'],
  'value-threshold-with-kind': ['FILE:6: value_thresholds.USD.available: unknown key: expected warning, critical'],
};

describe('a mistake in the configuration file', () => {
  for (const [name, expected] of Object.entries(PROBLEMS)) {
    it(`is told: ${name.replaceAll('-', ' ')}`, async () => {
      const path = `${DIRECTORY}${name}.yml`;
      const problems = await problemsOf({ flags: { 'config.file': path }, env: {} });
      expect(problems.map((problem) => problem.replaceAll(path, 'FILE').replaceAll(DIRECTORY, 'DIR/'))).to.deep.equal(
        expected,
      );
    });
  }

  it('has a promise for every fixture', () => {
    const mistakes = readdirSync(DIRECTORY).filter((name) => name.endsWith('.yml') && name !== 'good.yml');
    expect(mistakes.map((name) => name.replace('.yml', '')).toSorted()).to.deep.equal(Object.keys(PROBLEMS).toSorted());
  });
});
