/** How many of one client wait at most; at bcrypt's usual cost, their turns take some seconds. */
export const MAX_WAITING_PER_CLIENT = 100;
/** How many wait at most; each takes some hundred bytes. */
export const MAX_WAITING = 1_000;

/**
 * Those who wait for their turn, which falls to a client by lot, and then by lot to one of its own. In a queue, who
 * guesses without a pause would take every place as it becomes free; by lot, whoever waits has a chance each time, and
 * a client of its own address has the same chance as one that sends a hundred guesses.
 */
export class WaitingRoom<T> {
  readonly #waiting = new Map<string, T[]>();
  #size = 0;

  /**
   * @param client whose turn it is then, such as a network address
   * @returns whether there was room
   */
  enter(one: T, client: string): boolean {
    const own = this.#waiting.get(client) ?? [];
    if (this.#size >= MAX_WAITING || own.length >= MAX_WAITING_PER_CLIENT) return false;
    own.push(one);
    this.#waiting.set(client, own);
    this.#size += 1;
    return true;
  }

  /** Takes out the one whose turn it is; `undefined` if nobody waits. */
  call(): T | undefined {
    const client = draw([...this.#waiting.keys()]);
    const one = client === undefined ? undefined : draw(this.#waiting.get(client) ?? []);
    if (client !== undefined && one !== undefined) this.leave(one, client);
    return one;
  }

  /** @returns whether it was waiting. */
  leave(one: T, client: string): boolean {
    const own = this.#waiting.get(client) ?? [];
    const index = own.indexOf(one);
    if (index < 0) return false;
    own.splice(index, 1);
    if (own.length === 0) this.#waiting.delete(client);
    this.#size -= 1;
    return true;
  }
}

function draw<T>(choices: readonly T[]): T | undefined {
  return choices[Math.floor(Math.random() * choices.length)];
}
