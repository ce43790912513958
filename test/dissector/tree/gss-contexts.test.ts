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
});
