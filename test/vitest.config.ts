import { defineConfig } from 'vitest/config';

// Threads and child processes run the build, so integration and e2e tests need `npm run build` first.
export default defineConfig({
  test: {
    projects: [
      // Property tests of a busy machine take longer than the five seconds that are the default.
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 30_000 } },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
