import { expect } from 'chai';
import { served } from './base.ts';
import { PROGRAM } from './plant.ts';

describe('fuzz/served', () => {
  it('finds what is described, and says what is not', () => {
    expect(served.procedures.map(({ declared }) => declared.procedure.name)).to.deep.equal([
      'PLANT_NULL',
      'PLANT_PUT',
      'PLANT_ECHO',
      'PLANT_SUM',
    ]);
    expect(served.find(PROGRAM, 1, 2)).to.equal(served.procedures[2]?.declared);
    expect(served.find(PROGRAM + 1, 1, 2)).to.equal('program');
    expect(served.find(PROGRAM, 2, 2)).to.equal('version');
    expect(served.find(PROGRAM, 1, 9)).to.equal('procedure');
  });
});
