/** The emoji that bots use most; another one is shown by its name. */
const characters: Readonly<Record<string, string>> = {
  '+1': '👍',
  '-1': '👎',
  alarm_clock: '⏰',
  bell: '🔔',
  bulb: '💡',
  calendar: '📅',
  coffee: '☕',
  eyes: '👀',
  fire: '🔥',
  heart: '❤️',
  hourglass: '⌛',
  hourglass_flowing_sand: '⏳',
  information_source: 'ℹ️',
  large_green_circle: '🟢',
  memo: '📝',
  no_entry: '⛔',
  pray: '🙏',
  question: '❓',
  red_circle: '🔴',
  robot_face: '🤖',
  rocket: '🚀',
  rotating_light: '🚨',
  smile: '😄',
  stopwatch: '⏱️',
  tada: '🎉',
  tea: '🍵',
  thumbsup: '👍',
  timer_clock: '⏲️',
  warning: '⚠️',
  wave: '👋',
  white_check_mark: '✅',
  x: '❌',
  zap: '⚡',
};

export function emoji(name: string): string {
  const bare = name.replaceAll(':', '');
  return Object.hasOwn(characters, bare) ? (characters[bare] ?? '') : `:${bare}:`;
}
