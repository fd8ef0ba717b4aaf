import { defineConfig } from 'vitest/config';

// Threads and child processes run the build, so integration and e2e tests need `npm run build` first.
export default defineConfig({
  test: {
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary'],
      // A floor for the unit tests: threads, processes and commands run the build, which is not counted here.
      thresholds: { statements: 44, branches: 40, functions: 45, lines: 45 },
    },
    projects: [
      // Property tests of a busy machine take longer than the five seconds that are the default.
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 30_000 } },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          // Programs watched at once: each brings its server and its threads.
          maxConcurrency: 3,
        },
      },
    ],
  },
});
