import { UsageError } from '../../errors.ts';
import type { Load } from '../../model/bench.ts';
import type { ContextName, DeliveryPath } from '../../model/names.ts';

/** Every strategy in one context in one round, one after the other: only within a group are strategies compared. */
export interface Group {
  /** From 1. */
  readonly round: number;
  readonly path: DeliveryPath;
  readonly context: ContextName;
}

export interface PlanOptions {
  readonly rounds: number;
  readonly paths: readonly DeliveryPath[];
  readonly contexts: readonly ContextName[];
}

/** Rounds are interleaved, A B C A B C, so that a machine's drift hits all alike. */
export function planGroups({ rounds, paths, contexts }: PlanOptions): readonly Group[] {
  return Array.from({ length: rounds }, (_, index) => index + 1).flatMap((round) =>
    paths.flatMap((path) => contexts.map((context) => ({ round, path, context }))),
  );
}

/**
 * A shard's part of the plan: whole groups, so that strategies are compared on one machine even when several share
 * the work.
 * @throws UsageError when nothing is left for this shard.
 */
export function groupsOfShard(groups: readonly Group[], shard: Load['shard']): readonly Group[] {
  if (shard === null) return groups;
  const own = groups.filter((_, index) => index % shard.total === shard.index - 1);
  if (own.length > 0) return own;
  throw new UsageError(
    `nothing to run in shard ${shard.index}/${shard.total}`,
    `the run has ${groups.length === 1 ? '1 group' : `${groups.length} groups`} (rounds × contexts × paths), and a shard takes whole ones`,
    `use at most ${groups.length} shards, or more --rounds`,
  );
}

/** What falls to one round of a count or a duration that is meant for the whole cell. */
export function shareOfRound(total: number, round: number, rounds: number): number {
  return Math.floor(total / rounds) + (round <= total % rounds ? 1 : 0);
}
