import { expect } from 'chai';
import type { Transaction } from '../../../dissector/stats/calls.ts';
import { type Difference, TraceDiff, type TraceDiffOptions } from '../../../dissector/stats/trace-diff.ts';

function transaction(xid: number, over: Partial<Transaction> = {}): Transaction {
  return {
    call: 1,
    reply: 2,
    sec: 1000,
    nsec: 0,
    transport: 'tcp',
    client: '10.0.0.1:700',
    server: '10.0.0.2:2049',
    xid,
    program: 100003,
    programName: 'NFS',
    version: 3,
    procedure: 1,
    procedureName: 'GETATTR',
    auth: 'AUTH_SYS',
    latencyNs: 1000,
    verdict: 'SUCCESS',
    args: '{"object":"01"}',
    result: '{"status":"NFS3_OK"}',
    argsBytes: 0,
    resultBytes: 0,
    argsWords: '',
    resultWords: '',
    malformed: [],
    notes: [],
    matches: true,
    ...over,
  };
}

function run(
  a: readonly Transaction[],
  b: readonly Transaction[],
  options: Partial<TraceDiffOptions> = {},
): { found: TraceDiff; told: Difference[] } {
  const told: Difference[] = [];
  const found = new TraceDiff({ emit: (difference) => told.push(difference), ...options });
  for (const one of a) found.add('a', one);
  for (const one of b) found.add('b', one);
  found.finish();
  return { found, told };
}

describe('dissector/stats/trace-diff', () => {
  it('takes other addresses, clocks and latencies for the same', () => {
    const other = { client: '192.0.2.9:40000', server: '[fe80::1]:2049', sec: 5, latencyNs: 1500 };
    const { found, told } = run(
      [transaction(1), transaction(2)],
      [transaction(2, other), transaction(1, other)],
    );
    expect(told).to.eql([]);
    expect([found.same, found.differs, found.slower.max, found.faster.count]).to.eql([2, false, 500, 0]);
    expect(found.latencies.b.max).to.equal(1500);
  });

  it('tells what is missing and what is extra', () => {
    const { told, found } = run([transaction(1), transaction(2)], [transaction(2), transaction(3)]);
    expect(told.map(({ kind }) => kind)).to.eql(['missing', 'extra']);
    expect(found.differs).to.equal(true);
  });

  it('tells what changed and where: arguments, verdict, result, credential', () => {
    const changed = [
      transaction(1, { args: '{"object":"02"}' }),
      transaction(2, { verdict: 'SYSTEM_ERR', result: 'null' }),
      transaction(3, { result: '{"status":"NFS3ERR_STALE"}' }),
      transaction(4, { auth: 'AUTH_NONE' }),
      transaction(5, { reply: null, verdict: null, result: 'null', latencyNs: null }),
    ];
    const { told } = run(
      [1, 2, 3, 4, 5].map((xid) => transaction(xid)),
      changed,
    );
    const paths = told.map((one) => (one.kind === 'changed' ? one.changes : []));
    // arguments pair only once nothing better can come
    expect(paths).to.eql([
      [{ path: 'verdict', a: '"SUCCESS"', b: '"SYSTEM_ERR"' }],
      [{ path: 'result.status', a: '"NFS3_OK"', b: '"NFS3ERR_STALE"' }],
      [{ path: 'auth', a: '"AUTH_SYS"', b: '"AUTH_NONE"' }],
      [{ path: 'verdict', a: '"SUCCESS"', b: null }],
      [{ path: 'args.object', a: '"01"', b: '"02"' }],
    ]);
  });

  it('tells calls apart that share an xid: by procedure, by arguments, by result', () => {
    const first = transaction(7, { args: '{"object":"aa"}' });
    const second = transaction(7, { args: '{"object":"bb"}' });
    const third = transaction(7, { procedure: 3, args: '{"object":"bb"}' });
    const repeated = transaction(7, { args: '{"object":"aa"}', result: '{"status":"NFS3ERR_IO"}' });
    const { told, found } = run([first, second, third, repeated], [repeated, third, second, first]);
    expect(told).to.eql([]);
    expect(found.same).to.equal(4);
  });

  it('does not take what was not seen for a change', () => {
    const cut = [{ code: 'TRUNCATED', offset: 60, path: 'args' }];
    const a = [transaction(1), transaction(2)];
    const b = [
      transaction(1, { args: 'null', malformed: cut }),
      transaction(2, { call: null, program: null, version: null, procedure: null, args: 'null', auth: null }),
    ];
    const { told, found } = run(a, b);
    expect(told).to.eql([]);
    expect([found.same, found.incomplete]).to.eql([2, 1]);
  });

  it('leaves out what is to be ignored', () => {
    const changed = transaction(1, { result: '{"status":"NFS3_OK","mtime":9}' });
    const { found } = run([transaction(1)], [changed], { ignore: (path) => path === 'result.mtime' });
    expect([found.same, found.changed]).to.eql([1, 0]);
  });

  it('keeps no more waiting than it may, by number and by size', () => {
    const many = Array.from({ length: 10 }, (_, xid) => transaction(xid));
    const few = run(many, many, { maxWaiting: 3 });
    expect([few.found.missing, few.found.same, few.found.extra]).to.eql([7, 3, 7]);
    const small = run(many, many, { maxChars: 80 });
    expect(small.found.missing).to.be.above(6);
  });
});
