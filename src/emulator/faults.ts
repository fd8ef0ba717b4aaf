/** What the emulator does wrong. `rate` is the share of requests hit, 0..1. */
export type Fault =
  | { readonly kind: 'hang' | 'reset' | 'half-body' | 'rate-limit' | 'bad-json'; readonly rate: number }
  | { readonly kind: 'status'; readonly status: number; readonly rate: number }
  | { readonly kind: 'ok-false'; readonly code: string; readonly rate: number }
  | { readonly kind: 'latency' | 'jitter'; readonly ms: number }
  | { readonly kind: 'refuse' };
