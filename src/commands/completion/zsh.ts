import type { CompletedCommand, CompletedOption, Completion, Values } from './completion.ts';

/** For zsh: sourced, or put into a folder of $fpath under the name of its function. */
export function renderZsh({ program, commands }: Completion): string {
  return `#compdef ${program}
# zsh completion of ${program}

# Lists take commas.
_${program}_words() {
  _values -s , value "$@"
}

_${program}_commands() {
  local -a commands=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`).join('\n')}
  )
  _describe command commands
}

_${program}() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  _arguments -C \\
    '(- *)'{-h,--help}'[display help]' \\
    '(- *)'{-V,--version}'[print the version]' \\
    '1: :_${program}_commands' \\
    '*:: :->rest'
  [[ $state == rest ]] || return
  case $words[1] in
${commands.map((command) => commandCase(program, command)).join('\n')}
  esac
}

if [[ \${funcstack[1]} == _${program} ]]; then
  _${program} "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _${program} ${program}
fi
`;
}

function commandCase(program: string, { name, options, operands }: CompletedCommand): string {
  const specs = [
    ...options.flatMap((option) => optionSpecs(program, option)),
    ...operandSpecs(program, operands),
  ];
  return `    ${name})
      _arguments -S \\
${specs.map((spec) => `        ${quoted(spec)}`).join(' \\\n')}
      ;;`;
}

/** An option may stand more than once. */
function optionSpecs(program: string, { short, long, summary, values }: CompletedOption): readonly string[] {
  const described = `[${escaped(summary)}]${values === null ? '' : `:value:${action(program, values)}`}`;
  const names = [values === null ? long : `${long}=`, ...(short === null ? [] : [short])];
  return names.map((name) => `*${name}${described}`);
}

/** What follows -- is a command line of its own. */
function operandSpecs(program: string, operands: Values): readonly string[] {
  switch (operands.kind) {
    case 'command':
      return ['*:::command: _normal'];
    case 'text':
      return [];
    default:
      return [`*:value:${action(program, operands)}`];
  }
}

function action(program: string, values: Values): string {
  switch (values.kind) {
    case 'words':
      // After a blank, the words are taken as they are.
      return ` _${program}_words ${values.words.join(' ')}`;
    case 'files':
    case 'command':
      return '_files';
    case 'text':
      return ' ';
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[\\[\]:]/g, (sign) => `\\${sign}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
