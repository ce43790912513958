/** Daemons of others under the fuzzer, briefly and by seed: what a longer look found is in docs/fuzz.md. */
import { existsSync } from 'node:fs';
import { expect } from 'chai';
import type { Fuzzed } from './inside/fuzzing.ts';
import { inNamespace, missingPrograms, noNamespace, noRootNamespace } from './namespace.ts';

interface Peer {
  readonly name: string;
  readonly script: string;
  /** why it cannot run here, or '' */
  readonly lacking: string;
  /** for each target: buckets that must be among its findings */
  readonly buckets: readonly (readonly string[])[];
}

const lack = (own: string | null, programs: readonly string[], files: readonly string[] = []): string =>
  own ?? [...missingPrograms(programs), ...files.filter((file) => !existsSync(file))].join(', ');

const PEERS: readonly Peer[] = [
  {
    name: 'rpcbind',
    script: 'fuzz-rpcbind.ts',
    lacking: lack(noNamespace(), ['rpcbind']),
    buckets: [['verdict any SUCCESS, not SILENCE or CLOSED'], ['accepted any HEADER answered']],
  },
  {
    name: 'ypserv',
    script: 'fuzz-ypserv.ts',
    lacking: lack(noRootNamespace(), ['ypserv', 'rpcbind', 'rpcinfo'], ['/usr/lib/yp/makedbm']),
    buckets: [['canary any starved'], ['accepted any HEADER answered']],
  },
  {
    name: 'nfs-ganesha',
    script: 'fuzz-ganesha.ts',
    lacking: lack(noRootNamespace(), ['ganesha.nfsd'], ['/etc/mtab']),
    buckets: [[]],
  },
];

describe('peers: fuzzing the daemons of others', function () {
  this.timeout(120_000);

  for (const { name, script, lacking, buckets } of PEERS) {
    it(`${name}: a bounded run, as seeded${lacking === '' ? '' : ` (skipped: no ${lacking})`}`, function () {
      if (lacking !== '') this.skip();
      const runs = inNamespace(script, 110_000) as readonly Fuzzed[];
      expect(runs).to.have.length(buckets.length);
      for (const [i, { target, cases, gone, findings, err }] of runs.entries()) {
        expect(cases, `${target}: ${err}`).to.be.greaterThan(50);
        expect(gone, target).to.equal(false);
        expect(
          findings.map(({ bucket }) => bucket),
          target,
        ).to.include.members([...(buckets[i] ?? [])]);
      }
    });
  }
});
