import { expect } from 'chai';
import { parseIdl } from '../../codec/idl/index.ts';
import { servedBy } from '../../fuzz/served.ts';
import { served } from './base.ts';
import { PLANT_SOURCE, PROGRAM } from './plant.ts';

describe('fuzz/served', () => {
  it('finds what is described, and says what is not', () => {
    const names = served.procedures.map(({ declared }) => declared.procedure.name);
    expect(names.slice(0, 3)).to.deep.equal(['PLANT_NULL', 'PLANT_PUT', 'PLANT_ECHO']);
    expect(served.find(PROGRAM, 1, 2)).to.equal(served.procedures[2]?.declared);
    expect(served.find(PROGRAM + 1, 1, 2)).to.equal('program');
    expect(served.find(PROGRAM, 2, 2)).to.equal('version');
    expect(served.find(PROGRAM, 1, 99)).to.equal('procedure');
  });

  it('takes what was parsed', () => {
    const { procedures, find } = servedBy(parseIdl(PLANT_SOURCE).programs);
    const names = procedures.map(({ declared }) => declared.procedure.name);
    expect(names).to.deep.equal(served.procedures.map(({ declared }) => declared.procedure.name));
    expect(find(PROGRAM, 1, 2)).to.equal(procedures[2]?.declared);
  });
});
