import { expect } from 'chai';
import { COMMANDS } from '../../cli/commands.ts';
import { IDL_OPTIONS, IDL_SOURCE_OPTIONS } from '../../cli/idl-option-table.ts';

describe('cli/idl-option-table', () => {
  it('is whole in every command that takes --idl', async () => {
    const commands = await Promise.all(COMMANDS.map((entry) => entry.load()));
    const taking = commands.filter((command) => Object.hasOwn(command.options, 'idl'));
    expect(taking.map(({ name }) => name)).to.include.members([
      'inspect',
      'decode',
      'encode',
      'call',
      'diff',
    ]);
    for (const { name, options } of taking) {
      expect(options, name).to.include.keys(Object.keys(IDL_OPTIONS));
    }
    expect(Object.keys(IDL_SOURCE_OPTIONS)).to.deep.equal(['include', 'define']);
  });
});
