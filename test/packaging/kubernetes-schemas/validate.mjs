// Reads objects as JSON, [{ origin, module, object }], and prints what is wrong with their values as JSON, a text each. It
// runs where the definitions are installed, because only from there they can be imported.
import { readFileSync } from 'node:fs';

const mistakes = [];
for (const { origin, module, object } of JSON.parse(readFileSync(0, 'utf8'))) {
  const Kind = (await import(module))[object.kind];
  try {
    if (Kind === undefined) throw new Error('no such kind');
    new Kind(object).validate();
  } catch (error) {
    mistakes.push(`${origin}: ${object.kind} ${object.metadata.name}: ${error.message}`);
  }
}
process.stdout.write(JSON.stringify(mistakes));
