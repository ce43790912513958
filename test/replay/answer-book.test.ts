import { expect } from 'chai';
import { AnswerBook, type AnswerBookOptions, type Asked, Bodies, StateMap } from '../../replay/index.ts';
import {
  allPrograms,
  body,
  PMAP,
  recordedCall,
  sessionFrom,
  sessionOf,
  type Told,
  VIRT,
} from './sessions.ts';

const NULL: Told = { ...VIRT, procedure: 0, results: new Uint8Array(0) };
const asked = (told: Told): Asked => recordedCall(told, 900, 0, 1);

describe('replay/answer-book', () => {
  let bodies: Bodies;

  before(async () => {
    bodies = new Bodies(await allPrograms());
  });

  const book = (told: readonly Told[], options: AnswerBookOptions = { map: null }) =>
    new AnswerBook(sessionFrom(told), bodies, options);
  const getport = async (prog: number, results: number): Promise<Told> => {
    const told = { ...PMAP, procedure: 3 };
    return {
      ...told,
      args: await body(told, 'argument', { prog, vers: 1, prot: 6, port: 0 }),
      results: await body(told, 'result', results),
    };
  };

  it('tells calls apart by procedure and arguments, not by xid or credential', async () => {
    const calls = [await getport(5, 50), await getport(6, 60)];
    const all = book(calls);
    const credential = { flavor: 1, body: new Uint8Array(20) };
    expect(all.find(asked({ ...calls[1]!, credential }), null)?.exchange.call.number).to.equal(2);
    expect(all.find(asked(await getport(7, 0)), null)).to.equal(null);
    expect(all.find(asked({ ...calls[0]!, version: 3 }), null)).to.equal(null);
    expect(all.left).to.equal(1);
  });

  it('answers calls asked again in the order of the recording, then with the last', async () => {
    const all = book([await getport(5, 1), NULL, await getport(5, 2)]);
    const numbers = await Promise.all(
      [1, 2, 3, 4].map(async () => all.find(asked(await getport(5, 0)), null)?.exchange.call.number),
    );
    expect(numbers).to.deep.equal([1, 3, 3, 3]);
  });

  it('prefers answers of the connection that a client has been on', () => {
    const all = book([NULL, { ...NULL, connection: 1 }, NULL, { ...NULL, connection: 1 }]);
    const numbers = [1, 1, 1, 1, null].map((on) => all.find(asked(NULL), on)?.exchange.call.number);
    expect(numbers).to.deep.equal([2, 4, 1, 3, 4]);
  });

  it('leaves out what is sealed or cut', () => {
    const [call] = sessionFrom([NULL]).calls;
    const calls = [
      { ...call!, flavor: 6 },
      { ...call!, isCut: true },
      { ...call!, reply: { ...call!.reply!, isCut: true } },
    ];
    const all = new AnswerBook({ ...sessionFrom([]), calls }, bodies, { map: null });
    expect(all.size).to.equal(0);
    expect(all.find(asked(NULL), null)).to.equal(null);
  });

  it('finds malformed calls by their bytes without the xid', () => {
    const [call] = sessionFrom([NULL]).calls;
    const bytes = Uint8Array.of(0, 0, 0, 77, 0, 0, 0, 0, 0, 0, 0, 3);
    const calls = [
      { ...call!, bytes, hasHeader: false, bodyOff: -1, program: -1, version: -1, procedure: -1 },
    ];
    const all = new AnswerBook({ ...sessionFrom([]), calls }, bodies, { map: null });
    const other = { program: -1, version: -1, procedure: -1, bodyOff: -1 };
    expect(all.find({ ...other, bytes: bytes.with(3, 5) }, null)?.how).to.equal('exact');
    expect(all.find({ ...other, bytes: bytes.with(11, 5) }, null)).to.equal(null);
  });

  it('gives a call the events that came behind it on its connection', () => {
    const event = { program: 0x20001a66, version: 1, procedure: 3 };
    const session = sessionFrom([NULL, NULL, NULL]);
    const [first] = session.calls;
    const callbacks = [3, 10].map((position) => ({
      ...recordedCall(event, 1, position, position),
      connection: first!.connection,
    }));
    const all = new AnswerBook({ ...session, callbacks }, bodies, { map: null });
    const events = [1, 2, 3].map(() =>
      all.find(asked(NULL), null)!.exchange.events.map((one) => one.position),
    );
    expect(events).to.deep.equal([[], [3], [10]]);
  });

  it('says where a call differs from the next one of its procedure', async () => {
    const all = book([await getport(5, 1)]);
    expect(all.nearest(asked(await getport(9, 1)))).to.deep.equal([{ path: 'args.prog', a: '5', b: '9' }]);
  });

  it('lets ignored fields be what they are', async () => {
    const all = book([await getport(5, 1)], { map: null, ignore: (path) => path === 'args.prog' });
    expect(all.find(asked(await getport(9, 1)), null)?.how).to.equal('mapped');
  });

  it('lets clients name what no reply named: verifiers, owners; but not handles of the server', async () => {
    const session = await sessionOf('nfs4-libnfs.pcap');
    const map = new StateMap();
    const all = new AnswerBook(session, bodies, { map });
    const patched = (call: Asked, from: string, to: string): Asked => {
      const bytes = Buffer.from(call.bytes);
      const at = bytes.indexOf(Buffer.from(from, 'hex'));
      expect(at).to.be.greaterThan(0);
      bytes.set(Buffer.from(to, 'hex'), at);
      return { ...call, bytes };
    };
    const json = (call: Asked) =>
      JSON.stringify(bodies.json(call, 'argument', bodies.args(call, call.bytes, call.bodyOff)));
    const naming = session.calls.find((call) => json(call).includes('opsetclientid"'))!;
    const [, verifier] = /"verifier":"([0-9a-f]{16})"/.exec(json(naming))!;
    const found = all.find(patched(naming, verifier!, 'ffffffffffffffff'), null);
    expect(found).to.include({ how: 'mapped' });
    expect(found?.exchange.call).to.equal(naming);
    const using = session.calls.find((call) => json(call).includes('opputfh"'))!;
    const [, handle] = /"opputfh":\{"object":"([0-9a-f]+)"/.exec(json(using))!;
    expect(all.find(patched(using, handle!, handle!.replace(/../g, 'ee')), null)).to.equal(null);
  });
});
