import { expect } from 'chai';
import {
  acceptStatName,
  authStatName,
  msgTypeName,
  rejectStatName,
  replyStatName,
} from '../../../codec/rpc/names.ts';

describe('codec/rpc/names', () => {
  it('names the numbers of RFC 5531', () => {
    expect([0, 1].map(msgTypeName)).to.deep.equal(['CALL', 'REPLY']);
    expect([0, 1].map(replyStatName)).to.deep.equal(['ACCEPTED', 'DENIED']);
    expect([0, 2, 5].map(acceptStatName)).to.deep.equal(['SUCCESS', 'PROG_MISMATCH', 'SYSTEM_ERR']);
    expect([0, 1].map(rejectStatName)).to.deep.equal(['RPC_MISMATCH', 'AUTH_ERROR']);
    expect([1, 5, 14].map(authStatName)).to.deep.equal([
      'AUTH_BADCRED',
      'AUTH_TOOWEAK',
      'RPCSEC_GSS_CTXPROBLEM',
    ]);
  });

  it('has no name for others', () => {
    for (const name of [msgTypeName, replyStatName, acceptStatName, rejectStatName, authStatName]) {
      expect(name(99)).to.equal(undefined);
      expect(name(-1)).to.equal(undefined);
    }
  });
});
