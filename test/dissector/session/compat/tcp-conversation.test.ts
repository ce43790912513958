import { expect } from 'chai';
import type { Flow } from '../../../../dissector/network/flow.ts';
import type { Frame } from '../../../../dissector/network/frame.ts';
import type { Chunk } from '../../../../dissector/session/compat/chunk.ts';
import { CompatTcp, type ConversationHost } from '../../../../dissector/session/compat/tcp-conversation.ts';
import { DEFAULT_PREFERENCES, type Preferences } from '../../../../dissector/session/options.ts';
import { PduPool } from '../../../../dissector/session/pdu-list.ts';
import { call, Network, type Processor, record, Wire } from '../playbook.ts';

/** A session of one connection that believes everything and shows lengths. */
class Probe implements ConversationHost, Processor {
  aborted = false;
  readonly seen: string[] = [];
  readonly #conversation: CompatTcp;
  readonly #list = new PduPool();
  #time = 0;
  #number = 0;

  constructor(preferences: Partial<Preferences>, registered: 'rpc' | 'other' | 'nobody') {
    const all = { ...DEFAULT_PREFERENCES, ...preferences };
    this.#conversation = new CompatTcp(this, all, { registered, disabled: new Set() });
  }
  process(frame: Frame): PduPool {
    this.#time += 1e9;
    this.#number = frame.packet.number;
    this.#conversation.segment(frame, this.#time);
    return this.#list;
  }
  finish(): PduPool {
    return this.#list;
  }
  looksLikeCall(): boolean {
    return true;
  }
  looksLikeReply(): boolean {
    return false;
  }
  message(c: Chunk): boolean {
    this.seen.push(`${this.#number}: message ${c.len}`);
    return true;
  }
  fragment(): void {}
  partial(): void {}

  continuation(c: Chunk): void {
    this.seen.push(`${this.#number}: continuation ${c.len}`);
  }
  bind(): void {
    this.#conversation.owner = 'rpc';
  }
}

function open(
  preferences: Partial<Preferences> = {},
  registered: 'rpc' | 'other' | 'nobody' = 'rpc',
): { probe: Probe; wire: Wire; flow: Flow } {
  const probe = new Probe(preferences, registered);
  const wire = new Wire(new Network(probe));
  return { probe, wire, flow: wire.flow };
}

describe('dissector/session/compat/tcp-conversation', () => {
  const m = record(call(1));
  const large = record(call(2, { args: Buffer.alloc(400) }));

  it('shows a message in the frame of its last byte', () => {
    const { probe, wire } = open();
    wire.send(0, Buffer.concat([m, large, m]), 100, 100, 324);
    expect(probe.seen).to.deep.equal(['4: message 76', '6: message 440', '7: message 76']);
  });

  it('reads nothing of a late repeat', () => {
    const { probe, wire } = open();
    const [first] = wire.cut(0, m);
    wire.raw(0, ...first!);
    wire.raw(0, ...first!);
    expect(probe.seen).to.deep.equal(['4: message 76']);
  });

  it('waits for a hole only when told', () => {
    for (const [outOfOrder, seen] of [
      [false, ['5: message 76']],
      [true, ['6: message 440', '6: message 76']],
    ] as const) {
      const { probe, wire } = open({ 'tcp.reassemble_out_of_order': outOfOrder });
      const segments = wire.cut(0, Buffer.concat([large, m]), 200, 244);
      for (const i of [0, 2, 1]) wire.raw(0, ...segments[i]!);
      expect(probe.seen, `${outOfOrder}`).to.deep.equal(seen);
    }
  });

  it('does not put cut segments together', () => {
    const { probe, wire } = open();
    const [first, second] = wire.cut(0, large, 300);
    wire.raw(0, first![0], first![1], 24, 100);
    wire.raw(0, second![0], second![1], 24, 20);
    expect(probe.seen[0]).to.equal('4: message 96');
  });

  it("leaves another protocol's port alone", () => {
    const { probe, wire } = open({}, 'other');
    wire.send(0, m);
    expect(probe.seen).to.deep.equal([]);
  });
});
