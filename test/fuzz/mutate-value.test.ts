import { expect } from 'chai';
import { decodeArguments } from '../../codec/rpc/index.ts';
import { isXdrError } from '../../codec/xdr/index.ts';
import { applyEdit } from '../../fuzz/edit.ts';
import { mutateValue } from '../../fuzz/mutate-value.ts';
import { baseCall } from '../../fuzz/plan.ts';
import { datagramPlan, PUT, SUM } from './base.ts';

/** What our decoder says of each mutation, by its id. */
function verdicts(procedure: typeof PUT, most = 60_000): Map<string, string> {
  const { message, body, map } = baseCall(procedure, 0, datagramPlan);
  const out = new Map<string, string>();
  for (const { id, path, edit } of mutateValue(message, body, map, { most })) {
    const bytes = applyEdit(message, edit);
    try {
      decodeArguments(procedure.declared, bytes, body, bytes.length);
      out.set(`${id}@${path}`, 'fine');
    } catch (e) {
      if (!isXdrError(e)) throw e;
      out.set(`${id}@${path}`, e.code);
    }
  }
  return out;
}

describe('fuzz/mutate-value', () => {
  it('makes each mutation what its name says', () => {
    const all = verdicts(PUT);
    const expected: Record<string, string> = {
      'len.2^32-1@name': 'LIMIT',
      'len.max+1@name': 'LIMIT',
      'size.max@name': 'fine',
      'size.max+1@name': 'LIMIT',
      'str.path@name': 'fine',
      'str.nul@name': 'fine',
      'count.2^31@values': 'LIMIT',
      'count.wrap@values': 'LIMIT',
      'bool.2@flag': 'BAD_BOOL',
      'enum.gap(3)@shade': 'BAD_ENUM',
      'enum.gap(-1)@shade': 'BAD_ENUM',
      'trunc@every4@+0': 'TRUNCATED',
      'extra(4)@': 'TRAILING',
    };
    for (const [id, code] of Object.entries(expected)) expect(all.get(id), id).to.equal(code);
  });

  it('breaks every cut', () => {
    const cuts = [...verdicts(PUT)].filter(([id]) => id.startsWith('trunc'));
    expect(cuts.length).to.be.greaterThan(8);
    for (const [id, code] of cuts) expect(code, id).to.equal('TRUNCATED');
  });

  it('makes chains of list items, and flags that are none', () => {
    const all = verdicts(SUM);
    expect(all.get('opt.2@')).to.equal('BAD_BOOL');
    expect(all.get('opt.chain(100)@')).to.equal('fine');
  });

  it('adds no more bytes than it may', () => {
    const all = verdicts(PUT, 100);
    expect([...all.keys()].filter((id) => id.startsWith('extra'))).to.deep.equal(['extra(1)@', 'extra(4)@']);
  });
});
