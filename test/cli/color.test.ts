import { expect } from 'chai';
import { parseArguments } from '../../cli/arguments.ts';
import { wantsColor } from '../../cli/color.ts';
import { fakeIo } from './fake-io.ts';

async function decide(argv: string[], env: Record<string, string>, tty: boolean): Promise<boolean> {
  return wantsColor(await parseArguments(argv, { options: {} }), fakeIo({ env, tty }));
}

describe('cli/color', () => {
  it('follows the option, then NO_COLOR, then FORCE_COLOR, then the terminal', async () => {
    expect(await decide([], {}, true)).to.equal(true);
    expect(await decide([], {}, false)).to.equal(false);
    expect(await decide([], { TERM: 'dumb' }, true)).to.equal(false);
    expect(await decide([], { NO_COLOR: '1' }, true)).to.equal(false);
    expect(await decide([], { NO_COLOR: '' }, true)).to.equal(true);
    expect(await decide([], { FORCE_COLOR: '1' }, false)).to.equal(true);
    expect(await decide([], { FORCE_COLOR: '0' }, true)).to.equal(false);
    expect(await decide([], { NO_COLOR: '1', FORCE_COLOR: '1' }, true)).to.equal(false);
    expect(await decide(['--color'], { NO_COLOR: '1' }, false)).to.equal(true);
    expect(await decide(['--color=never'], { FORCE_COLOR: '1' }, true)).to.equal(false);
    expect(await decide(['--color=auto'], {}, true)).to.equal(true);
  });
});
