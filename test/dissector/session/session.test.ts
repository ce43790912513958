import { expect } from 'chai';
import fc from 'fast-check';
import { Session } from '../../../dissector/session/session.ts';
import { ACK, call, knownProgram, Network, PSH, record, reply, Wire } from './playbook.ts';

/** Bytes that look enough like RPC to get far. */
const hostileBytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc
    .array(fc.constantFrom(0, 1, 2, 5, 6, 40, 60, 100003, 0x80000028, 0x80000000, 0xffffffff), {
      maxLength: 50,
    })
    .map((words) => {
      const b = Buffer.alloc(words.length * 4);
      words.forEach((w, i) => {
        b.writeUInt32BE(w, i * 4);
      });
      return b;
    }),
);

const hostileSegment = fc.record({
  dir: fc.constantFrom<0 | 1>(0, 1),
  at: fc.oneof(fc.integer({ min: -300, max: 2000 }), fc.nat(0xffffffff)),
  ack: fc.oneof(fc.integer({ min: 0, max: 3000 }), fc.nat(0xffffffff)),
  flags: fc.constantFrom(ACK, ACK | PSH, 2, 18, 17, 4, 0, 63),
  bytes: hostileBytes,
  cut: fc.nat(20),
});

const options = fc.record({
  compat: fc.boolean(),
  bodies: fc.boolean(),
  preferences: fc.record({
    'rpc.dissect_unknown_programs': fc.boolean(),
    'rpc.find_fragment_start': fc.boolean(),
    'rpc.desegment_rpc_over_tcp': fc.boolean(),
    'rpc.defragment_rpc_over_tcp': fc.boolean(),
    'tcp.reassemble_out_of_order': fc.boolean(),
    'tcp.desegment_tcp_streams': fc.boolean(),
  }),
});

describe('dissector/session/session', () => {
  it('takes any segments and datagrams without throwing', () => {
    fc.assert(
      fc.property(options, fc.array(hostileSegment, { maxLength: 20 }), (o, segments) => {
        const session = new Session({ knownProgram, ...o });
        const net = new Network(session);
        const flow = net.tcp('a', 1000, 'b', 2049);
        for (const s of segments) {
          const captured = Math.max(0, s.bytes.length - s.cut);
          net.segment(flow, s.dir, 1000 + s.at, 1000 + s.ack, s.flags, s.bytes, captured);
          net.datagram('a', 1000, 'b', 2049, s.bytes, captured);
        }
        net.finish();
      }),
      { numRuns: 300 },
    );
  });

  it('shows the same messages however the stream is cut (default mode)', () => {
    const stream = Buffer.concat([1, 2, 3, 4].map((x) => record(call(x), ...(x % 2 ? [] : [44, 0, 9]))));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 120 }), { maxLength: 40 }), (sizes) => {
        const net = new Network(new Session({ knownProgram }));
        const seen = new Wire(net).send(0, stream, ...sizes).filter((l) => l.startsWith('call'));
        expect(seen.map((l) => l.slice(0, 6))).to.deep.equal(['call 1', 'call 2', 'call 3', 'call 4']);
      }),
    );
  });

  it('chooses the rules by the option compat', () => {
    const lone = reply(5);
    const right = new Network(new Session({ knownProgram }));
    const compat = new Network(new Session({ knownProgram, compat: true }));
    expect(right.datagram('s', 2049, 'c', 800, lone)).to.have.length(1);
    expect(compat.datagram('s', 2049, 'c', 800, lone)).to.have.length(0);
  });

  it('searches foreign bytes in linear time', function () {
    this.timeout(10_000);
    const cost = (bytes: number): number => {
      const net = new Network(new Session({ knownProgram }));
      const wire = new Wire(net);
      wire.send(0, record(call(1)));
      // Every position looks like the beginning of a small record for a while.
      const zeros = Buffer.alloc(bytes);
      for (let i = 3; i < bytes; i += 4) zeros[i] = 40;
      const start = process.hrtime.bigint();
      wire.send(0, zeros, ...new Array<number>(Math.ceil(bytes / 1000)).fill(1000));
      return Number(process.hrtime.bigint() - start);
    };
    const best = (bytes: number) => Math.min(...Array.from({ length: 5 }, () => cost(bytes)));
    best(200_000);
    const small = best(200_000);
    const large = best(1_600_000);
    expect(large / small).to.be.below(40);
  });

  it('forgets a flow when told', () => {
    const session = new Session({ knownProgram });
    const net = new Network(session);
    const wire = new Wire(net);
    wire.send(0, record(call(1)).subarray(0, 60));
    session.drop(wire.flow);
    expect(session.counters.incomplete).to.equal(1);
  });
});
