import { expect } from 'chai';
import fc from 'fast-check';
import { parseRecord, printRecord } from '../../../server/store/record.ts';

const KEY = '6f6e6369-6c6c-4a61-8000-000000000001';

describe('server/store/record', () => {
  it('gives back what was put, whatever text that is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (xml, autostart) => {
        const bytes = printRecord('domain', KEY, { xml, autostart });
        expect(parseRecord(bytes, 'domain', KEY)).to.deep.equal({ xml, autostart });
      }),
    );
  });

  it('knows every damage of one byte, and every cut', () => {
    const bytes = printRecord('domain', KEY, { xml: '<a/>', autostart: true });
    for (let i = 0; i < bytes.length; i++) {
      const damaged = bytes.slice();
      damaged[i] = (damaged[i] ?? 0) ^ 1;
      expect(parseRecord(damaged, 'domain', KEY), `byte ${i}`).to.equal(null);
      expect(parseRecord(bytes.slice(0, i), 'domain', KEY), `cut at ${i}`).to.equal(null);
    }
    expect(parseRecord(new Uint8Array(100), 'domain', KEY)).to.equal(null);
  });

  it('is of one kind and key only', () => {
    const bytes = printRecord('domain', KEY, {});
    expect(parseRecord(bytes, 'domain', KEY)).to.deep.equal({});
    expect(parseRecord(bytes, 'network', KEY)).to.equal(null);
    expect(parseRecord(bytes, 'domain', KEY.replace('1', '2'))).to.equal(null);
  });
});
