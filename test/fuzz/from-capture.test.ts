import { join } from 'node:path';
import { expect } from 'chai';
import { ProgramTable } from '../../codec/programs/index.ts';
import { CorpusBuilder } from '../../fuzz/corpus.ts';
import { addCapture } from '../../fuzz/from-capture.ts';
import { casesOf } from '../../fuzz/plan.ts';
import { servedOf } from '../../fuzz/served.ts';
import { loadSession } from '../../replay/index.ts';
import { root } from '../house/sources.ts';

const NFS = 100003;

describe('fuzz/from-capture', () => {
  const table = new ProgramTable();
  const corpus = new CorpusBuilder();
  let procedures: ReturnType<typeof servedOf>['procedures'];

  before(async () => {
    await table.loadAll();
    procedures = servedOf(table, [NFS]).procedures.filter(({ version }) => version === 3);
    const { session } = await loadSession(join(root, 'captures', 'nfs3-libnfs.pcap'), { table });
    const used = addCapture(corpus, session, procedures);
    expect(used).to.deep.equal({ calls: 32, replies: 32, unusable: 0 });
  });

  const named = (name: string) => procedures.find((one) => one.declared.procedure.name === name)!;

  it('has the calls of the session, in their order, and none of other programs', () => {
    expect(corpus.sessions.flatMap(({ calls }) => calls)).to.have.length(32);
    const [first = { calls: [] }] = corpus.sessions;
    const names = first.calls.map(({ procedure }) => procedure.declared.procedure.name);
    expect(names.slice(0, 2)).to.deep.equal(['NFSPROC3_NULL', 'NFSPROC3_FSINFO']);
    expect(corpus.calls(named('NFSPROC3_READ'))).to.have.length.greaterThan(0);
  });

  it('has handles that only replies had, and puts them in the place of others', () => {
    const lookup = named('NFSPROC3_LOOKUP');
    const cases = [...casesOf(lookup, 0, { seed: 1, procedures, stream: true, corpus })];
    const crossed = cases.filter(({ family, path }) => family.startsWith('crossover.from') && path !== '');
    expect(crossed.length).to.be.greaterThan(5);
    expect(corpus.words.some((word) => Buffer.from(word).toString() === 'hello.txt')).to.equal(true);
  });
});
