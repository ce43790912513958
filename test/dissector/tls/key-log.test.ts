import { expect } from 'chai';
import { KeyLog } from '../../../dissector/tls/key-log.ts';

const RANDOM = 'ab'.repeat(32);
const line = (label: string, bytes: number, random = RANDOM) => `${label} ${random} ${'cd'.repeat(bytes)}`;

describe('dissector/tls/key-log', () => {
  it('takes the secrets of both versions, and passes over all else', () => {
    const log = new KeyLog();
    const text = [
      '# a comment',
      line('CLIENT_RANDOM', 48),
      `${line('CLIENT_TRAFFIC_SECRET_0', 32, RANDOM.toUpperCase())}\r`,
      line('EXPORTER_SECRET', 32),
      line('CLIENT_RANDOM', 32, '01'.repeat(32)),
      line('SERVER_TRAFFIC_SECRET_0', 40),
      'CLIENT_RANDOM short',
      line('CLIENT_RANDOM', 48).slice(0, -1),
      '',
    ].join('\n');
    expect(log.add(text)).to.equal(2);
    expect([...log.clientRandoms()]).to.deep.equal([RANDOM]);
    expect([...log.of(RANDOM)!.keys()]).to.deep.equal(['CLIENT_RANDOM', 'CLIENT_TRAFFIC_SECRET_0']);
    expect(log.of('00'.repeat(32))).to.equal(undefined);
  });

  it('keeps the first secret for a label, and counts each once', () => {
    const log = new KeyLog();
    log.add(line('CLIENT_RANDOM', 48));
    log.add(line('CLIENT_RANDOM', 48).replaceAll('cd', 'ef'));
    expect(log.size).to.equal(1);
    expect(log.of(RANDOM)!.get('CLIENT_RANDOM')![0]).to.equal(0xcd);
  });

  it('gives the secrets back as a key log, of some connections or all', () => {
    const log = new KeyLog();
    const other = '01'.repeat(32);
    const text = `${line('CLIENT_RANDOM', 48)}\n${line('CLIENT_TRAFFIC_SECRET_0', 48, other)}\n`;
    log.add(text);
    expect(log.text()).to.equal(text);
    expect(log.text([other])).to.equal(`${text.split('\n')[1]}\n`);
    expect(log.text(['02'.repeat(32)])).to.equal('');
  });

  it('holds its limit', () => {
    for (const [limit, kept] of [
      [2, 2],
      [3, 3],
      [4, 3],
    ] as const) {
      const log = new KeyLog(limit);
      for (const i of [1, 2, 3]) log.add(line('CLIENT_RANDOM', 48, `0${i}`.repeat(32)));
      expect(log.size).to.equal(kept);
      expect(log.refused).to.equal(3 - kept);
    }
  });
});
