import { expect } from 'chai';
import { COMMANDS } from '../../cli/commands.ts';
import textWidth from '../../cli/text-width.ts';

describe('cli/text-width', () => {
  it('counts the columns of a line, without its colours', () => {
    expect(textWidth('')).to.equal(0);
    expect(textWidth('-r FILE')).to.equal(7);
    expect(textWidth('\x1b[1mname\x1b[0m')).to.equal(4);
  });

  it('has nothing wide to measure in any help text', async () => {
    for (const entry of COMMANDS) {
      const command = await entry.load();
      const texts = [entry.describe, ...Object.entries(command.options).flatMap(([k, o]) => [k, o.describe])];
      for (const text of texts) expect(text, entry.name).to.match(/^[\x20-\x7e–…µ≤≥×·“”’]*$/);
    }
  });
});
