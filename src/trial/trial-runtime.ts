import type { Emulator, Session } from '../emulator/emulator.ts';
import type { ReportedContextName, ReportedStrategyName } from '../model/names.ts';
import type { Environment } from '../model/report.ts';
import type { Runtime } from '../model/runtime.ts';
import type { NameCause } from './cause-of.ts';
import type { Observation } from './observation.ts';
import type { TrialListeners } from './observe-trial.ts';
import type { ObservedSpec } from './trial.ts';

/** How a trial in this context uses the machine. */
export interface ContextTraits {
  readonly mayHang?: boolean;
  readonly resolvesHost?: boolean;
}

/** What runs trials: everything in which those of Node and those of Python differ. */
export interface TrialRuntime<
  Context extends ReportedContextName = ReportedContextName,
  Strategy extends ReportedStrategyName = ReportedStrategyName,
> {
  readonly name: Runtime;
  readonly nameCause: NameCause;
  /** What a report says of it beside Node's own versions. */
  readonly environment: Pick<Environment, 'python'>;
  traits(context: Context): ContextTraits;
  /** Why trials of this context can't be run; null where they can. */
  missing(context: Context): string | null;
  /** Makes those trials start faster that start when it has ended. */
  readonly warmUp?: (emulator: Emulator) => Promise<void>;
  run(
    spec: ObservedSpec & { readonly context: Context; readonly strategy: Strategy },
    session: Session,
    listeners: TrialListeners,
  ): Promise<Observation>;
}
