import { expect } from 'chai';
import type { Pdu } from '../../../dissector/session/pdu.ts';
import { eachMessage, tapFilter } from '../../../dissector/stats/tap-filter.ts';
import { call, frame, record, reply } from './fixture.ts';

const list = (...pdus: Pdu[]) => ({ pdus, count: pdus.length, partial: false, tls: [] });

describe('dissector/stats/tap-filter', () => {
  it('lets everything pass without a filter, and asks the filter there is', () => {
    const asked: string[] = [];
    const context = {
      test(filter: string) {
        asked.push(filter);
        return () => false;
      },
    };
    expect(tapFilter(' ', context)(frame(1, 0), list())).to.equal(true);
    expect(tapFilter('rpc', context)(frame(1, 0), list())).to.equal(false);
    expect(asked).to.eql(['rpc']);
  });

  it('shows messages only, of packets that pass', () => {
    const seen: number[] = [];
    const first = record(1, 1);
    const add = eachMessage(
      ({ packet }) => packet.number !== 2,
      (pdu) => seen.push(pdu.xid),
    );
    add(frame(1, 0), list(call(first), call(record(2, 1), undefined, { kind: 'fragment' })));
    add(frame(2, 0), list(call(record(3, 2))));
    add(frame(3, 1), list(reply(first, 5)));
    expect(seen).to.eql([1, 1]);
  });
});
