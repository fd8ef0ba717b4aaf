const units = [
  { name: 'ms', ms: 1, below: 999.5 },
  { name: 's', ms: 1000, below: 600_000 },
  { name: 'min', ms: 60_000, below: 3_600_000 },
  { name: 'h', ms: 3_600_000, below: 172_800_000 },
] as const;
const days = { name: 'days', ms: 86_400_000 } as const;

/** `0.42 ms`, `237 ms`, `4.16 s`, `1 s`, `12.5 min`: as every text says how long something took or may take. */
export function showMs(ms: number): string {
  const unit = units.find(({ below }) => ms < below) ?? days;
  return `${threeDigits(ms / unit.ms)} ${unit.name}`;
}

/** At most three significant digits, and two after the point. */
export function threeDigits(value: number): string {
  const decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return String(Number(value.toFixed(decimals)));
}
