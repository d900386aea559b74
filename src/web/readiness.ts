/** Whether the process wants traffic: not before start-up is done, and not after it was asked to end. */
export class Readiness {
  #state: 'starting' | 'serving' | 'draining' = 'starting';

  get isReady(): boolean {
    return this.#state === 'serving';
  }

  get isDraining(): boolean {
    return this.#state === 'draining';
  }

  /** Start-up is done. */
  serve(): void {
    if (this.#state === 'starting') this.#state = 'serving';
  }

  /** The process was asked to end. */
  drain(): void {
    this.#state = 'draining';
  }
}
