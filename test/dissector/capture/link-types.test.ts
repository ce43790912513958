import { expect } from 'chai';
import { isKnownLinkType } from '../../../dissector/capture/link-types.ts';

describe('link types', () => {
  it('knows the ones that are decoded, and others that exist', () => {
    for (const known of [0, 1, 9, 12, 50, 51, 101, 105, 108, 113, 127, 195, 228, 229, 276, 295]) {
      expect(isKnownLinkType(known), `${known}`).to.equal(true);
    }
  });

  it('does not know what tshark does not', () => {
    for (const unknown of [4, 98, 281, 284, 296, 65535])
      expect(isKnownLinkType(unknown), `${unknown}`).to.equal(false);
  });
});
