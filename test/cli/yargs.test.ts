import { expect } from 'chai';
import { bindWithYargs, helpText } from '../../cli/yargs.ts';

const table = {
  field: { short: 'e', value: 'FIELD', repeat: true, describe: 'a field' },
  quiet: { short: 'q', describe: 'say nothing' },
  old: { describe: 'gone', hidden: true },
};

describe('cli/yargs', () => {
  it('binds values as they are, in order', () => {
    const bound = bindWithYargs(
      ['--field=1e3', '--quiet', '--field=', '--field=a=b\nc', '--quiet'],
      ['-1', '0x10'],
      table,
    );
    expect(bound.values.get('field')).to.deep.equal(['1e3', '', 'a=b\nc']);
    expect(bound.values.get('quiet')).to.deep.equal(['']);
    expect(bound.values.has('old')).to.equal(false);
    expect(bound.positionals).to.deep.equal(['-1', '0x10']);
  });

  it('lays out help, without what is hidden', async () => {
    const text = await helpText({ usage: 'demo FILE', describe: 'shows', options: {} }, table, 80);
    expect(text).to.match(/^oncilla demo FILE\n\nshows\n/);
    expect(text).to.contain('-e, --field').and.contain('say nothing').and.not.contain('gone');
  });
});
