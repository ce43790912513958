import { expect } from 'chai';
import { programs } from '../../codec/programs/virt.gen.ts';
import { Engine } from '../../server/engine/engine.ts';
import { fakeIo, run } from './fake-io.ts';
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

  it('lets no daemon steer the terminal, whatever it answers', async () => {
    const evil = '\u001b]0;x\u0007\u009b2J\u202e';
    const dom = { name: evil, uuid: new Uint8Array(16), id: 1 };
    const refusal = { code: 1, domain: 1, level: 2, message: evil, dom: null, net: null, detail: null };
    const answers: Readonly<Record<string, object>> = {
      VIRT_VERSION_EXCHANGE: { agreed: { minor: 1, features: [] } },
      VIRT_GET_HOSTNAME: { text: evil },
      VIRT_GET_URI: { text: evil },
      VIRT_GET_TYPE: { text: evil },
      VIRT_GET_VERSION: { number: 0n },
      VIRT_GET_DAEMON_VERSION: { number: 0n },
      VIRT_GET_CAPABILITIES: { xml: evil },
      VIRT_DOMAIN_LOOKUP_BY_NAME: { dom },
      VIRT_DOMAIN_GET_XML: { xml: evil },
      VIRT_DOMAIN_DEFINE: { dom },
    };
    const engine = new Engine();
    engine.addService({
      program: programs[0]!,
      handler: (name) => () => ({
        status: name === 'VIRT_DOMAIN_START' ? 1 : 0,
        error: refusal,
        ...answers[name],
      }),
      access: 'unrestricted',
    });
    const { url } = await engine.addListener('tcp://127.0.0.1:0', { access: 'rw' });
    for (const words of [
      ['hostname'],
      ['uri'],
      ['version'],
      ['capabilities'],
      ['dumpxml', 'x'],
      ['define', '-'],
      ['start', 'x'],
    ]) {
      const io = fakeIo({ stdin: [Buffer.from('<a/>')] });
      const { status, out, err } = await run(['virt', '-c', `test+${url}/default`, ...words], io);
      expect([words[0], status, out + err !== '']).to.deep.equal([
        words[0],
        words[0] === 'start' ? 1 : 0,
        true,
      ]);
      expect(out + err, words[0]).to.not.match(/[\0-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
    }
    await engine.stop();
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
