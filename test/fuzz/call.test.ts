import { expect } from 'chai';
import { baseCall, callWith, caseOfSteps, codecOptions, stamped, xidOf } from '../../fuzz/call.ts';
import { NOTHING } from '../../fuzz/edit.ts';
import { datagramPlan, PUT, streamPlan } from './base.ts';

describe('fuzz/call', () => {
  it('draws the same call for a seed and a round, and one with arguments that are given', () => {
    const call = baseCall(PUT, 0, streamPlan);
    expect(baseCall(PUT, 0, streamPlan).message).to.deep.equal(call.message);
    expect(baseCall(PUT, 1, streamPlan).message).not.to.deep.equal(call.message);
    expect(callWith(PUT, call.message.subarray(call.body), streamPlan).message).to.deep.equal(call.message);
  });

  it('draws the same without generated code', () => {
    const walked = { ...streamPlan, codegen: false };
    for (const round of [0, 1, 2, 3]) {
      expect(baseCall(PUT, round, walked).message).to.deep.equal(baseCall(PUT, round, streamPlan).message);
    }
    expect(codecOptions(walked)).to.deep.equal({ codegen: false });
    expect(codecOptions(streamPlan)).to.equal(undefined);
  });

  it('stamps a case with an xid of its own, behind the record mark on a stream', () => {
    const { message } = baseCall(PUT, 0, streamPlan);
    const on = stamped('a', 'valid', '', PUT, message, NOTHING, streamPlan);
    const off = stamped('a', 'valid', '', PUT, message, NOTHING, datagramPlan);
    expect(on.bytes.subarray(4)).to.deep.equal(off.bytes);
    expect(Buffer.from(on.bytes).readUInt32BE(0)).to.equal((0x80000000 | message.length) >>> 0);
    expect([xidOf(on.bytes, true), xidOf(off.bytes, false)]).to.deep.equal([on.xid, on.xid]);
    expect(stamped('b', 'valid', '', PUT, message, NOTHING, streamPlan).xid).not.to.equal(on.xid);
    expect(xidOf(Uint8Array.of(1, 2, 3), false)).to.equal(0);
  });

  it('makes a session a case of the step that it is about', () => {
    const { bytes, xid } = stamped(
      'a',
      '',
      '',
      PUT,
      baseCall(PUT, 0, streamPlan).message,
      NOTHING,
      streamPlan,
    );
    const step = { on: 0, act: 'call', bytes, procedure: PUT, carry: [] } as const;
    const none = { ...step, act: 'open', bytes: new Uint8Array(0) } as const;
    expect(caseOfSteps('s', 'sess.dup', '', PUT, [none, step], 1, true)).to.include({ bytes, xid, id: 's' });
  });
});
