import { expect } from 'chai';
import fc from 'fast-check';
import { canonicalUuid, uuidBytes, uuidText } from '../../../codec/programs/uuid.ts';

describe('codec/programs/uuid', () => {
  it('has one text for one UUID, however it was written', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.boolean(), fc.boolean(), (uuid, upper, plain) => {
        const dashed = plain ? uuid.replaceAll('-', '') : uuid;
        const written = ` ${upper ? dashed.toUpperCase() : dashed}\n`;
        expect(canonicalUuid(written)).to.equal(
          uuid === '00000000-0000-0000-0000-000000000000' ? null : uuid,
        );
      }),
    );
  });

  it('takes nothing else', () => {
    for (const text of [
      '',
      'x',
      '00000000-0000-0000-0000-000000000000',
      '00000000000000000000000000000000',
      '6f6e6369-6c6c-4a61-8000-00000000000',
      '6f6e6369-6c6c-4a61-8000-0000000000011',
      '6f6e63696-c6c-4a61-8000-000000000001',
      '{6f6e6369-6c6c-4a61-8000-000000000001}',
      '../../../../../../../../../etc/passwd',
    ])
      expect(canonicalUuid(text), text).to.equal(null);
  });

  it('goes to 16 bytes and back, whatever surrounds them', () => {
    const bytes = Uint8Array.from({ length: 20 }, (_, i) => i);
    const text = uuidText(bytes.subarray(2, 18));
    expect(text).to.equal('02030405-0607-0809-0a0b-0c0d0e0f1011');
    expect(uuidBytes(text)).to.deep.equal(bytes.slice(2, 18));
  });
});
