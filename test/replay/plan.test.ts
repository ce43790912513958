import { expect } from 'chai';
import { decodeMessage } from '../../codec/rpc/index.ts';
import { planOf, type RecordedSession } from '../../replay/index.ts';
import { recordedCall, sessionFrom, VIRT } from './sessions.ts';

const NULL = { ...VIRT, procedure: 0, results: new Uint8Array(0) };

describe('replay/plan', () => {
  it('makes a call wait for all that was seen before it', () => {
    const base = sessionFrom([]);
    // call 1, call 2, reply 2, call 3 on another connection, reply 1, reply 3
    const calls = [
      recordedCall(NULL, 1, 0, 4),
      recordedCall({ ...NULL, connection: 1 }, 2, 1, 2),
      recordedCall({ ...NULL, connection: 1 }, 3, 3, 5),
    ];
    const plan = planOf({ ...base, calls });
    expect(plan.schedule.map(({ after }) => after)).to.deep.equal([0, 0, 1]);
    expect(plan.calls.map(({ arrival }) => arrival)).to.deep.equal([1, 0, 2]);
  });

  it('counts calls of the server among what was seen', () => {
    const event = recordedCall({ ...VIRT, program: 0x20001a66, procedure: 1 }, 1, 2, 3);
    const calls = [recordedCall(NULL, 1, 0, 1), recordedCall(NULL, 2, 4, 5)];
    const plan = planOf({ ...sessionFrom([]), calls, callbacks: [event] } as RecordedSession);
    expect(plan.schedule.map(({ after }) => after)).to.deep.equal([0, 2]);
    expect(plan.callbacks).to.deep.equal([{ call: event, arrival: 1 }]);
    expect(plan.arrivals).to.equal(3);
  });

  it('does not send what is sealed, cut or without a target', () => {
    const credential = (flavor: number) => ({ ...NULL, credential: { flavor, body: new Uint8Array(4) } });
    const session = sessionFrom([NULL, credential(3), credential(6), credential(7), credential(1)]);
    const unsent = (plan: ReturnType<typeof planOf>) => plan.calls.map((one) => one.unsent);
    expect(unsent(planOf(session))).to.deep.equal([null, 'des', 'gss', 'handshake', null]);
    expect(unsent(planOf(session, { hasTarget: ({ number }) => number > 1 }))[0]).to.equal('untargeted');
    const cut = { ...session, calls: session.calls.map((call) => ({ ...call, isCut: true })) };
    expect(unsent(planOf(cut))[0]).to.equal('cut');
  });

  it('puts another credential in the place of recorded ones and leaves the arguments', () => {
    const args = Uint8Array.of(0, 0, 0, 7);
    const session = sessionFrom([{ ...NULL, args, credential: { flavor: 3, body: new Uint8Array(12) } }]);
    const [planned] = planOf(session, { credential: { flavor: 1, body: Uint8Array.of(1, 2, 3, 4) } }).calls;
    expect(planned!.unsent).to.equal(null);
    const message = decodeMessage(planned!.message);
    expect(message).to.deep.include({ type: 'call', ...VIRT, procedure: 0, xid: 1001 });
    expect(message.type === 'call' && message.credential.flavor).to.equal(1);
    expect([...planned!.message.subarray(planned!.bodyOff)]).to.deep.equal([...args]);
  });

  it('sends malformed calls byte for byte', () => {
    const [call] = sessionFrom([NULL]).calls;
    const bytes = call!.bytes.subarray(0, 20);
    const session = { ...sessionFrom([]), calls: [{ ...call!, bytes, hasHeader: false, bodyOff: -1 }] };
    expect(planOf(session).calls[0]).to.include({ message: bytes, bodyOff: -1, unsent: null });
  });
});
