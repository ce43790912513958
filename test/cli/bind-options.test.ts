import { expect } from 'chai';
import { bindOptions } from '../../cli/bind-options.ts';

const table = {
  field: { short: 'e', value: 'FIELD', repeat: true, describe: 'a field' },
  quiet: { short: 'q', describe: 'say nothing' },
  old: { describe: 'gone', hidden: true },
};

describe('cli/bind-options', () => {
  it('binds values as they are, in order', () => {
    const bound = bindOptions(
      ['--field=1e3', '--quiet', '--field=', '--field=a=b\nc', '--quiet'],
      ['-1', '0x10'],
      table,
    );
    expect(bound.values.get('field')).to.deep.equal(['1e3', '', 'a=b\nc']);
    expect(bound.values.get('quiet')).to.deep.equal(['']);
    expect(bound.values.has('old')).to.equal(false);
    expect(bound.positionals).to.deep.equal(['-1', '0x10']);
  });
});
