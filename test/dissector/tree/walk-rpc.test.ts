import { expect } from 'chai';
import fc from 'fast-check';
import { TCP_FLAGS, tcpPacket, u32, udpPacket } from '../network/build.ts';
import { below, explain, fields } from './explain.ts';
import { accepted, call, denied, opaqueAuth, record } from './messages.ts';

const A = '10.0.0.1';
const B = '10.0.0.2';
const send = (message: Uint8Array) => udpPacket(A, 800, B, 2049, message);
const answer = (message: Uint8Array) => udpPacket(B, 2049, A, 800, message);
/** A connection's first bytes: SYN, SYN and ACK, then the payload. */
const stream = (...payloads: Uint8Array[]) => {
  const ports = { srcPort: 800, dstPort: 2049 };
  const packets = [tcpPacket(A, B, { ...ports, seq: 0, flags: TCP_FLAGS.SYN })];
  let seq = 1;
  for (const payload of payloads) {
    packets.push(tcpPacket(A, B, { ...ports, seq, ack: 1, flags: 0x18 }, payload));
    seq += payload.length;
  }
  return packets;
};
const UNKNOWN = { program: 0x20001234, version: 1, procedure: 7 };

describe('walk RPC', () => {
  it('shows a call in a stream', () => {
    const frame = explain(stream(record(call({ xid: 0x1c804d42, procedure: 0 }))))[1];
    expect(below(frame, 'Remote Procedure Call, Type:Call XID:0x1c804d42')).to.deep.equal([
      '    Fragment header: Last fragment, 40 bytes',
      '        1... .... .... .... .... .... .... .... = Last Fragment: Yes',
      '        .000 0000 0000 0000 0000 0000 0010 1000 = Fragment Length: 40',
      '    XID: 0x1c804d42 (478170434)',
      '    Message Type: Call (0)',
      '    RPC Version: 2',
      '    Program: NFS (100003)',
      '    Program Version: 3',
      '    Procedure: NULL (0)',
      '    Credentials',
      '        Flavor: AUTH_NULL (0)',
      '        Length: 0',
      '    Verifier',
      '        Flavor: AUTH_NULL (0)',
      '        Length: 0',
    ]);
    expect(below(frame, 'Network File System')).to.deep.equal([
      '    [Program Version: 3]',
      '    [V3 Procedure: NULL (0)]',
    ]);
  });

  it('shows a reply that another clock puts before its call', () => {
    const sent = { bytes: send(call({ procedure: 0 })), time: 5_000_000_000n };
    const answered = { bytes: answer(accepted(1, 0)), time: 4_999_999_999n };
    expect(fields([sent, answered], ['rpc.repframe', 'rpc.time'])[1]).to.equal('1\t-0.000000001');
  });

  it('shows a reply with what its call said', () => {
    const frame = explain([send(call({ procedure: 0 })), answer(accepted(1, 0))])[1];
    expect(below(frame, 'Remote Procedure Call, Type:Reply XID:0x00000001')).to.deep.equal([
      '    XID: 0x00000001 (1)',
      '    Message Type: Reply (1)',
      '    [Program: NFS (100003)]',
      '    [Program Version: 3]',
      '    [Procedure: NULL (0)]',
      '    Reply State: accepted (0)',
      '    [This is a reply to a request in frame 1]',
      '    [Time from request: 0.001000000 seconds]',
      '    Verifier',
      '        Flavor: AUTH_NULL (0)',
      '        Length: 0',
      '    Accept State: RPC executed successfully (0)',
    ]);
  });

  const replies: [string, Buffer, string][] = [
    ['PROG_UNAVAIL', accepted(1, 1), '0\t1\t\t\t\t\t\t3'],
    ['PROG_MISMATCH', accepted(1, 2, u32(2, 4)), '0\t2\t\t\t2\t4\t\t3'],
    ['GARBAGE_ARGS', accepted(1, 4), '0\t4\t\t\t\t\t\t3'],
    ['RPC_MISMATCH', denied(1, 0, 2, 2), '1\t\t0\t\t\t\t2\t3'],
    ['AUTH_ERROR', denied(1, 1, 13), '1\t\t1\t13\t\t\t\t3'],
    ['SUCCESS', accepted(1, 0), '0\t0\t\t\t\t\t\t3,3'],
  ];
  for (const [name, reply, line] of replies) {
    it(`shows ${name} with its body`, () => {
      const names = [
        'replystat',
        'state_accept',
        'state_reject',
        'state_auth',
        'programversion.min',
        'programversion.max',
        'version.max',
        'programversion',
      ];
      const packets = [send(call({ procedure: 0 })), answer(reply)];
      expect(
        fields(
          packets,
          names.map((n) => `rpc.${n}`),
        )[1],
      ).to.equal(line);
    });
  }

  it('repeats version and procedure where a program has no field of its own', () => {
    const names = ['rpc.programversion', 'rpc.procedure', 'rpc.program', 'data.data'];
    expect(fields([send(call({ ...UNKNOWN, body: u32(5) }))], names)).to.deep.equal([
      '1,1\t7,7\t536875572\t00000005',
    ]);
    expect(fields([send(call({ version: 77, procedure: 0 }))], names.slice(0, 2))).to.deep.equal([
      '77,77\t0,0',
    ]);
    const lines = explain([send(call(UNKNOWN))])[0]?.lines;
    expect(lines).to.include('    Program: Unknown RPC program 536875572 (536875572)');
    expect(lines).to.include('    Procedure: proc-7 (7)');
  });

  it('marks repeated calls and replies', () => {
    const one = send(call({ procedure: 0 }));
    const two = answer(accepted(1, 0));
    const names = ['rpc.dup', 'rpc.call.dup', 'rpc.reply.dup', 'rpc.repframe'];
    expect(fields([one, one, two, two], names)).to.deep.equal(['\t\t\t', '1\t1\t\t', '\t\t\t1', '1\t\t3\t1']);
  });

  it('shows fragments, and the message where the last one ends', () => {
    const message = call({ procedure: 0 });
    const packets = stream(
      record(call({ procedure: 0, xid: 9 })),
      record(message.subarray(0, 24), false),
      record(message.subarray(24)),
    );
    const names = [
      'lastfrag',
      'fraglen',
      'fragment',
      'fragment.count',
      'reassembled.length',
      'xid',
      'fragment_data',
    ];
    expect(
      fields(
        packets,
        names.map((n) => `rpc.${n}`),
      ).slice(2),
    ).to.deep.equal([
      `0\t24\t\t\t\t\t${message.subarray(0, 24).toString('hex')}`,
      `1\t16\t3,4\t2\t40\t0x00000001\t${message.subarray(24).toString('hex')}`,
    ]);
    const frames = explain(packets);
    expect(frames[2]?.lines).to.include('Remote Procedure Call Fragment');
    expect(frames[2]?.lines).to.include('    Fragment header: 24 bytes');
    expect(frames[3]?.lines).to.include('    [2 RPC Fragments (40 bytes): #3, #4]');
  });

  it('gives headers without reading on', () => {
    const cut = { bytes: send(call({ procedure: 0 })), cut: 14 + 20 + 8 + 24 };
    expect(fields([cut], ['rpc.xid', 'rpc.procedure'])).to.deep.equal(['0x00000001\t0']);
    expect(explain([cut])[0]?.lines).to.include('[Packet size limited during capture: RPC truncated]');
  });

  it('calls a message malformed that ends too soon', () => {
    const [frame] = explain([send(call({ procedure: 0 }).subarray(0, 34))]);
    const what = 'TRUNCATED at message offset 32: the next value wants 4 bytes, 2 are left';
    expect(frame?.lines.slice(-5)).to.deep.equal([
      '[Malformed Packet: RPC]',
      `    [Expert Info (Error/Malformed): ${what}]`,
      `        [${what}]`,
      '        [Severity level: Error]',
      '        [Group: Malformed]',
    ]);
  });

  it('shows sealed and signed arguments', () => {
    // context 8 bytes; a NULL call's argument is empty, so the signed data holds the sequence number alone
    const credential = (service: number) => opaqueAuth(6, u32(1, 0, 7, service, 8, 1, 2));
    const signed = Buffer.concat([u32(4, 7), u32(2), Buffer.from('abcd', 'hex'), Buffer.alloc(2)]);
    const names = [
      'rpc.authgss.data.length',
      'rpc.authgss.seqnum',
      'rpc.authgss.checksum',
      'rpc.authgss.data',
    ];
    expect(
      fields([send(call({ procedure: 0, credential: credential(2), body: signed }))], names),
    ).to.deep.equal(['4\t7,7\t00000002abcd0000\t']);
    const sealed = Buffer.concat([u32(4), Buffer.from('deadbeef', 'hex')]);
    expect(
      fields([send(call({ procedure: 0, credential: credential(3), body: sealed }))], names),
    ).to.deep.equal(['4\t7\t\tdeadbeef']);
  });

  it('never throws, whatever follows the header', () => {
    const flavors = fc.constantFrom(0, 1, 2, 3, 5, 6, 99, 300001, 390039, 390040);
    fc.assert(
      fc.property(flavors, fc.uint8Array({ maxLength: 80 }), fc.boolean(), (flavor, bytes, reply) => {
        const message = Buffer.concat([u32(1, 0, 2, 100003, 3, 1), u32(flavor), bytes]);
        const packets = [send(message)];
        if (reply) packets.push(answer(Buffer.concat([u32(1, 1, 0), bytes])));
        for (const tshark of [false, true]) {
          const whole = explain(packets, { tshark });
          expect(whole.length).to.equal(packets.length);
          // both sinks see the same values
          const gids = fields(packets, ['rpc.auth.gid', 'rpc.auth.flavor'], { tshark });
          const shown = whole[0]?.lines
            .filter((line) => /^ +GID: /.test(line))
            .map((line) => line.split(': ')[1]);
          expect(gids[0]?.split('\t')[0]).to.equal(shown?.join(','));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('shows no numbers that were not on the wire, and says that the call is missing', () => {
    const frame = explain([answer(accepted(1, 0, u32(7)))])[0];
    // judged by its form: what it answers is not known
    expect(below(frame, 'Remote Procedure Call, Type:Reply XID:0x00000001')).to.deep.equal([
      '    XID: 0x00000001 (1)',
      '    Message Type: Reply (1)',
      '    [the call was not seen]',
      '    Reply State: accepted (0)',
      '    Verifier',
      '        Flavor: AUTH_NULL (0)',
      '        Length: 0',
      '    Accept State: RPC executed successfully (0)',
    ]);
    expect(frame?.lines.filter((line) => line.includes('-1'))).to.deep.equal([]);
    expect(frame?.summary.info).to.equal('Reply (Call not seen)');
  });

  it('shows what a cut call has, and a reply to it', () => {
    const cut = send(call());
    const [first, second] = explain([{ bytes: cut, cut: cut.length - 22 }, answer(accepted(1, 0))]);
    expect(first?.summary.info).to.equal('Call[Packet size limited during capture]');
    expect(second?.summary.info).to.equal('Reply (Call In 1)');
    expect(below(second, 'Remote Procedure Call, Type:Reply XID:0x00000001').slice(2, 4)).to.deep.equal([
      '    [Program: NFS (100003)]',
      '    Reply State: accepted (0)',
    ]);
  });

  it('notes a reply from another address', () => {
    const frames = explain([
      send(call({ procedure: 0 })),
      udpPacket('10.0.0.9', 2049, A, 800, accepted(1, 0)),
    ]);
    expect(below(frames[1], 'Remote Procedure Call, Type:Reply XID:0x00000001')).to.include(
      '    [reply from another address]',
    );
  });

  it('names the sender of a message that a frame of the other side settles', () => {
    const long = record(call({ procedure: 0, body: Buffer.alloc(400) }));
    const [syn, first] = stream(long.subarray(0, 200));
    const ports = { srcPort: 2049, dstPort: 800 };
    const reply = tcpPacket(B, A, { ...ports, seq: 1, ack: 1 + long.length }, record(accepted(1, 0)));
    const frame = explain([syn!, first!, reply])[2];
    expect(below(frame, 'Remote Procedure Call, Type:Call XID:0x00000001')).to.include.members([
      `    [sent by ${A}:800 in earlier frames]`,
      '    [bytes missing]',
    ]);
    expect(below(frame, 'Remote Procedure Call, Type:Reply XID:0x00000001').join()).not.to.include('sent by');
  });

  it('says which segments wait for the rest of their message', () => {
    const long = record(call({ body: Buffer.alloc(400) }));
    const packets = stream(record(call({ xid: 9, procedure: 0 })), long.subarray(0, 200), long.subarray(200));
    const infos = explain(packets).map((e) => e.summary.info);
    expect(infos[2]).to.match(/ Len=200 \[TCP segment of a reassembled PDU\]$/);
    expect(infos[3]).to.equal('V3 GETATTR Call');
  });
});
