import { expect } from 'chai';
import { hexDump } from '../../../dissector/output/index.ts';

describe('hex dump', () => {
  it('prints sixteen bytes a line', () => {
    const bytes = Buffer.from('..ABCDEFGHIJKLMNOP\x00\x7f~', 'latin1');
    expect(hexDump(bytes, 2, 19).split('\n')).to.deep.equal([
      '0000  41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f 50   ABCDEFGHIJKLMNOP',
      '0010  00 7f 7e                                          ..~',
    ]);
    expect(hexDump(bytes, 0, 0)).to.equal('');
  });
});
