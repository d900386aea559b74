/** What a server asks of its clients' certificates, in the words of the exporter-toolkit, which are Go's. */
export const CLIENT_AUTH_TYPES = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;
export type ClientAuthType = (typeof CLIENT_AUTH_TYPES)[number];

/** Versions of TLS, oldest first. */
export const TLS_VERSIONS = ['TLS10', 'TLS11', 'TLS12', 'TLS13'] as const;
export type TlsVersion = (typeof TLS_VERSIONS)[number];

/** A file that the web configuration names. */
export interface NamedFile {
  readonly path: string;
  /** File, line and key of the web configuration, for messages. */
  readonly where: string;
}

/** `tls_server_config`. */
export interface TlsConfig {
  readonly cert: NamedFile;
  readonly key: NamedFile;
  /** The authorities that sign clients' certificates. */
  readonly clientCa: NamedFile | undefined;
  readonly clientAuth: ClientAuthType;
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
}
