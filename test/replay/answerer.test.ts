import { expect } from 'chai';
import { decodeMessage, encodeCall } from '../../codec/rpc/index.ts';
import {
  type Answer,
  AnswerBook,
  Answerer,
  Bodies,
  Lookups,
  type RecordedSession,
  StateMap,
} from '../../replay/index.ts';
import { allPrograms, recordedCall, sessionFrom, type Told, VIRT } from './sessions.ts';

const NULL: Told = { ...VIRT, procedure: 0, results: new Uint8Array(0) };
const hello = (told: Omit<Told, 'args'>, xid = 5): Uint8Array => encodeCall({ xid, ...told });

describe('replay/answerer', () => {
  let bodies: Bodies;

  before(async () => {
    bodies = new Bodies(await allPrograms());
  });

  function answerer(session: RecordedSession, speed = Number.POSITIVE_INFINITY) {
    const map = new StateMap();
    const book = new AnswerBook(session, bodies, { map });
    const lookups = new Lookups(book.programs, bodies);
    lookups.listening('tcp://127.0.0.1:4000');
    const client = { transport: 'tcp', remote: '127.0.0.1:5', local: '127.0.0.1:4000', recorded: null };
    const made = new Answerer({ book, bodies, lookups, map, speed });
    return (bytes: Uint8Array) => made.answer(bytes, client);
  }
  const answered = (given: Answer | 'reply' | 'broken'): Answer => {
    expect(given).to.be.an('object');
    return given as Answer;
  };
  const verdictOf = (given: Answer | 'reply' | 'broken') => decodeMessage(answered(given).reply!.bytes);

  it('gives the recorded reply under the xid of the call', () => {
    const ask = answerer(sessionFrom([NULL]));
    const given = answered(ask(hello(NULL, 77)));
    expect(given).to.include({ how: 'exact', procedure: 'VIRT.NULL' });
    expect(verdictOf(given)).to.include({ xid: 77, type: 'accepted', stat: 0 });
  });

  it('gives nothing where nothing was answered', () => {
    const ask = answerer(sessionFrom([{ ...VIRT, procedure: 0 }]));
    expect(ask(hello(NULL))).to.include({ how: 'exact', reply: null });
  });

  it('says how far the recording knows a call that it does not have', async () => {
    const told = { ...VIRT, procedure: 6 };
    const ask = answerer(sessionFrom([{ ...told, args: new Uint8Array(4), results: new Uint8Array(4) }]));
    expect(verdictOf(ask(hello({ ...told, program: 99 })))).to.include({ stat: 1 });
    expect(verdictOf(ask(hello({ ...told, version: 7 })))).to.include({ stat: 2, low: 1, high: 1 });
    expect(verdictOf(ask(hello({ ...told, procedure: 7 })))).to.include({ stat: 3 });
    expect(verdictOf(ask(hello(told)))).to.include({ stat: 5 });
    expect(ask(hello(told))).to.include({ how: 'unmatched' });
    expect(ask(hello({ ...told, procedure: 0 }))).to.include({ how: 'null' });
  });

  it('denies what RFC 5531 denies, and gives up bytes that are no call', () => {
    const ask = answerer(sessionFrom([NULL]));
    const bytes = Buffer.from(hello(NULL));
    expect(ask(bytes.subarray(0, 14))).to.equal('broken');
    bytes.writeUInt32BE(3, 8);
    expect(verdictOf(ask(bytes))).to.include({ type: 'denied', stat: 0, low: 2, high: 2 });
    expect(ask(Buffer.alloc(0))).to.equal('broken');
    bytes.writeUInt32BE(1, 4);
    expect(ask(bytes)).to.equal('reply');
  });

  it('keeps the times between a call, its reply and its events, or some share of them', () => {
    const base = sessionFrom([NULL]);
    const [call] = base.calls;
    const event = { ...recordedCall({ program: 0x20001a66, version: 1, procedure: 3 }, 1, 5, 6), atNs: 9000 };
    const callbacks = [{ ...event, connection: call!.connection }];
    const given = answered(answerer({ ...base, callbacks }, 2)(hello(NULL)));
    expect(given.reply!.afterNs).to.equal(500);
    expect(given.events.map(({ afterNs }) => afterNs)).to.deep.equal([4500]);
    const [sent] = given.events;
    expect(Buffer.from(sent!.bytes).readUInt32BE(0)).to.be.greaterThan(0x80000000);
    expect(sent!.bytes.subarray(4)).to.deep.equal(event.bytes.subarray(4));
    const atOnce = answered(answerer({ ...base, callbacks })(hello(NULL)));
    expect([atOnce.reply!.afterNs, ...atOnce.events.map(({ afterNs }) => afterNs)]).to.deep.equal([0, 0]);
  });
});
