import { expect } from 'chai';
import { packetDay } from '../../../dissector/output/packet-day.ts';
import { packetAt } from '../tree/explain.ts';

describe('packet day', () => {
  it('is that of the packet in the zone of the process', () => {
    const at = new Date(2026, 10, 5, 12).getTime() / 1000;
    expect(packetDay({ ...packetAt(Buffer.alloc(1), 1), sec: at })).to.equal('2026-11-05');
  });
});
