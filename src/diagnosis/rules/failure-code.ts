import { classifyError } from '../../failures/classify-error.ts';
import { type FailureCode, isFailureCode } from '../../failures/failures.ts';
import type { Failure } from '../record.ts';

/** What a client's error is called; null where it says nothing about a connection. */
export function failureCodeOf({ code, message }: Failure): FailureCode | null {
  // The Python probe names what it knows itself.
  return isFailureCode(code) ? code : classifyError({ code, message });
}
