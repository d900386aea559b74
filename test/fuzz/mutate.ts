import { drawInteger, type Random } from '../../src/sandbox/random.ts';

/** Longer inputs are cut: what they would show, a shorter one shows sooner. */
const MAX_BYTES = 65_536;
const MOST_CHANGES = 6;
const LONGEST_RUN = 5_000;

type Change = (random: Random, bytes: Buffer, dictionary: readonly string[]) => Buffer;

const CHANGES: readonly Change[] = [
  // One bit.
  (random, bytes) => {
    const copy = Buffer.from(bytes);
    const at = drawInteger(random, 0, Math.max(0, copy.length - 1));
    copy[at] = (copy[at] ?? 0) ^ (1 << drawInteger(random, 0, 7));
    return copy;
  },
  // A piece is cut out.
  (random, bytes) => {
    const [from, to] = drawRange(random, bytes);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  // A piece stands twice.
  (random, bytes) => {
    const [from, to] = drawRange(random, bytes);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  // Everything after a place is lost.
  (random, bytes) => bytes.subarray(0, drawInteger(random, 0, bytes.length)),
  // A telling word is put in.
  (random, bytes, dictionary) => insert(random, bytes, Buffer.from(drawFrom(random, dictionary) ?? '')),
  // A telling word stands in place of a piece.
  (random, bytes, dictionary) => {
    const [from, to] = drawRange(random, bytes);
    return Buffer.concat([
      bytes.subarray(0, from),
      Buffer.from(drawFrom(random, dictionary) ?? ''),
      bytes.subarray(to),
    ]);
  },
  // A byte, many times.
  (random, bytes) =>
    insert(random, bytes, Buffer.alloc(drawInteger(random, 1, LONGEST_RUN), drawInteger(random, 0, 255))),
  // Bytes that mean nothing.
  (random, bytes) =>
    insert(
      random,
      bytes,
      Buffer.from(Array.from({ length: drawInteger(random, 1, 16) }, () => drawInteger(random, 0, 255))),
    ),
];

/** Changes an input in a few random ways; the same draws make the same input. */
export function mutate(random: Random, input: Buffer, dictionary: readonly string[]): Buffer {
  let bytes = input;
  const changes = drawInteger(random, 1, MOST_CHANGES);
  for (let done = 0; done < changes; done += 1) {
    bytes = (drawFrom(random, CHANGES) as Change)(random, bytes, dictionary).subarray(0, MAX_BYTES);
  }
  return bytes;
}

/** One of a list; `undefined` if it is empty. */
export function drawFrom<T>(random: Random, list: readonly T[]): T | undefined {
  return list[drawInteger(random, 0, list.length - 1)];
}

function insert(random: Random, bytes: Buffer, piece: Buffer): Buffer {
  const at = drawInteger(random, 0, bytes.length);
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
}

function drawRange(random: Random, bytes: Buffer): [from: number, to: number] {
  const from = drawInteger(random, 0, bytes.length);
  return [from, Math.min(bytes.length, from + drawInteger(random, 0, 40))];
}
