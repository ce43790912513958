import { expect } from 'chai';
import type { Finding } from '../../fuzz/finding.ts';
import { Ledger } from '../../fuzz/ledger.ts';
import { caseNamed, PUT } from './base.ts';

const one = caseNamed(PUT, '/bool.2@flag');
const fault = { oracle: 'verdict', shape: 'SUCCESS', detail: '' } as const;
const init = {
  fault,
  seed: 5,
  profile: 'strict',
  stream: false,
  confirmed: true,
  messages: [one.bytes],
  reply: null,
} as const;

describe('fuzz/ledger', () => {
  it('counts what it knows, tells of what is new, and says where it was found', () => {
    const told: Finding[] = [];
    const ledger = new Ledger({ url: 'tcp://127.0.0.1:9', onFinding: (finding) => void told.push(finding) });
    expect(ledger.knows(one, fault)).to.equal(false);
    ledger.add(one, init);
    expect(ledger.knows(one, fault)).to.equal(true);
    expect(told).to.have.length(1);
    expect(ledger.findings).to.have.length(1);
    expect(ledger.findings[0]).to.include({ count: 2, target: 'tcp://127.0.0.1:9' });
  });

  it('counts one bucket for another that is the same bug', () => {
    const ledger = new Ledger({ url: '' });
    const { bucket } = ledger.add(one, init);
    ledger.alias('accepted PLANT_PUT.1 SUCCESS', bucket);
    expect(ledger.counts('accepted PLANT_PUT.1 SUCCESS')).to.equal(true);
    expect(ledger.counts('accepted PLANT_PUT.1 other')).to.equal(false);
    expect(ledger.findings[0]?.count).to.equal(2);
  });
});
