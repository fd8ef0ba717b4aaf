/** Monotonic time in ms, comparable between the processes and threads of one machine (`process.hrtime` has one origin). */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
