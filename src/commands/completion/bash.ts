import type { CompletedCommand, CompletedOption, Completion, Values } from './completion.ts';

/**
 * For bash 3.2 and later, without the bash-completion package. What was typed is only compared, never expanded. Where it
 * offers nothing, bash completes files as it always does.
 */
export function renderBash({ program, commands }: Completion): string {
  const names = [...commands.map(({ name }) => name), '--help', '--version'];
  return `# bash completion of ${program}
_timer_notify_offer() {
  local typed=$1 head= word
  shift
  if [[ $typed == *,* ]]; then
    head=\${typed%,*},
    typed=\${typed##*,}
  fi
  for word in "$@"; do
    [[ $word == "$typed"* ]] && COMPREPLY[\${#COMPREPLY[@]}]=$head$word
  done
}

_timer_notify_offer_nothing() {
  type compopt > /dev/null 2>&1 && compopt +o default +o bashdefault 2> /dev/null
}

_timer_notify() {
  local typed=\${COMP_WORDS[COMP_CWORD]} before= command= i
  COMPREPLY=()
  ((COMP_CWORD > 0)) && before=\${COMP_WORDS[COMP_CWORD - 1]}
  # Bash takes --option=value for three words.
  if [[ $typed == '=' ]]; then
    typed=
  elif [[ $before == '=' ]] && ((COMP_CWORD > 1)); then
    before=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i]} == -- ]] && return
    [[ -z $command && \${COMP_WORDS[i]} != -* ]] && command=\${COMP_WORDS[i]}
  done
  case $command in
    '') _timer_notify_offer "$typed" ${quotedAll(names)} ;;
${commands.map(commandCase).join('\n')}
  esac
}

complete -o bashdefault -o default -F _timer_notify ${program}
`;
}

function commandCase({ name, options, operands }: CompletedCommand): string {
  const flags = options.flatMap(namesOf);
  const offerFlags = `_timer_notify_offer "$typed" ${quotedAll(flags)}`;
  const takesOperands = operands.kind === 'words' || operands.kind === 'files';
  const others = takesOperands
    ? [`if [[ $typed == -* ]]; then`, `  ${offerFlags}`, 'else', `  ${offer(operands)}`, 'fi']
    : [offerFlags];
  return `    ${quoted(name)})
      case $before in
${valueCases(options).join('\n')}
      esac
${others.map((line) => `      ${line}`).join('\n')}
      ;;`;
}

/** Options with the same values share a case. */
function valueCases(options: readonly CompletedOption[]): readonly string[] {
  const namesByOffer = new Map<string, string[]>();
  for (const option of options) {
    if (option.values === null) continue;
    const known = namesByOffer.get(offer(option.values)) ?? [];
    namesByOffer.set(offer(option.values), [...known, ...namesOf(option)]);
  }
  return [...namesByOffer].map(
    ([offered, names]) => `        ${names.map(quoted).join(' | ')})
          ${offered}
          return
          ;;`,
  );
}

function namesOf({ short, long }: CompletedOption): readonly string[] {
  return short === null ? [long] : [long, short];
}

function offer(values: Values): string {
  switch (values.kind) {
    case 'words':
      return `_timer_notify_offer "$typed" ${quotedAll(values.words)}`;
    case 'files':
    case 'command':
      return ':';
    case 'text':
      return '_timer_notify_offer_nothing';
  }
}

function quotedAll(words: readonly string[]): string {
  return words.map(quoted).join(' ');
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
