import { describe, expect, it } from 'vitest';
import { noRedis, startRedis } from '../redis.ts';
import { timerNotifyWith } from './cli.ts';

interface CellSeen {
  readonly strategy: string;
  readonly expected: boolean | null;
  readonly skipped: string | null;
  readonly delivered: number;
  readonly lost: number;
}

async function cellsOf(context: string, redisUrl: string): Promise<readonly CellSeen[]> {
  const { stdout } = await timerNotifyWith(
    { REDIS_URL: redisUrl },
    'repro',
    '--json',
    '--path',
    'expiry',
    '--context',
    context,
  );
  const report: { cells: CellSeen[] } = JSON.parse(stdout);
  return report.cells;
}

const nowhere = 'redis://127.0.0.1:1';

describe('a real host', () => {
  it('Bree: a request that its job does not await is lost, every other way delivers', async () => {
    const cells = await cellsOf('bree', nowhere);
    expect(cells.filter(({ expected }) => expected !== true)).toEqual([]);
    expect(cells.find(({ strategy }) => strategy === 'detached')).toMatchObject({ lost: 1 });
  });

  it.skipIf(noRedis !== null)('BullMQ: its threads live on, so every way delivers', async () => {
    const cells = await cellsOf('bullmq', await startRedis());
    expect(cells.map(({ delivered }) => delivered)).toEqual([1, 1, 1, 1, 1]);
  });

  it('BullMQ is skipped with what to do where no Redis listens', async () => {
    const [cell] = await cellsOf('bullmq', nowhere);
    expect(cell?.skipped).toBe('no Redis listens at 127.0.0.1:1; start redis-server, or set REDIS_URL');
  });
});

if (noRedis !== null) it.skip(`skipped: ${noRedis}`, () => {});
