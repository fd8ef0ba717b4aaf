/** Whether this process is at work for a test runner, which reports what a test throws. One of its own children need not be. */
export function runsTests(): boolean {
  return runnersProcess.test(process.argv[1] ?? '') || hasLoadedNodeTest();
}

const runnersProcess =
  /[/\\]node_modules[/\\](?:\.bin[/\\])?(?:jest|jest-cli|jest-worker|vitest|tinypool|mocha|ava|jasmine|tap|@tapjs|uvu)(?:[/\\.]|$)/;

function hasLoadedNodeTest(): boolean {
  const loaded: unknown = Reflect.get(process, 'moduleLoadList');
  return Array.isArray(loaded) && loaded.includes('NativeModule internal/test_runner/harness');
}
