import { expect } from 'chai';
import { sysCredential } from '../../../../codec/rpc/auth/sys.ts';
import { codecOf, isXdrError } from '../../../../codec/xdr/index.ts';
import { hex } from '../../bytes.ts';

const codec = codecOf(sysCredential);

describe('codec/rpc/auth/sys', () => {
  const bytes = hex(`
    00 00 00 2a               # stamp
    00 00 00 03 61 62 63 00   # machinename 'abc'
    00 00 03 e8               # uid 1000
    00 00 00 64               # gid 100
    00 00 00 02               # two more groups
    00 00 00 04 00 00 00 18   #   4, 24
  `);
  const value = { stamp: 42, machinename: 'abc', uid: 1000, gid: 100, gids: [4, 24] };

  it('reads and writes the credential', () => {
    expect(codec.decode(bytes)).to.deep.equal(value);
    expect(codec.encode(value)).to.deep.equal(bytes);
  });

  it('takes 255 letters and 16 groups, not one more', () => {
    const most = { ...value, machinename: 'm'.repeat(255), gids: Array(16).fill(1) };
    expect(codec.decode(codec.encode(most))).to.deep.equal(most);
    const refuses = (bad: typeof value) =>
      expect(() => codec.encode(bad))
        .to.throw()
        .that.satisfies(isXdrError);
    refuses({ ...value, machinename: 'm'.repeat(256) });
    refuses({ ...value, gids: Array(17).fill(1) });
  });
});
