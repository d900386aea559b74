import type { Shape } from './wire-shapes.ts';
import { CURRENCY_EFFECTS, type ActiveEffect, type CurrencyEffect } from './effects.ts';
import type { Endpoint } from './endpoints.ts';
import { type Fault, FAULTS } from './faults.ts';

/** What can happen to whole answers, besides faults. */
export const OMISSIONS = ['empty', 'no-rates'] as const;
export type Omission = (typeof OMISSIONS)[number];

/** A fault that is on. */
export interface ActiveFault {
  readonly name: Fault;
  /** How long `slow` waits, and `rate-limited` asks to wait, in milliseconds. */
  readonly delayMs: number;
  /** The only endpoint that has it, or `undefined` for all. */
  readonly endpoint: Endpoint | undefined;
}

const DEFAULT_SHAPE: Shape = 'single-maps';

/** Every scenario's name, as the control endpoint takes it. */
export const SCENARIOS: readonly string[] = [
  'normal',
  'no-fault',
  'shape',
  ...FAULTS,
  ...OMISSIONS,
  ...CURRENCY_EFFECTS,
];

/** What is going on in the sandbox: at most one fault, and any number of things that happen to the wallet. */
export class Scenarios {
  fault: ActiveFault | undefined;
  shape: Shape = DEFAULT_SHAPE;
  #omissions = new Set<Omission>();
  #effects: ActiveEffect[] = [];

  /** All effects, in the order in which they began. */
  get effects(): readonly ActiveEffect[] {
    return this.#effects;
  }

  /** Everything that is going on, as one would type it; `normal` when nothing is. */
  get names(): readonly string[] {
    const names = [
      ...(this.fault === undefined ? [] : [nameOf(this.fault)]),
      ...this.#omissions,
      ...this.#effects.map(({ name, currency }) => `${name}/${currency}`),
      ...(this.shape === DEFAULT_SHAPE ? [] : [`shape/${this.shape}`]),
    ];
    return names.length === 0 ? ['normal'] : names;
  }

  /** The fault of an endpoint; requests for unknown paths only meet faults that all endpoints have. */
  faultOf(endpoint: Endpoint | undefined): ActiveFault | undefined {
    const only = this.fault?.endpoint;
    return only === undefined || only === endpoint ? this.fault : undefined;
  }

  leaveOut(omission: Omission): void {
    this.#omissions.add(omission);
  }

  isLeftOut(omission: Omission): boolean {
    return this.#omissions.has(omission);
  }

  /** Begins an effect; the same one of the same currency begins again. */
  begin(effect: ActiveEffect): void {
    this.#effects = this.#effects.filter(({ name, currency }) => name !== effect.name || currency !== effect.currency);
    this.#effects.push(effect);
  }

  /** Ends everything that happens to one currency. */
  endCurrency(code: string): void {
    this.#effects = this.#effects.filter(({ currency }) => currency !== code);
  }

  /** Ends everything. */
  endAll(): void {
    this.fault = undefined;
    this.shape = DEFAULT_SHAPE;
    this.#omissions.clear();
    this.#effects = [];
  }
}

function nameOf({ name, endpoint }: ActiveFault): string {
  return endpoint === undefined ? name : `${name}?endpoint=${endpoint}`;
}

/** Whether a text names a fault. */
export function isFault(name: string): name is Fault {
  return (FAULTS as readonly string[]).includes(name);
}

/** Whether a text names something that can happen to one currency. */
export function isCurrencyEffect(name: string): name is CurrencyEffect {
  return (CURRENCY_EFFECTS as readonly string[]).includes(name);
}

/** Whether a text names something that can be left out of the answers. */
export function isOmission(name: string): name is Omission {
  return (OMISSIONS as readonly string[]).includes(name);
}
