import { expect } from 'chai';
import { run } from './fake-io.ts';
import { VirtSession } from './virt/session.ts';

describe('cli/virt', () => {
  const wrong: readonly (readonly [argv: readonly string[], message: RegExp])[] = [
    [[], /no command/],
    [['strat', 'x'], /did you mean start/],
    [['start'], /needs a domain/],
    [['start', 'a', 'b'], /takes no b/],
    [['list', '--reason'], /means nothing to list/],
    [['event', 'x'], /takes no x/],
    [['-c', 'nonsense', 'list'], /no URI/],
  ];
  for (const [argv, message] of wrong) {
    it(`refuses ${argv.join(' ') || 'nothing'}`, async () => {
      const { status, err } = await run(['virt', ...argv]);
      expect(status).to.equal(2);
      expect(err).to.match(message);
    });
  }

  it('ends with 3 where no daemon is', async () => {
    const { status, err } = await run(['virt', '-c', 'test+tcp://127.0.0.1:1/default', 'list']);
    expect(status).to.equal(3);
    expect(err).to.match(/ECONNREFUSED|refused/);
  });

  it('prints a list and its JSON', async () => {
    const session = await VirtSession.begin();
    expect(await session.text(['list'])).to.equal(
      ' Id   Name   State\n----------------------\n 1    test   running\n\n',
    );
    expect(await session.json(['list']))
      .to.be.an('array')
      .with.lengthOf(1);
    await session.end();
  });
});
