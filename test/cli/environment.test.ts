import { delimiter } from 'node:path';
import { expect } from 'chai';
import { GLOBAL_OPTIONS } from '../../cli/arguments.ts';
import { environmentOptions } from '../../cli/environment.ts';
import { IDL_OPTIONS } from '../../cli/idl-option-table.ts';

const table = { ...GLOBAL_OPTIONS, ...IDL_OPTIONS };

describe('cli/environment', () => {
  it('reads the variables on its list', () => {
    const env = { ONCILLA_COLOR: 'never', ONCILLA_IDL: `a.x${delimiter}b.x`, ONCILLA_NO_CODEGEN: '1' };
    expect(environmentOptions(env, table)).to.deep.equal([
      '--color=never',
      '--idl=a.x',
      '--idl=b.x',
      '--no-codegen',
    ]);
  });

  it('reads no other variable, and none that the command has no option for', () => {
    expect(environmentOptions({ ONCILLA_STRICT: '1', ONCILLA_QUIET: '1' }, table)).to.deep.equal([]);
    expect(environmentOptions({ ONCILLA_IDL: 'a.x' }, GLOBAL_OPTIONS)).to.deep.equal([]);
    expect(environmentOptions({ ONCILLA_COLOR: '', ONCILLA_NO_CODEGEN: '0' }, table)).to.deep.equal([]);
  });

  it('checks values', () => {
    expect(() => environmentOptions({ ONCILLA_COLOR: 'red' }, table)).to.throw(
      'ONCILLA_COLOR: "red" is not one of',
    );
  });
});
