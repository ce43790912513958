import { expect } from 'chai';
import { findProgram, isKnownProgram, knownProgramNumbers } from '../../../codec/programs/known-programs.ts';

describe('codec/programs/known-programs', () => {
  it('has the 42 programs, each once', () => {
    const numbers = knownProgramNumbers();
    expect(new Set(numbers).size).to.equal(42);
    expect(numbers).to.deep.equal([...numbers].sort((a, b) => a - b));
    expect(numbers.every(isKnownProgram)).to.equal(true);
  });

  it('names a program', () => {
    const nfs = findProgram(100003);
    expect(nfs).to.include({ number: 100003, column: 'NFS', filter: 'nfs' });
    expect(nfs?.versions).to.deep.equal([2, 3, 4]);
    expect(findProgram(100000)?.versions).to.deep.equal([1, 2, 3, 4]);
  });

  it('names procedures, also after a gap', () => {
    expect(findProgram(100003)?.procedureName(3, 17)).to.equal('READDIRPLUS');
    expect(findProgram(100003)?.procedureName(2, 0)).to.equal('NULL');
    expect(findProgram(100000)?.procedureName(4, 12)).to.equal('GETSTAT');
    expect(findProgram(100021)?.procedureName(4, 15)).to.equal('GRANTED_RES');
    expect(findProgram(100021)?.procedureName(4, 16)).to.equal(undefined);
    expect(findProgram(100021)?.procedureName(4, 20)).to.equal('SHARE');
    expect(findProgram(391004)?.procedureName(1, 100)).to.equal('STATVFS');
    expect(findProgram(14398633)?.procedureName(2, 4)).to.equal('LOCK VERSION');
  });

  it('names the field of the procedure number', () => {
    expect(findProgram(100003)?.procedureField(3)).to.equal('nfs.procedure_v3');
    expect(findProgram(1298437)?.procedureField(330)).to.equal('glusterfs.proc');
    expect(findProgram(391004)?.procedureField(1)).to.equal('mount.procedure_sgi_v1');
    expect(findProgram(1073741824)?.procedureField(1)).to.equal('nfs.cb_procedure');
  });

  it('knows nothing of others', () => {
    expect(findProgram(100002)).to.equal(undefined);
    expect(isKnownProgram(0)).to.equal(false);
    expect(findProgram(100003)?.procedureName(77, 1)).to.equal(undefined);
    expect(findProgram(100003)?.procedureField(77)).to.equal(undefined);
  });
});
