import { expect } from 'chai';
import { xdr } from '../../codec/xdr/index.ts';
import {
  classOf,
  couldBeState,
  isNamedAsState,
  isReplayError,
  kindOf,
  parseRules,
} from '../../replay/index.ts';

const leaf = (field: string, typedef = '') => ({ type: xdr.uint(), owner: 'args', field, typedef });

describe('replay/map-rules', () => {
  it('knows state by its name', () => {
    for (const name of ['id', 'callbackID', 'cookie', 'registration', 'write_verf', 'clientid']) {
      expect(isNamedAsState(leaf(name)), name).to.equal(true);
    }
    for (const name of ['uid', 'gid', 'size', 'offset', 'valid', 'idle', 'width']) {
      expect(isNamedAsState(leaf(name)), name).to.equal(false);
    }
    expect(isNamedAsState(leaf('x', 'nfs_fh3'))).to.equal(true);
    expect(isNamedAsState(leaf('x', 'cookie3'))).to.equal(true);
  });

  it('names classes by typedef, else by field', () => {
    expect(classOf(leaf('fileid', 'fileid3'))).to.equal('fileid3');
    expect(classOf(leaf('fileid'))).to.equal('args.fileid');
    expect(kindOf(leaf('x'))).to.equal('integer');
  });

  it('takes no zeros, short or long bytes for state', () => {
    expect(couldBeState(new Uint8Array(8))).to.equal(false);
    expect(couldBeState(Uint8Array.of(1, 2, 3))).to.equal(false);
    expect(couldBeState(new Uint8Array(5000).fill(1))).to.equal(false);
    expect(couldBeState(Uint8Array.of(0, 0, 0, 1))).to.equal(true);
  });

  it('reads its own form and refuses others', () => {
    const rules = { version: 1, rules: [{ class: 'a', kind: 'bytes' }], values: [], clockSeconds: 5 };
    expect(parseRules(JSON.stringify(rules))).to.deep.equal(rules);
    for (const text of [
      '',
      '[]',
      '{"version":2}',
      '{"version":1}',
      '{"version":1,"rules":[{"class":"a"}]}',
    ]) {
      expect(() => parseRules(text), text)
        .to.throw()
        .satisfies(isReplayError);
    }
  });
});
