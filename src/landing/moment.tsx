import type { JSX } from 'preact';
import { momentInWords } from './words.ts';

/** A moment that people and programs can read. @param atMs milliseconds since the epoch. */
export function Moment({ atMs }: { atMs: number }): JSX.Element {
  return <time dateTime={new Date(atMs).toISOString()}>{momentInWords(atMs)}</time>;
}
