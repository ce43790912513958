import { expect } from 'chai';
import { concurrencyOf, mappingOf, Targets, timingOf, toleranceOf } from '../../cli/replay-options.ts';

describe('cli/replay-options', () => {
  it('reads timings', () => {
    expect(timingOf(undefined)).to.deep.equal({ mode: 'asap' });
    expect(timingOf('original')).to.deep.equal({ mode: 'original' });
    expect(timingOf('scaled=2.5')).to.deep.equal({ mode: 'scaled', factor: 2.5 });
    expect(timingOf('rate=100')).to.deep.equal({ mode: 'rate', perSecond: 100 });
    for (const text of ['fast', 'scaled', 'scaled=0', 'rate=-1', 'rate=x']) {
      expect(() => timingOf(text), text).to.throw('--timing');
    }
  });

  it('reads tolerances with and without their sign', () => {
    for (const text of ['result.a=±10%', 'result.a=10%', 'result.a=+-10%']) {
      const { matches, by, isShare } = toleranceOf(text);
      expect([by, isShare, matches('result.a'), matches('result.b')]).to.deep.equal([0.1, true, true, false]);
    }
    expect(toleranceOf('a=±5')).to.include({ by: 5, isShare: false });
    for (const text of ['a', 'a=', 'a=±', '=5', 'a=x%'])
      expect(() => toleranceOf(text), text).to.throw('--tolerance');
  });

  it('reads how many calls may be out', () => {
    expect(concurrencyOf('recorded')).to.equal(undefined);
    expect(concurrencyOf('8')).to.equal(8);
    for (const text of ['0', '-1', 'x']) expect(() => concurrencyOf(text)).to.throw('--concurrency');
  });

  it('knows how to map', () => {
    expect(mappingOf('off')).to.deep.equal({ isOn: false, rules: null });
    expect(mappingOf('auto')).to.deep.equal({ isOn: true, rules: null });
    expect(() => mappingOf('/nowhere/rules.json')).to.throw('no such file');
    expect(() => mappingOf('package.json')).to.throw('version 1 expected');
  });

  const callOf = (program: number, transport: 'tcp' | 'udp' = 'tcp') => ({
    program,
    connection: { index: 0, transport, client: '', server: '' },
  });

  it('keeps datagrams to datagrams where there is a target for them', () => {
    const both = new Targets(['tcp://127.0.0.1:1', 'udp://127.0.0.1:2', '5=udp://127.0.0.1:3'], Number);
    expect(both.of(callOf(7))?.port).to.equal(1);
    expect(both.of(callOf(7, 'udp'))?.port).to.equal(2);
    expect(both.of(callOf(5))?.port).to.equal(3);
    expect(both.all).to.have.length(3);
    expect(() => new Targets(['udp://a:1', 'udp://b:1'], Number)).to.throw('two targets');
  });

  it('gives each program its target', () => {
    const numberOf = (name: string) => {
      if (name !== 'nfs') throw new Error('--to: none of that name');
      return 100003;
    };
    const targets = new Targets(
      ['tcp://127.0.0.1:1', 'nfs=udp://127.0.0.1:2', '100005=unix:///x=y'],
      numberOf,
    );
    expect(targets.of(callOf(5))?.port).to.equal(1);
    expect(targets.of(callOf(100003))?.kind).to.equal('udp');
    expect(targets.of(callOf(100005))?.path).to.equal('/x=y');
    expect(targets.all).to.have.length(3);
    expect(new Targets(['nfs=tcp://127.0.0.1:1'], numberOf).of(callOf(5))).to.equal(undefined);
    for (const text of ['http://x', 'tcp://x', 'nsf=tcp://127.0.0.1:1', 'fd:3']) {
      expect(() => new Targets([text], numberOf), text).to.throw('--to');
    }
    expect(() => new Targets(['tcp://a:1', 'tcp://b:1'], numberOf)).to.throw('two targets');
  });
});
