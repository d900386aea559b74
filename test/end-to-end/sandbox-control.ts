/** One answer of the sandbox, as its control endpoint shows it. */
export interface AnsweredBalances {
  readonly sequence: number;
  readonly time: string;
  readonly balances: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The control endpoint of a sandbox that runs in another process; see docs/sandbox.md. */
export interface SandboxControl {
  /** The latest answers, the oldest first. */
  answers(): Promise<readonly AnsweredBalances[]>;
  /** Switches a scenario, such as `down` or `drain/USDT_TRON?minutes=1`. */
  switchTo(scenario: string): Promise<void>;
}

/** @param log what the exporter has written; it names the endpoint. @throws Error if it does not */
export function findSandboxControl(log: string): SandboxControl {
  const url = /\bcontrol=(\S+)/.exec(log)?.[1];
  if (url === undefined) throw new Error(`the log names no control endpoint:\n${log}`);
  return {
    answers: async () =>
      ((await (await fetch(url)).json()) as { answeredBalances: AnsweredBalances[] }).answeredBalances,
    switchTo: async (scenario) => {
      const answer = await fetch(`${url}/${scenario}`, { method: 'POST' });
      if (!answer.ok) throw new Error(`the sandbox refused ${scenario}: ${await answer.text()}`);
    },
  };
}
