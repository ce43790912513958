import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { completionScript } from '../../cli/completion.ts';
import { run } from './fake-io.ts';

const command = {
  name: 'demo',
  options: {
    format: { short: 'T', value: 'F', choices: ['text', 'json'], describe: '' },
    old: { describe: '', hidden: true },
  },
};

/** What bash offers for the words typed so far. */
function offers(script: string, words: string[]): string[] {
  const line = `${script}\nCOMP_WORDS=(${words.map((w) => `'${w}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _oncilla; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return spawnSync('bash', ['-c', line], { encoding: 'utf8', cwd: '/' }).stdout.split('\n').filter(Boolean);
}

describe('cli/completion', () => {
  it('completes commands, options and choices in bash', () => {
    const script = completionScript([command], 'bash');
    expect(offers(script, ['oncilla', 'd'])).to.deep.equal(['demo']);
    expect(offers(script, ['oncilla', 'demo', '--f'])).to.deep.equal(['--format']);
    expect(offers(script, ['oncilla', 'demo', '--format', 'j'])).to.deep.equal(['json']);
    expect(offers(script, ['oncilla', 'demo', '-T', ''])).to.deep.equal(['text', 'json']);
    expect(offers(script, ['oncilla', 'demo', '--ol'])).to.deep.equal([]);
  });

  it('prints a script for the shell asked for, and refuses others', async () => {
    expect((await run(['completion', 'zsh'])).out).to.contain('bashcompinit');
    expect((await run(['completion', 'bash'])).out).to.contain('complete -o filenames -F _oncilla oncilla');
    expect(await run(['completion', 'fish'])).to.include({
      status: 2,
      err: 'oncilla: completion: "fish" is not bash or zsh\n',
    });
  });

  it('never prints a word that would need quoting', () => {
    expect(() => completionScript([{ name: 'a;rm', options: {} }], 'bash')).to.throw(TypeError);
  });
});
