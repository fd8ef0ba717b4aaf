import type { SuspicionOf } from '../suspicion.ts';
import type { LookedRequest, LookedThread } from './look.ts';

/** What one rule about a look into a process holds to be the cause. */
export type LookSuspicion = SuspicionOf<LookedThread, LookedRequest>;
