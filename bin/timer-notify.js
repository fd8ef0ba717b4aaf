#!/usr/bin/env node
// CommonJS, and the two answers that scripts and people ask for most without another file of code: they come at once.
const { join } = require('node:path');
const { readFileSync } = require('node:fs');

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `error: Node ${process.versions.node} is too old; timer-notify needs 20.19 or later; install a newer Node\n`,
  );
  process.exitCode = 2;
} else {
  const answer = atOnce(process.argv.slice(2));
  if (answer === null) run();
  else process.stdout.on('error', () => {}).write(answer);
}

/** Null where commander has to answer. */
function atOnce([only = '--help', ...others]) {
  if (others.length > 0) return null;
  if (only === '--version' || only === '-V') return `${require('../package.json').version}\n`;
  return only === '--help' || only === '-h' ? writtenHelp() : null;
}

/** The build has written down what commander says at this width; null on a narrower terminal. */
function writtenHelp() {
  const isWide = (process.stdout.columns || Number(process.env.COLUMNS) || 100) >= 100;
  return isWide ? readFileSync(join(__dirname, '../lib/help.txt'), 'utf8') : null;
}

function run() {
  const { enableCompileCache } = require('node:module');
  enableCompileCache?.(); // Node 22.8 or later: what was compiled once starts faster the next time
  import('../lib/cli.js');
}
