import { expect } from 'chai';
import { encodeReply } from '../../codec/rpc/index.ts';
import { expectBytes, type JudgeRules, judge } from '../../fuzz/judge.ts';
import { Outcome } from '../../fuzz/outcome.ts';
import { caseNamed, datagramPlan, PUT, served, streamPlan } from './base.ts';

const rules = (stream: boolean): JudgeRules => ({
  served,
  profile: 'strict',
  stream,
  others: () => 0,
  lateMs: 500,
});
const SUCCESS = encodeReply({ xid: 1, verdict: 'SUCCESS' }, Uint8Array.of(0, 0, 0, 7));
const SYSTEM = encodeReply({ xid: 1, verdict: 'SYSTEM_ERR' });

function faultOf(ending: string, reply: Uint8Array | null, more = {}) {
  const expected = expectBytes(caseNamed(PUT, ending, datagramPlan).bytes, rules(false));
  return judge(expected, { reply, closed: false, milliseconds: 1, ...more }, rules(false));
}

describe('fuzz/judge', () => {
  it('finds nothing where what came is allowed', () => {
    expect(faultOf('/valid', SUCCESS)).to.equal(null);
    expect(faultOf('/hdr.trunc@+16', null)).to.equal(null);
    const denied = encodeReply({ xid: 1, verdict: 'AUTH_ERROR', authStat: 5 });
    expect(faultOf('/valid', denied)).to.include({ oracle: 'verdict' });
    const expected = expectBytes(caseNamed(PUT, '/valid', datagramPlan).bytes, rules(false));
    const learnt = { ...rules(false), others: () => Outcome.AUTH_ERROR };
    expect(judge(expected, { reply: denied, closed: false, milliseconds: 1 }, learnt)).to.equal(null);
  });

  it('tells the oracles apart', () => {
    expect(faultOf('/trunc@every4@+0', SUCCESS)).to.include({
      oracle: 'accepted',
      shape: 'TRUNCATED accepted',
    });
    expect(faultOf('/valid', SYSTEM)).to.include({ oracle: 'system' });
    expect(faultOf('/valid', null)).to.include({ oracle: 'silence' });
    expect(faultOf('/valid', null, { closed: true })).to.include({ oracle: 'closed' });
    expect(faultOf('/valid', SUCCESS.subarray(0, 24))).to.include({ oracle: 'reply' });
    expect(faultOf('/valid', SUCCESS, { milliseconds: 600 })).to.include({ oracle: 'latency' });
    expect(faultOf('/valid', null, { starved: true })).to.include({ oracle: 'canary' });
    expect(faultOf('/hdr.trunc@+16', SUCCESS)).to.include({
      oracle: 'accepted',
      shape: 'HEADER answered',
      general: true,
    });
    expect(faultOf('/hdr.proc(999)', SYSTEM)).to.include({
      oracle: 'system',
      shape: 'SYSTEM_ERR, not PROC_UNAVAIL',
      general: true,
    });
  });

  it('reads record marks as our own reader does', () => {
    const state = (ending: string) =>
      expectBytes(caseNamed(PUT, ending, streamPlan).bytes, rules(true)).state;
    expect(state('/frag.split(1)')).to.equal('open');
    expect(state('/frag.zero(9)')).to.equal('refused');
    expect(state('/frag.nolast')).to.equal('partial');
  });
});
