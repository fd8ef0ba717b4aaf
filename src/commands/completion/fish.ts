import type { CompletedCommand, CompletedOption, Completion, Values } from './completion.ts';

/** For fish 3 and later. */
export function renderFish({ program, commands }: Completion): string {
  return `# fish completion of ${program}

# Whether the cursor is behind this command, and before any --.
function __timer_notify_in
    set -l words (commandline -opc)
    set -e words[1]
    contains -- -- $words; and return 1
    set -l named (string match --invert -- '-*' $words)
    test "$named[1]" = "$argv[1]"
end

function __timer_notify_behind_separator
    contains -- -- (commandline -opc)
end

# Lists take commas.
function __timer_notify_words
    set -l head (commandline -ct | string replace -r '^-[^=]*=' '' | string replace -r '[^,]*$' '')
    printf '%s\\n' "$head"$argv
end

complete -c ${program} -e
complete -c ${program} -f
complete -c ${program} -n '__timer_notify_in ""' -s h -l help -d 'display help'
complete -c ${program} -n '__timer_notify_in ""' -s V -l version -d 'print the version'
complete -c ${program} -n __timer_notify_behind_separator -F
${commands.flatMap((command) => linesOf(program, command)).join('\n')}
`;
}

function linesOf(program: string, { name, summary, options, operands }: CompletedCommand): readonly string[] {
  const start = `complete -c ${program} -n '__timer_notify_in ${name}'`;
  return [
    `complete -c ${program} -n '__timer_notify_in ""' -a ${name} -d ${quoted(summary)}`,
    ...options.map((option) => `${start} ${optionFlags(option)} -d ${quoted(option.summary)}`),
    ...(operands.kind === 'words' ? [`${start} -a ${quoted(operands.words.join(' '))}`] : []),
    ...(operands.kind === 'files' || operands.kind === 'command' ? [`${start} -F`] : []),
  ];
}

function optionFlags({ short, long, values }: CompletedOption): string {
  const names = [`-l ${long.slice(2)}`, ...(short === null ? [] : [`-s ${short.slice(1)}`])].join(' ');
  return values === null ? names : `${names} ${valueFlags(values)}`;
}

function valueFlags(values: Values): string {
  switch (values.kind) {
    case 'words':
      return `-x -a ${quoted(`(__timer_notify_words ${values.words.join(' ')})`)}`;
    case 'files':
    case 'command':
      return '-r -F';
    case 'text':
      return '-x';
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, (sign) => `\\${sign}`)}'`;
}
