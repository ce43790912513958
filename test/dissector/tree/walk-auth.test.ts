import { expect } from 'chai';
import { u32, udpPacket } from '../network/build.ts';
import { below, explain, fields } from './explain.ts';
import { accepted, call, opaqueAuth, SYS_BODY } from './messages.ts';

const send = (message: Uint8Array) => udpPacket('10.0.0.1', 800, '10.0.0.2', 2049, message);
const answer = (message: Uint8Array) => udpPacket('10.0.0.2', 2049, '10.0.0.1', 800, message);

/** The lines of a call's credential, without the heading. */
function credential(flavor: number, body: Uint8Array): string[] {
  const [frame] = explain([send(call({ credential: opaqueAuth(flavor, body) }))]);
  const lines = below(frame, 'Remote Procedure Call');
  const from = lines.indexOf('    Credentials');
  const to = lines.indexOf('    Verifier');
  return lines.slice(from + 1, to < 0 ? undefined : to).map((line) => line.slice(8));
}

describe('walk auth', () => {
  it('shows AUTH_SYS', () => {
    expect(credential(1, SYS_BODY)).to.deep.equal([
      'Flavor: AUTH_UNIX (1)',
      'Length: 40',
      'Stamp: 0x00001234',
      'Machine Name: client',
      '    length: 6',
      '    contents: client',
      '    fill bytes: opaque data',
      'UID: 1000',
      'GID: 100',
      'Auxiliary GIDs (3) [100, 4, 24]',
      '    GID: 100',
      '    GID: 4',
      '    GID: 24',
    ]);
  });

  it('shows AUTH_DES by full name and by nickname', () => {
    const name = Buffer.concat([u32(0, 3), Buffer.from('abc\0'), u32(1, 2, 60)]);
    expect(credential(3, name).slice(2)).to.deep.equal([
      'Namekind: ADN_FULLNAME (0)',
      'Netname: abc',
      '    length: 3',
      '    contents: abc',
      '    fill bytes: opaque data',
      'Conversation Key (encrypted): 0x0000000100000002',
      'Window (encrypted): 0x0000003c',
    ]);
    expect(credential(3, u32(1, 17)).slice(2)).to.deep.equal([
      'Namekind: ADN_NICKNAME (1)',
      'Nickname: 0x00000011',
    ]);
  });

  it("shows Gluster's flavors", () => {
    expect(credential(5, Buffer.concat([Buffer.alloc(8, 7), u32(1, 2, 3, 0)])).slice(2)).to.deep.equal([
      'Lock Owner: 0707070707070707',
      'PID: 1',
      'UID: 2',
      'GID: 3',
      'Auxiliary GIDs (0)',
    ]);
    // pid, uid, gid, one gid, a lock owner of 4 bytes
    expect(credential(390039, u32(1, 2, 3, 1, 9, 4, 0x0a0b0c0d)).slice(2)).to.deep.equal([
      'PID: 1',
      'UID: 2',
      'GID: 3',
      'Auxiliary GIDs (1) [9]',
      '    GID: 9',
      'Lock Owner: 0a0b0c0d',
    ]);
    // pid, uid, gid, flags, ctime, no gids, no lock owner
    const v3 = fields(
      [send(call({ credential: opaqueAuth(390040, u32(1, 2, 3, 4, 5, 6, 0, 0)) }))],
      ['rpc.auth.flags', 'rpc.auth.ctime', 'rpc.auth.lk_owner'],
    );
    expect(v3[0]).to.match(/^0x00000004\tJan {2}1, 1970 .*\t<MISSING>$/);
  });

  it('shows RPCSEC_GSS and the length of its verifier as part of the token', () => {
    // version 1, data, sequence 7, service none, context of 4 bytes
    const body = u32(1, 0, 7, 1, 4, 0xdeadbeef);
    expect(credential(6, body).slice(2)).to.deep.equal([
      'GSS Version: 1',
      'GSS Procedure: RPCSEC_GSS_DATA (0)',
      'GSS Sequence Number: 7',
      'GSS Service: rpcsec_gss_svc_none (1)',
      'GSS Context',
      '    GSS Context Length: 4',
      '    GSS Context: deadbeef',
    ]);
    const verifier = opaqueAuth(6, Buffer.from('0102', 'hex'));
    const names = ['rpc.auth.flavor', 'rpc.auth.length', 'rpc.authgss.token', 'rpc.authgss.token_length'];
    expect(fields([send(call({ credential: opaqueAuth(6, body), verifier }))], names)).to.deep.equal([
      '6,6\t24\t0000000201020000\t2',
    ]);
  });

  it('shows AUTH_GSSAPI', () => {
    expect(credential(300001, u32(1, 1, 0)).slice(2)).to.deep.equal([
      'AUTH_GSSAPI Version: 1',
      'AUTH_GSSAPI Message: Yes',
      'Client Handle: <EMPTY>',
      '    length: 0',
      '    contents: <EMPTY>',
    ]);
  });

  it('shows flavors that nobody knows as bytes', () => {
    expect(credential(99, Buffer.from('odd'))).to.deep.equal([
      'Flavor: Unknown (99)',
      'Length: 3',
      'opaque data: 6f646400',
    ]);
    expect(credential(2, Buffer.from('shrt')).slice(2)).to.deep.equal(['opaque data: 73687274']);
  });

  it('shows lengths as sent, or rounded up as tshark does', () => {
    const packet = send(call({ credential: opaqueAuth(99, Buffer.from('odd')) }));
    expect(fields([packet], ['rpc.auth.length'])).to.deep.equal(['3,0']);
    expect(fields([packet], ['rpc.auth.length'], { tshark: true })).to.deep.equal(['4,0']);
  });

  it('shows the verifier of a reply', () => {
    const verifier = opaqueAuth(3, u32(0, 1, 17));
    const packets = [send(call({ procedure: 0 })), answer(accepted(1, 0, Buffer.alloc(0), verifier))];
    const names = ['rpc.authdes.timeverf', 'rpc.authdes.nickname'];
    expect(fields(packets, names)[1]).to.equal('0x0000000000000001\t0x00000011');
  });

  it('keeps to the bytes there are', () => {
    const huge = Buffer.concat([u32(1, 0, 2, 100003, 3, 1), u32(1, 0xffffffff, 5, 0xffffffff)]);
    expect(fields([send(huge)], ['rpc.auth.stamp', 'rpc.auth.length', '_ws.malformed'])).to.deep.equal([
      '0x00000005\t4294967295\t[Malformed Packet: RPC]',
    ]);
    expect(fields([send(huge)], ['rpc.auth.stamp', 'rpc.auth.length'], { tshark: true })).to.deep.equal([
      '\t',
    ]);
    const gids = Buffer.concat([u32(0, 0, 0, 0, 0xffffffff, 1)]);
    const many = send(call({ credential: opaqueAuth(1, gids), verifier: Buffer.alloc(0) }));
    expect(fields([many], ['rpc.auth.gid', '_ws.malformed'])).to.deep.equal(['0,1\t[Malformed Packet: RPC]']);
  });
});
