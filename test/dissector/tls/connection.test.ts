import { expect } from 'chai';
import fc from 'fast-check';
import { Listener, listen, type Portion, recorded } from './recorded.ts';

const NAMES = [
  'tls13-openssl-key-update',
  'tls13-openssl-early-data',
  'tls13-node-chacha20',
  'tls12-gnutls-cbc',
];
/** Three calls: a NULL of 44 bytes, a WRITE of 20072, a NULL; replies of 28 bytes. */
const CALLS = 44 + 20_072 + 44;
const REPLIES = 3 * 28;

/** Application data records of a direction, in order, as [portion index] of the portions that hold just one. */
function dataPortions(portions: readonly Portion[], dir: 0 | 1): number[] {
  return portions.flatMap((p, i) => (p.dir === dir && p.bytes[0] === 23 ? [i] : []));
}

describe('dissector/tls/connection', () => {
  for (const name of NAMES) {
    const { portions, keyLog } = recorded(name);

    it(`decrypts ${name}`, () => {
      for (const [i, connection] of portions.entries()) {
        const { told, sealed } = listen(connection, keyLog);
        const early = name.endsWith('early-data') && i === 1 ? 44 : 0;
        expect(sealed).to.deep.equal([]);
        expect(told.said.map((bytes) => bytes.length)).to.deep.equal([CALLS + early, REPLIES]);
        expect(told.said[0].readUInt32BE(0)).to.equal(0x80000028);
      }
    });

    it(`decrypts ${name} however its bytes are cut`, () => {
      const whole = portions.map((connection) => listen(connection, keyLog).told.said);
      fc.assert(
        fc.property(fc.infiniteStream(fc.integer({ min: 1, max: 3000 })), (sizes) => {
          for (const [i, connection] of portions.entries()) {
            const cut: Portion[] = [];
            for (const { dir, bytes } of connection) {
              for (let at = 0; at < bytes.length; ) {
                const size = sizes.next().value as number;
                cut.push({ dir, bytes: bytes.subarray(at, at + size) });
                at += size;
              }
            }
            const { said } = listen(cut, keyLog).told;
            expect(said[0].equals(whole[i]![0]) && said[1].equals(whole[i]![1])).to.equal(true);
          }
        }),
        { numRuns: 5 },
      );
    });

    it(`shows no byte of a changed record of ${name}`, () => {
      const connection = portions[0]!;
      const whole = listen(connection, keyLog).told.said[1];
      const at = dataPortions(connection, 1).at(-2)!;
      const changed = connection.map((p, i) => {
        const bytes = Buffer.from(p.bytes);
        if (i === at) bytes[bytes.length - 1]! ^= 1;
        return { dir: p.dir, bytes };
      });
      const { told, sealed } = listen(changed, keyLog);
      expect(sealed).to.deep.equal(['bad tag']);
      expect(told.said[1].length).to.be.lessThan(whole.length);
      expect(told.records.filter((r) => r.sealed !== null).every((r) => r.plain === null)).to.equal(true);
    });

    it(`goes on behind a record of ${name} that was not captured`, () => {
      const connection = portions[0]!;
      const at = dataPortions(connection, 1).at(-2)!;
      const listener = new Listener(keyLog);
      for (const [i, { dir, bytes }] of connection.entries()) {
        if (i === at) listener.connection.gap(dir, bytes.length, i);
        else listener.hear(dir, bytes);
      }
      expect(listener.sealed).to.deep.equal([]);
      expect(listener.told.missing).to.deep.equal([0]);
      expect(listener.told.said[1].length).to.be.oneOf([REPLIES - 28, REPLIES]);
    });

    it(`says how much is missing of a record of ${name} that was captured in part`, () => {
      const listener = new Listener(keyLog);
      const connection = portions[0]!;
      // the WRITE: records of several segments
      const at = connection.findIndex(
        (p, i) => p.dir === 0 && p.bytes[0] !== 23 && i > 6 && p.bytes.length > 1000,
      );
      for (const [i, { dir, bytes }] of connection.entries()) {
        if (i === at) listener.connection.gap(dir, bytes.length, i);
        else listener.hear(dir, bytes);
      }
      expect(listener.sealed).to.deep.equal(['cut']);
      expect(listener.told.missing).to.have.length(1);
      expect(listener.told.missing[0]).to.be.within(4000, 16_384);
      expect(listener.told.said[0].subarray(-44).readUInt32BE(0)).to.equal(0x80000028);
    });
  }

  const { portions, keyLog } = recorded('tls13-node-chacha20');

  it('says why nothing is known: no keys, no hello', () => {
    expect(new Set(listen(portions[0]!, '').sealed)).to.deep.equal(new Set(['no keys']));
    const late = new Listener(keyLog);
    late.connection.joinLate(0);
    late.connection.joinLate(1);
    for (const { dir, bytes } of portions[0]!.slice(4)) late.hear(dir, bytes);
    expect(new Set(late.sealed)).to.deep.equal(new Set(['no hello']));
    expect(late.told.said[0].length).to.equal(0);
  });

  it('decrypts with the hello of the server missing, by the length of the secrets', () => {
    const listener = new Listener(keyLog);
    const first = portions[0]!.findIndex((p) => p.dir === 1);
    for (const [i, { dir, bytes }] of portions[0]!.entries()) {
      if (i !== first) listener.hear(dir, bytes);
      else listener.connection.gap(1, bytes.length, i);
    }
    expect(listener.told.said[0].length).to.equal(CALLS);
  });

  it('takes any bytes', () => {
    const dir = fc.constantFrom<0 | 1>(0, 1);
    const record = fc
      .tuple(
        fc.integer({ min: 19, max: 25 }),
        fc.integer({ min: 0, max: 5 }),
        fc.uint8Array({ maxLength: 80 }),
      )
      .map(([type, minor, body]) => Buffer.concat([Buffer.from([type, 3, minor, 0, body.length]), body]));
    const bytes = fc.oneof(record, fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 0, max: 9999 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(dir, bytes), { maxLength: 30 }), fc.nat(8), (parts, from) => {
        const listener = listen(portions[0]!.slice(0, from), keyLog);
        const before = listener.told.said.map((said) => said.length);
        for (const [d, what] of parts) {
          if (typeof what === 'number') listener.connection.gap(d, what, 1);
          else listener.hear(d, what);
        }
        // nothing that was not sealed with the keys is ever shown
        expect(listener.told.said.map((said) => said.length)).to.deep.equal(before);
      }),
    );
  });
});
