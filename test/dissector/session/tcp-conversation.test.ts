import { expect } from 'chai';
import type { Flow } from '../../../dissector/network/flow.ts';
import { BlockPool } from '../../../dissector/session/block-pool.ts';
import { newCounters } from '../../../dissector/session/options.ts';
import { Verdict } from '../../../dissector/session/plausible.ts';
import { type FoundMessage, RecordStreams } from '../../../dissector/session/record-stream.ts';
import {
  type ConversationHost,
  type Direction,
  TcpConversation,
} from '../../../dissector/session/tcp-conversation.ts';
import { type TlsRecord, TlsSecrets } from '../../../dissector/tls/index.ts';
import { call, record } from './playbook.ts';

const FLOW: Flow = {
  protocol: 6,
  index: 0,
  aAddr: 'a',
  aPort: 1,
  bAddr: 'b',
  bPort: 2,
  firstFrame: 1,
  session: null,
  tcp: null,
};

/** Believes what has RPC version 2 where a call has it, and notes what it is told. */
class Host implements ConversationHost {
  readonly counters = newCounters();
  readonly streams = new RecordStreams(new BlockPool(1 << 20), {
    recordBytes: 1000,
    keepBytes: 1000,
    fragmentsPerRecord: 5,
    emptyFragmentsPerRecord: 2,
  });
  readonly secrets = new TlsSecrets();
  readonly seen: string[] = [];

  judge(
    _flow: Flow,
    _dir: 0 | 1,
    _client: number,
    _trusted: boolean,
    view: DataView,
    off: number,
    end: number,
  ): Verdict {
    if (end - off < 12) return Verdict.MORE;
    return view.getUint32(off + 8) === 2 ? Verdict.YES : Verdict.NO;
  }
  tcpMessage({ conversation, dir }: Direction, m: FoundMessage): void {
    conversation.trust();
    this.seen.push(`${dir}: message ${m.view.getUint32(m.off)} of ${m.len}`);
  }
  tcpFragment({ dir }: Direction, f: FoundMessage): void {
    this.seen.push(`${dir}: fragment of ${f.fragLen}`);
  }
  tcpContinuation({ tlsBegun }: Direction, _buf: Buffer, _view: DataView, _off: number, len: number): void {
    this.seen.push(`continuation of ${len}${tlsBegun ? ' decrypted' : ''}`);
  }
  tlsRecord(r: TlsRecord): void {
    this.seen.push(`TLS record of type ${r.contentType}`);
  }
}

const view = (buf: Buffer): DataView => new DataView(buf.buffer, buf.byteOffset, buf.length);
const give = (to: Direction, bytes: Buffer): void => to.receive(bytes, view(bytes), 0, bytes.length, 1);
const APPLICATION_DATA = Buffer.from('1703030003abcdef', 'hex');

describe('dissector/session/tcp-conversation', () => {
  it('hands on the messages of either direction, and trusts the connection from the first', () => {
    const host = new Host();
    const conversation = new TcpConversation(host, FLOW, false);
    give(conversation.directions[1], record(call(7)));
    give(conversation.directions[0], record(call(8)));
    expect(host.seen).to.deep.equal(['1: message 7 of 76', '0: message 8 of 76']);
    expect(conversation.trusted).to.equal(true);
    expect(host.counters.tlsConnections).to.equal(0);
  });

  it('gives a direction that was given up another chance once the connection is RPC', () => {
    const host = new Host();
    const conversation = new TcpConversation(host, FLOW, false);
    const [first, second] = conversation.directions;
    first.stream.off();
    give(first, record(call(1)));
    expect(host.seen).to.deep.equal([]);
    expect(first.off).to.equal(true);
    give(second, record(call(2)));
    expect(first.off).to.equal(false);
    give(first, record(call(3)));
    expect(host.seen).to.deep.equal(['1: message 2 of 76', '0: message 3 of 76']);
  });

  it('takes what begins with a handshake for TLS, in that direction first', () => {
    const host = new Host();
    const conversation = new TcpConversation(host, FLOW, false);
    const [client, server] = conversation.directions;
    give(client, Buffer.from('160301000401000000', 'hex'));
    expect([client.tlsBegun, server.tlsBegun]).to.deep.equal([true, false]);
    expect(client.off).to.equal(false);
    expect(host.seen).to.deep.equal(['TLS record of type 22']);
    expect(host.counters.tlsConnections).to.equal(1);
  });

  it('takes TLS records for such where the capture joins late, and only there', () => {
    for (const [joinedLate, tls] of [
      [true, true],
      [false, false],
    ] as const) {
      const host = new Host();
      const [direction] = new TcpConversation(host, FLOW, false).directions;
      direction.joinedLate = joinedLate;
      give(direction, APPLICATION_DATA);
      expect(direction.tlsBegun, String(joinedLate)).to.equal(tls);
      expect(direction.joinedLate).to.equal(false);
    }
  });

  it('knows what is unfinished', () => {
    const host = new Host();
    const [direction] = new TcpConversation(host, FLOW, true).directions;
    const bytes = record(call(9));
    give(direction, bytes.subarray(0, 40));
    expect(direction.unfinished).to.equal(true);
    give(direction, Buffer.from(bytes.subarray(40)));
    expect(direction.unfinished).to.equal(false);
    expect(host.seen).to.deep.equal(['0: message 9 of 76']);
  });
});
