import { Option } from 'commander';
import { UsageError } from '../errors.ts';
import type { Load } from '../model/bench.ts';

const ratePattern = /^(\d+(?:\.\d+)?)\/s$/;
const shardPattern = /^(\d+)\/(\d+)$/;

/** `200/s` */
export function rateOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    const perS = Number(ratePattern.exec(text)?.[1]);
    if (perS > 0) return perS;
    const hint = Number(text) > 0 ? `write the unit: ${text}/s` : 'write for example 200/s';
    throw new UsageError(`bad rate "${text}"`, 'a rate is a number above 0 and its unit, /s', hint);
  });
}

/** `2/4`: the second of four. */
export function shardOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text): Load['shard'] => {
    const [, index, total] = (shardPattern.exec(text) ?? []).map(Number);
    if (index !== undefined && total !== undefined && index >= 1 && index <= total) return { index, total };
    throw new UsageError(
      `bad shard "${text}"`,
      'a shard is its number, from 1, and how many there are',
      'write for example 1/4, and run 2/4, 3/4 and 4/4 elsewhere',
    );
  });
}
