import { expect } from 'chai';
import { familyText } from '../../../server/engine/metrics-text.ts';
import type { UdpService } from '../../../server/engine/udp.ts';
import { udpFamilies } from '../../../server/engine/udp-metrics.ts';

describe('server/engine/udp-metrics', () => {
  it('adds services up, and has nothing without one', () => {
    expect(udpFamilies([])).to.deep.equal([]);
    const counts = { received: 5, executed: 3, repeated: 2, oversize: 1, dropped: new Map() };
    const one = { counts, inFlight: 1, cached: 3 } as unknown as UdpService;
    const text = udpFamilies([one, one]).map(familyText).join('\n');
    expect(text.split('\n').filter((line) => !line.startsWith('#'))).to.deep.equal([
      'oncilla_udp_datagrams_total 10',
      'oncilla_udp_calls_total{outcome="executed"} 6',
      'oncilla_udp_calls_total{outcome="repeated"} 4',
      'oncilla_udp_oversize_replies_total 2',
      'oncilla_udp_calls_in_flight 2',
      'oncilla_udp_replies_cached 6',
    ]);
  });
});
