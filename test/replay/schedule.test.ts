import { expect } from 'chai';
import fc from 'fast-check';
import { Schedule, type ScheduleOptions } from '../../replay/index.ts';

const ASAP: ScheduleOptions = { timing: { mode: 'asap' } };

/** Asks until it may not send, answering nothing. */
function burst(schedule: Schedule, nowNs = 0): number[] {
  const sent: number[] = [];
  for (;;) {
    const decision = schedule.decide(nowNs);
    if (decision.kind !== 'send') return sent;
    sent.push(decision.index);
    schedule.went(true);
  }
}

describe('replay/schedule', () => {
  it('holds a call back until what had been seen before it is here, on any connection', () => {
    const calls = [0, 0, 1, 2].map((after) => ({ atNs: 0, after }));
    const schedule = new Schedule(calls, 3, ASAP);
    expect(burst(schedule)).to.deep.equal([0, 1]);
    schedule.arrived(1);
    // the second reply alone is not the first
    expect(schedule.decide(0)).to.deep.equal({ kind: 'wait' });
    schedule.arrived(0);
    expect(burst(schedule)).to.deep.equal([2, 3]);
    expect(schedule.decide(0)).to.deep.equal({ kind: 'done' });
  });

  it('keeps to a limit of calls without reply', () => {
    const schedule = new Schedule(
      Array.from({ length: 5 }, () => ({ atNs: 0, after: 0 })),
      5,
      { ...ASAP, concurrency: 2 },
    );
    expect(burst(schedule)).to.deep.equal([0, 1]);
    schedule.settled();
    expect(burst(schedule)).to.deep.equal([2]);
    expect(schedule.outstanding).to.equal(2);
  });

  it('keeps the gaps of the recording, shortened and scaled', () => {
    const calls = [5, 8, 1008, 1000].map((atNs) => ({ atNs, after: 0 }));
    const dues = (options: ScheduleOptions): (number | null)[] => {
      const schedule = new Schedule(calls, 0, options);
      return calls.map(() => {
        const decision = schedule.decide(1e12);
        schedule.went(false);
        return decision.kind === 'send' ? decision.dueNs : null;
      });
    };
    expect(dues({ timing: { mode: 'original' } })).to.deep.equal([0, 3, 1003, 1003]);
    expect(dues({ timing: { mode: 'original' }, maxGapNs: 10 })).to.deep.equal([0, 3, 13, 13]);
    expect(dues({ timing: { mode: 'scaled', factor: 2 } })).to.deep.equal([0, 1.5, 501.5, 501.5]);
    expect(dues({ timing: { mode: 'rate', perSecond: 1e9 } })).to.deep.equal([0, 1, 2, 3]);
    expect(dues(ASAP)).to.deep.equal([null, null, null, null]);
  });

  it('sleeps until a call is due', () => {
    const schedule = new Schedule(
      [
        { atNs: 0, after: 0 },
        { atNs: 100, after: 0 },
      ],
      0,
      {
        timing: { mode: 'original' },
      },
    );
    schedule.went(false);
    expect(schedule.decide(40)).to.deep.equal({ kind: 'sleep', untilNs: 100 });
    expect(schedule.decide(120)).to.deep.equal({ kind: 'send', index: 1, dueNs: 100 });
  });

  it('sends every call, and none before its time, whatever order answers come in', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(3), { maxLength: 30 }),
        fc.infiniteStream(fc.nat(1000)),
        (steps, chances) => {
          let after = 0;
          const calls = steps.map((step, i) => {
            after = Math.min(i, after + step);
            return { atNs: 0, after };
          });
          const schedule = new Schedule(calls, calls.length, ASAP);
          const flying: number[] = [];
          const arrived = new Set<number>();
          for (let sent = 0; ; ) {
            const decision = schedule.decide(0);
            if (decision.kind === 'done') return sent === calls.length;
            if (decision.kind === 'send') {
              for (let i = 0; i < calls[sent]!.after; i++) if (!arrived.has(i)) return false;
              flying.push(sent++);
              schedule.went(true);
              continue;
            }
            if (flying.length === 0) return false;
            const [one] = flying.splice(chances.next().value % flying.length, 1);
            arrived.add(one!);
            schedule.arrived(one!);
            schedule.settled();
          }
        },
      ),
    );
  });
});
