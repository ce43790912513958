import { expect } from 'chai';
import { encodeRecord } from '../../codec/rpc/index.ts';
import { type Finding, type FindingStep, hex } from '../../fuzz/finding.ts';
import { minimize, sizeOf } from '../../fuzz/minimize.ts';
import { sampleFinding } from './sample-report.ts';

const message = Uint8Array.from({ length: 120 }, (_, i) => i + 1);
const NEEDLE = Buffer.of(41, 42, 43, 44);

/** Fails while its last message holds four bytes, wherever they stand. */
const holds = async ({ messages }: Finding): Promise<boolean> =>
  Buffer.from(messages.at(-1) ?? '', 'hex').includes(NEEDLE);

describe('fuzz/minimize', () => {
  const datagrams: Finding = {
    ...sampleFinding,
    transport: 'datagram',
    messages: [hex(message), hex(message), hex(message)],
  };

  it('leaves out messages, and the bytes that do not matter', async () => {
    const { finding } = await minimize(datagrams, { fails: holds, tries: 1000 });
    expect(finding.messages).to.deep.equal([hex(Uint8Array.of(1, 2, 3, 4, ...NEEDLE))]);
    expect(sizeOf(finding)).to.deep.equal({ messages: 1, bytes: 8 });
  });

  it('keeps a record a record', async () => {
    const stream: Finding = { ...datagrams, transport: 'stream', messages: [hex(encodeRecord(message))] };
    const { finding } = await minimize(stream, { fails: holds, tries: 1000 });
    expect(finding.messages).to.deep.equal([hex(encodeRecord(Uint8Array.of(1, 2, 3, 4, ...NEEDLE)))]);
  });

  it('asks no more often than it may, and not when it is over', async () => {
    let asked = 0;
    const fails = async (): Promise<boolean> => ++asked > 0;
    expect((await minimize(datagrams, { fails, tries: 5 })).tries).to.equal(5);
    expect(asked).to.equal(5);
    const over = await minimize(datagrams, { fails, tries: 5, isOver: () => true });
    expect(over).to.deep.equal({ finding: datagrams, tries: 0 });
  });

  it('leaves out steps, and leaves alone a message that others are put into', async () => {
    const step = (bytes: Uint8Array, carry: FindingStep['carry'] = []): FindingStep => ({
      on: 0,
      act: 'call',
      bytes: hex(bytes),
      procedure: null,
      carry,
    });
    const carry = [{ from: 1, off: 4, len: 4, path: '' }];
    const steps = [step(message), step(message), step(message, carry)];
    const fails = async (smaller: Finding): Promise<boolean> =>
      (smaller.steps?.at(-1)?.carry.length ?? 0) > 0 && (await holds(smaller));
    const { finding } = await minimize({ ...datagrams, steps }, { fails, tries: 1000 });
    expect(finding.steps).to.deep.equal([
      step(Uint8Array.of(1, 2, 3, 4)),
      step(message, [{ from: 0, off: 4, len: 4, path: '' }]),
    ]);
    expect(finding.messages).to.have.length(2);
  });
});
