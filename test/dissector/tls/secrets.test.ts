import { expect } from 'chai';
import { TLS_KEY_LOG } from '../../../dissector/tls/key-log.ts';
import { ResumableSessions, TlsSecrets } from '../../../dissector/tls/secrets.ts';

const block = (random: string, type = TLS_KEY_LOG) => ({
  section: 1,
  type,
  data: Buffer.from(`CLIENT_RANDOM ${random.repeat(32)} ${'cd'.repeat(48)}\n`),
});

describe('dissector/tls/secrets', () => {
  it('takes each block of a capture once, as they come, and only key logs', () => {
    const secrets = new TlsSecrets();
    const blocks = [block('01'), block('02', 0x57474b4c)];
    secrets.take(blocks);
    secrets.take(blocks);
    expect(secrets.keyLog.size).to.equal(1);
    blocks.push(block('03'));
    secrets.take(blocks);
    expect([...secrets.keyLog.clientRandoms()].map((random) => random.slice(0, 2))).to.deep.equal([
      '01',
      '03',
    ]);
  });

  it('takes the blocks of a second pass again, and adds nothing', () => {
    const secrets = new TlsSecrets();
    secrets.take([block('01')]);
    secrets.rewind();
    secrets.take([block('01')]);
    expect(secrets.keyLog.size).to.equal(1);
  });

  it('remembers the secrets of sessions, up to a limit', () => {
    const sessions = new ResumableSessions(2);
    const name = (n: number) => Buffer.alloc(32, n);
    sessions.put(name(1), Buffer.alloc(48, 1));
    sessions.put(name(2), Buffer.alloc(48, 2));
    expect(sessions.get(name(1))?.[0]).to.equal(1);
    expect(sessions.get(name(9))).to.equal(null);
    sessions.put(name(3), Buffer.alloc(48, 3));
    expect([1, 2, 3].map((n) => sessions.get(name(n))?.[0])).to.deep.equal([undefined, undefined, 3]);
  });
});
