import { expect } from 'chai';
import { u32, udpPacket } from '../network/build.ts';
import { fields } from './explain.ts';
import { accepted, call, opaqueAuth } from './messages.ts';

const send = (message: Uint8Array) => udpPacket('10.0.0.1', 800, '10.0.0.2', 2049, message);
const answer = (message: Uint8Array) => udpPacket('10.0.0.2', 2049, '10.0.0.1', 800, message);
const credential = (procedure: number, context: Buffer) =>
  opaqueAuth(6, Buffer.concat([u32(1, procedure, 1, 1, context.length), context]));
const TOKEN = u32(4, 0);
/** context, major, minor, window, token */
const made = (context: Buffer) => Buffer.concat([u32(context.length), context, u32(0, 0, 8), TOKEN]);
const NAMES = ['rpc.authgss.context.created_frame', 'rpc.authgss.context.destroyed_frame'];

describe('GSS contexts', () => {
  it('tells where a context was made and ended', () => {
    const context = Buffer.from('0011223344556677', 'hex');
    const packets = [
      send(call({ procedure: 0, credential: credential(1, Buffer.alloc(0)), body: TOKEN })),
      answer(accepted(1, 0, made(context))),
      send(call({ xid: 2, procedure: 0, credential: credential(0, context) })),
      send(call({ xid: 3, procedure: 0, credential: credential(3, context) })),
    ];
    expect(fields(packets, NAMES)).to.deep.equal(['\t', '2\t', '2\t', '2\t4']);
  });

  it('does not follow contexts of more than 16 bytes, nor those of failed calls', () => {
    const long = Buffer.alloc(20, 1);
    const start = send(call({ procedure: 0, credential: credential(1, Buffer.alloc(0)), body: TOKEN }));
    const use = send(call({ xid: 2, procedure: 0, credential: credential(0, long) }));
    expect(fields([start, answer(accepted(1, 0, made(long))), use], NAMES)[2]).to.equal('\t');
    const short = Buffer.alloc(4, 1);
    const again = send(call({ xid: 2, procedure: 0, credential: credential(0, short) }));
    expect(fields([start, answer(accepted(1, 5, made(short))), again], NAMES)[2]).to.equal('\t');
  });

  const KRB5 = Buffer.from('600b06092a864886f712010202', 'hex');
  const token = (bytes: Buffer) =>
    Buffer.concat([u32(bytes.length), bytes, Buffer.alloc((4 - (bytes.length & 3)) & 3)]);
  const used = (service: number, context: Buffer, procedure = 0, version = 1) =>
    opaqueAuth(6, Buffer.concat([u32(version, procedure, 1, service, context.length), context]));
  const FLAVOR = ['rpc.authgss.flavor'];

  it('names the flavor of each call by its mechanism and service', () => {
    const context = Buffer.from('cafebabe', 'hex');
    const packets = [
      send(call({ procedure: 0, credential: credential(1, Buffer.alloc(0)), body: token(KRB5) })),
      answer(accepted(1, 0, made(context))),
      ...[1, 2, 3, 9].map((service) => send(call({ xid: 1 + service, credential: used(service, context) }))),
      send(call({ xid: 20, credential: used(2, Buffer.alloc(4, 9)) })),
    ];
    expect(fields(packets, FLAVOR)).to.deep.equal(['krb5', '', 'krb5', 'krb5i', 'krb5p', '', '']);
  });

  it('keeps the mechanism through a second round, and for a context made of another', () => {
    const first = Buffer.alloc(4, 1);
    const child = Buffer.alloc(4, 2);
    const create = Buffer.concat([u32(8 + 12 + 4, 7), u32(4), child, u32(0, 0, 0), u32(0)]);
    const packets = [
      send(call({ procedure: 0, credential: credential(1, Buffer.alloc(0)), body: token(KRB5) })),
      answer(accepted(1, 0, made(first))),
      send(call({ xid: 2, procedure: 0, credential: credential(2, first), body: TOKEN })),
      answer(accepted(2, 0, made(first))),
      send(call({ xid: 3, procedure: 0, credential: used(2, first, 5, 3), body: Buffer.alloc(0) })),
      answer(accepted(3, 0, create)),
      send(call({ xid: 4, credential: used(3, child, 0, 3) })),
    ];
    expect(fields(packets, FLAVOR)).to.deep.equal(['krb5', '', 'krb5', '', 'krb5i', '', 'krb5p']);
    expect(fields(packets, NAMES)[6]).to.equal('6\t');
  });

  it('shows the assertions of version 3, also behind integrity', () => {
    const context = Buffer.alloc(4, 1);
    const assertions = Buffer.concat([u32(0, 0, 1, 0, 5, 6, 3), Buffer.from('sec\0')]);
    const sealed = Buffer.concat([u32(4 + assertions.length, 7), assertions, u32(4), Buffer.alloc(4, 0xcc)]);
    const packets = [
      send(call({ procedure: 0, credential: used(1, context, 5, 3), body: assertions })),
      send(call({ xid: 2, procedure: 0, credential: used(2, context, 5, 3), body: sealed })),
    ];
    const names = ['rpc.authgss.procedure', 'rpcsec_gss.assertions.label.label', 'rpc.authgss.checksum'];
    expect(fields(packets, names)).to.deep.equal(['5\t736563\t', '5\t736563\t00000004cccccccc']);
  });
});
