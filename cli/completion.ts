/**
 * `oncilla completion [bash|zsh]`: a script made from the command list and the option tables. Every word in it
 * is one of our own names, checked to need no quoting.
 */
import { GLOBAL_OPTIONS } from './arguments.ts';
import type { Command } from './command.ts';
import { COMMANDS } from './commands.ts';
import { CliError, EXIT_OK } from './errors.ts';

export const completion: Command = {
  name: 'completion',
  describe: 'print a completion script for bash or zsh',
  usage: 'completion [bash|zsh]',
  options: {},
  async run(args, io) {
    const shell = args.positionals[0] ?? (io.env.SHELL?.endsWith('zsh') ? 'zsh' : 'bash');
    if (shell !== 'bash' && shell !== 'zsh') {
      throw new CliError('completion', `"${shell}" is not bash or zsh`);
    }
    const commands = await Promise.all(COMMANDS.map((entry) => entry.load()));
    io.stdout.write(completionScript(commands, shell));
    return EXIT_OK;
  },
};

/** The script for the given commands. */
export function completionScript(
  commands: readonly Pick<Command, 'name' | 'options'>[],
  shell: 'bash' | 'zsh',
): string {
  const lines = [
    `# ${shell} completion for oncilla; use: eval "$(oncilla completion ${shell})"`,
    ...(shell === 'zsh' ? ['autoload -U +X bashcompinit && bashcompinit'] : []),
    '_oncilla() {',
    `  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} options=`,
    '  COMPREPLY=()',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W "${plain([...commands.map((c) => c.name), '--help', '--version'])}" -- "$word"))`,
    '    return',
    '  fi',
    `  case \${COMP_WORDS[1]}:$before in`,
  ];
  const cases: string[] = [];
  for (const command of commands) {
    const table = { ...GLOBAL_OPTIONS, ...command.options };
    for (const [name, option] of Object.entries(table)) {
      if (option.choices === undefined) continue;
      const spellings = [`${command.name}:--${name}`];
      if (option.short !== undefined) spellings.push(`${command.name}:-${option.short}`);
      cases.push(
        `    ${plain(spellings, '|')}) COMPREPLY=($(compgen -W "${plain(option.choices)}" -- "$word")); return;;`,
      );
    }
  }
  lines.push(...cases, '  esac', `  case \${COMP_WORDS[1]} in`);
  for (const command of commands) {
    const names = Object.entries({ ...GLOBAL_OPTIONS, ...command.options })
      .filter(([, option]) => option.hidden !== true)
      .map(([name]) => `--${name}`);
    lines.push(`    ${plain([command.name])}) options="${plain(names)}";;`);
  }
  lines.push(
    '  esac',
    '  case $word in',
    '    -*) COMPREPLY=($(compgen -W "$options" -- "$word"));;',
    '    *) COMPREPLY=($(compgen -f -- "$word"));;',
    '  esac',
    '}',
    'complete -o filenames -F _oncilla oncilla',
    '',
  );
  return lines.join('\n');
}

function plain(words: readonly string[], between = ' '): string {
  for (const word of words) {
    if (!/^[\w:.,=-]+$/.test(word)) throw new TypeError(`not a plain word: ${word}`);
  }
  return words.join(between);
}
