#!/usr/bin/env node
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `error: Node ${process.versions.node} is too old; timer-notify needs 20.19 or later; install a newer Node\n`,
  );
  process.exitCode = 2;
} else {
  const { enableCompileCache } = await import('node:module');
  enableCompileCache?.(); // Node 22.8 or later: what was compiled once starts faster the next time
  await import('../lib/cli.js');
}
