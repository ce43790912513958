import crypto from 'node:crypto';
import { expect } from 'chai';
import { nodeCrypto } from '../../../dissector/tls/node-crypto.ts';

describe('dissector/tls/node-crypto', () => {
  it('is node:crypto', () => {
    expect(nodeCrypto()).to.equal(crypto);
  });
});
