import type { HandlerLab, HandlerResult } from '../diagnosis/checks/surroundings.ts';
import { causeOf } from './cause-of.ts';
import { classify } from './classify.ts';
import type { ObservedTrial } from './observation.ts';
import { missingHost } from './resolve-host.ts';
import { type LabOptions, runLab } from './run-lab.ts';
import type { ProgramEvent } from './trial-record.ts';
import { whyStarved } from './unjudged.ts';

export interface HandlerLabOptions extends LabOptions {
  /** The user's file, absolute. */
  readonly file: string;
}

/** Runs the user's own `send` in thread contexts against an emulator that runs while there are trials. */
export function openHandlerLab(options: HandlerLabOptions): HandlerLab {
  let results: Promise<readonly ObservedTrial[]> | null = null;
  return {
    async run(context) {
      const reason = missingHost(context, options.project);
      if (reason !== null) return { kind: 'skipped', reason };
      results ??= runLab(options, 'fetch-in-worker', { handler: options.file });
      const result = (await results).find(({ spec }) => spec.context === context);
      return result === undefined ? { kind: 'interrupted' } : handlerResult(result);
    },
  };
}

function handlerResult(trial: ObservedTrial): HandlerResult {
  const { spec, observation } = trial;
  const { record, end } = observation;
  if (end.kind === 'interrupted') return { kind: 'interrupted' };
  if (end.kind === 'crashed') return { kind: 'crashed', message: end.message };
  const results = classify(spec, observation, 'expiry');
  const [result] = results;
  if (result === undefined) return { kind: 'interrupted' };
  const { latencyMs, outcome, duplicates, sendOutcome } = result;
  const { events } = record;
  const ofExpiry = (event: ProgramEvent): boolean => 'id' in event && event.id === result.id;
  const threw = events.find((event) => event.kind === 'handler-threw' && ofExpiry(event));
  const returned = events.some((event) => event.kind === 'handler-returned' && ofExpiry(event));
  const kept = events.find((event) => event.kind === 'subscriber-error')?.message ?? null;
  return {
    kind: 'ran',
    latencyMs,
    late: outcome === 'late',
    starved: whyStarved(trial),
    duplicates,
    cause: causeOf(spec, observation, results, null),
    send:
      sendOutcome === null
        ? returned
          ? 'resolved'
          : 'pending'
        : sendOutcome.status === 'delivered'
          ? 'resolved'
          : 'rejected',
    requested: events.some((event) => event.kind === 'handler-requested' && ofExpiry(event)),
    threw: threw?.kind === 'handler-threw' ? threw.message : null,
    message: sendOutcome?.status === 'failed' ? sendOutcome.message : kept,
    refused: observation.refused ?? null,
  };
}
