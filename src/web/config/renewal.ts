import { Findings } from '../../config/configuration-error.ts';
import type { Logger } from '../../lib/log.ts';
import type { TlsConfig } from './tls-config.ts';
import { fingerprintTlsFiles, loadTlsFiles, type TlsMaterial } from './tls-files.ts';

/** A burst of connections looks at the files once. */
const LOOK_AT_MOST_EVERY_MS = 1_000;

/** Keeps certificate, key and client CA as they were last seen whole, and looks at the files when asked. */
export class TlsRenewal {
  readonly #tls: TlsConfig;
  readonly #log: Logger;
  readonly #now: () => number;
  #fingerprint: string;
  #material: TlsMaterial;
  #lookedAt: number;

  /**
   * @param now milliseconds of a clock that never goes back
   * @throws ConfigurationError if the files do not fit together
   */
  constructor(tls: TlsConfig, log: Logger, now: () => number = () => performance.now()) {
    this.#tls = tls;
    this.#log = log;
    this.#now = now;
    // Before reading: a change in between is then seen at the next look.
    this.#fingerprint = fingerprintTlsFiles(tls);
    this.#lookedAt = now();
    const findings = new Findings();
    const material = loadTlsFiles(tls, findings);
    findings.throwIfAny();
    if (material === undefined) throw new Error('TLS files were neither loaded nor found wrong');
    this.#material = material;
  }

  /** What a connection that comes in this moment is to be served with; the same object while nothing changed. */
  current(): TlsMaterial {
    if (this.#now() - this.#lookedAt >= LOOK_AT_MOST_EVERY_MS) this.#look();
    return this.#material;
  }

  #look(): void {
    this.#lookedAt = this.#now();
    const fingerprint = fingerprintTlsFiles(this.#tls);
    if (fingerprint === this.#fingerprint) return;
    this.#fingerprint = fingerprint;
    const findings = new Findings();
    const material = loadTlsFiles(this.#tls, findings);
    if (material === undefined) {
      // Also in the middle of a renewal, when one file is there and the other is not yet.
      this.#log.error('The TLS files that changed cannot be used, the old ones stay in force', {
        problems: findings.problems.join('; '),
      });
      return;
    }
    this.#material = material;
    this.#log.info('The TLS files were renewed', { cert_file: this.#tls.cert.path });
  }
}
