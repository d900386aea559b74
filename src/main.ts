#!/usr/bin/env node
// The only file that is loaded by a Node.js of any age, which must be able to read it: no recent syntax, nothing imported.

const NEEDED = [20, 19] as const;
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

// Signals may come while the program is loading: an end is an end, and a reload is made up for after the start.
const early = { wantsReload: false };
process.on('SIGHUP', () => {
  early.wantsReload = true;
});
process.on('SIGTERM', () => process.exit(0));
process.on('SIGINT', () => process.exit(0));

if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
  process.stderr.write(`thedex-exporter: Node.js ${NEEDED.join('.')} or later is needed, this is ${process.version}\n`);
  process.exitCode = 1;
} else {
  void import('./program.ts').then(({ main }) => main(process.argv.slice(2), process.env, early));
}
