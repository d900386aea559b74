// A handful of Prometheus servers send the same few headers for ever; whoever sends others gains nothing by it.
const MAX_REMEMBERED = 100;

/** A function of a header that remembers what it made of the last few different ones. */
export function rememberByHeader<T>(read: (header: string) => T): (header: string) => T {
  const remembered = new Map<string, T>();
  return (header) => {
    const known = remembered.get(header);
    if (known !== undefined) return known;
    const value = read(header);
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(header, value);
    return value;
  };
}
