import { expect } from 'chai';
import { helpText } from '../../cli/yargs.ts';

const table = {
  field: { short: 'e', value: 'FIELD', repeat: true, describe: 'a field' },
  quiet: { short: 'q', describe: 'say nothing' },
  old: { describe: 'gone', hidden: true },
};

describe('cli/yargs', () => {
  it('lays out help, without what is hidden', async () => {
    const text = await helpText({ usage: 'demo FILE', describe: 'shows', options: {} }, table, 80);
    expect(text).to.match(/^oncilla demo FILE\n\nshows\n/);
    expect(text).to.contain('-e, --field').and.contain('say nothing').and.not.contain('gone');
  });
});
