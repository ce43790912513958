import { expect } from 'chai';
import { CompatSession } from '../../../../dissector/session/compat/compat-session.ts';
import type { SessionOptions } from '../../../../dissector/session/options.ts';
import { u32 } from '../../network/build.ts';
import { call, knownProgram, Network, record, reply, UNKNOWN, Wire } from '../playbook.ts';

function start(options: Partial<SessionOptions> = {}): { session: CompatSession; net: Network } {
  const session = new CompatSession({ knownProgram, compat: true, ...options });
  return { session, net: new Network(session) };
}

const UNKNOWN_TOO = { preferences: { 'rpc.dissect_unknown_programs': true } };
const OUT_OF_ORDER = { preferences: { 'tcp.reassemble_out_of_order': true } };

describe('dissector/session/compat/compat-session', () => {
  describe('detection', () => {
    it('takes known programs, and unknown ones up to version 10 if the preference says so', () => {
      const unknown = call(1, { program: UNKNOWN, version: 10 });
      expect(start().net.datagram('c', 900, 's', 9000, unknown)).to.deep.equal([]);
      const { net } = start(UNKNOWN_TOO);
      expect(net.datagram('c', 900, 's', 9000, unknown)).to.have.length(1);
      expect(net.datagram('c', 900, 's', 9000, call(2, { program: UNKNOWN, version: 11 }))).to.deep.equal([]);
      expect(net.datagram('c', 900, 's', 9000, call(3, { rpcvers: 3 }))).to.deep.equal([]);
    });

    it('takes replies only after their calls', () => {
      const { net } = start();
      expect(net.datagram('s', 2049, 'c', 800, reply(5))).to.deep.equal([]);
      net.datagram('c', 800, 's', 2049, call(5));
      expect(net.datagram('s', 2049, 'c', 800, reply(5))).to.deep.equal(['reply 5 100003.3.1 <- 2']);
    });

    it('shows continuations once the connection is bound, and nothing before', () => {
      const { net } = start();
      const wire = new Wire(net);
      expect(wire.send(0, Buffer.alloc(50, 9))).to.deep.equal([]);
      expect(wire.send(0, record(call(1)))).to.deep.equal(['call 1 100003.3.1']);
      expect(wire.send(0, Buffer.alloc(50, 9))).to.deep.equal(['continuation']);
    });

    it('leaves a first fragment whose xid is an SMPP command to SMPP', () => {
      const { net } = start();
      const bytes = record(call(1), 40);
      expect(new Wire(net).send(0, bytes)).to.deep.equal([]);
      const disabled = start({ disabledHeuristics: new Set(['smpp_tcp']) });
      expect(new Wire(disabled.net).send(0, bytes)).to.deep.equal(['fragment', 'call 1 100003.3.1']);
    });

    it('leaves ports of other protocols alone', () => {
      const { net } = start();
      expect(new Wire(net, { port: 80 }).send(0, record(call(1)))).to.deep.equal([]);
    });

    it('knows the port that a GETPORT reply names', () => {
      const { net } = start();
      const question = { program: 100000, version: 2, procedure: 3, args: u32(100005, 3, 17, 20048) };
      net.datagram('c', 700, 's', 111, call(1, question));
      expect(net.datagram('c', 701, 's', 20048, Buffer.alloc(9))).to.deep.equal([]);
      net.datagram('s', 111, 'c', 700, reply(1, u32(20048)));
      expect(net.datagram('c', 701, 's', 20048, Buffer.alloc(9))).to.deep.equal(['continuation']);
    });
  });

  describe('pairing', () => {
    it('lets the first call with an xid win for ever', () => {
      const { net } = start();
      const wire = new Wire(net);
      wire.send(0, record(call(7)));
      wire.send(1, record(reply(7)));
      expect(wire.send(0, record(call(7, { procedure: 6 })))).to.deep.equal(['call 7 100003.3.6 -> 5 dup 4']);
      expect(wire.send(1, record(reply(7)))).to.deep.equal(['reply 7 100003.3.1 <- 4 dup 5']);
    });

    it('has one table for both directions', () => {
      const { net } = start();
      const wire = new Wire(net);
      wire.send(0, record(call(1)));
      expect(wire.send(1, record(call(1)))).to.deep.equal(['call 1 100003.3.1 dup 4']);
    });

    it('ignores server address and client port on UDP', () => {
      const { net } = start();
      net.datagram('c', 800, 's', 2049, call(9));
      expect(net.datagram('c', 801, 's', 2049, call(9))).to.deep.equal(['call 9 100003.3.1 dup 1']);
      expect(net.datagram('s2', 2049, 'c', 800, reply(9))).to.deep.equal(['reply 9 100003.3.1 <- 1']);
    });

    it('does not call a repeat within one frame a duplicate', () => {
      const { net } = start();
      const wire = new Wire(net);
      const twice = Buffer.concat([record(call(1)), record(call(1))]);
      expect(wire.send(0, twice)).to.deep.equal(['call 1 100003.3.1', 'call 1 100003.3.1']);
    });

    it('knows replies in the second pass', () => {
      const { net, session } = start({ twoPass: true });
      const run = (n: Network) => {
        const wire = new Wire(n);
        return [...wire.send(0, record(call(5)), 60), ...wire.send(1, record(reply(5)), 50)];
      };
      expect(run(net)).to.deep.equal(['call 5 100003.3.1', 'reply 5 100003.3.1 <- 5']);
      session.finish();
      session.nextPass();
      expect(run(new Network(session))).to.deep.equal(['call 5 100003.3.1 -> 7', 'reply 5 100003.3.1 <- 5']);
    });

    it('has calls of 16 to 23 captured bytes without remembering them', () => {
      const { net } = start();
      expect(net.datagram('c', 800, 's', 2049, call(5), 15)).to.deep.equal([]);
      expect(net.datagram('c', 800, 's', 2049, call(5), 20)).to.have.length(1);
      expect(net.datagram('s', 2049, 'c', 800, reply(5))).to.deep.equal([]);
      expect(net.datagram('c', 800, 's', 2049, call(5), 24)).to.have.length(1);
      expect(net.datagram('s', 2049, 'c', 800, reply(5))).to.have.length(1);
    });
  });

  describe('record marks', () => {
    const two = Buffer.concat([record(call(1)), record(call(2))]);
    const first = record(call(1)).length;

    it('asks for the rest of a message, but not for the rest of a mark', () => {
      for (const [cut, seen] of [
        [first + 4, 2],
        [first + 3, 1],
        [first + 1, 1],
      ] as const) {
        const { net } = start();
        const wire = new Wire(net);
        wire.send(0, record(call(3)));
        expect(
          wire.send(0, two, cut).filter((l) => l.startsWith('call')),
          `cut ${cut}`,
        ).to.have.length(seen);
      }
    });

    it('needs 12 bytes of the first record to ask for more', () => {
      const { net } = start();
      expect(new Wire(net).send(0, two, 11)).to.deep.equal([]);
      expect(new Wire(net).send(0, two, 20)).to.have.length(2);
    });

    it('needs a header in the first fragment', () => {
      const bytes = Buffer.concat([record(call(100)), record(call(101), 8, 4, 12)]);
      expect(new Wire(start().net).send(0, bytes)).to.deep.equal(['call 100 100003.3.1']);
      const wire = new Wire(start().net);
      expect(wire.send(0, record(call(100), 30, 20))).to.deep.equal([
        'fragment',
        'fragment',
        'call 100 100003.3.1',
      ]);
    });

    it('stops reading the frame at an empty fragment', () => {
      const { net } = start();
      const wire = new Wire(net);
      expect(wire.send(0, record(call(100), 40, 0))).to.deep.equal(['fragment', 'fragment']);
    });
  });

  describe('troubled TCP', () => {
    const bytes = Buffer.concat([record(call(1, { args: Buffer.alloc(1500) })), record(call(2))]);

    function run(order: number[], options: Partial<SessionOptions> = {}): string[] {
      const wire = new Wire(start(options).net);
      const segments = wire.cut(0, bytes, 500, 500, 400);
      return order.flatMap((i) => wire.raw(0, ...segments[i]!));
    }

    it('puts a message together whose middle is out of order', () => {
      expect(run([0, 2, 1, 3])).to.deep.equal(['call 1 100003.3.1', 'call 2 100003.3.1']);
    });

    it('loses the message when its first segment comes late, unless told to wait', () => {
      expect(run([1, 0, 2, 3])).to.deep.equal([]);
      expect(run([1, 0, 2, 3], OUT_OF_ORDER)).to.deep.equal(['call 1 100003.3.1', 'call 2 100003.3.1']);
      expect(run([3, 2, 1, 0], OUT_OF_ORDER)).to.deep.equal(['call 1 100003.3.1', 'call 2 100003.3.1']);
    });

    it('goes on behind a lost segment, unless told to wait', () => {
      const lost = (options: Partial<SessionOptions>) => {
        const wire = new Wire(start(options).net);
        wire.send(0, record(call(9)));
        wire.cut(0, record(call(10)));
        return wire.send(0, record(call(11)));
      };
      expect(lost({})).to.deep.equal(['call 11 100003.3.1']);
      expect(lost(OUT_OF_ORDER)).to.deep.equal([]);
    });

    it('reads bytes sent again once', () => {
      expect(run([0, 0, 1, 1, 2, 2, 3, 3])).to.deep.equal(['call 1 100003.3.1', 'call 2 100003.3.1']);
    });
  });
});
