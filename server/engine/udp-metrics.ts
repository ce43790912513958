/** What UDP services counted, all together, for the metrics. Dropped datagrams are counted with other drops. */
import { type Family, metric } from './metrics-text.ts';
import type { UdpService } from './udp.ts';

export function udpFamilies(services: readonly UdpService[]): Family[] {
  if (services.length === 0) return [];
  const sum = (f: (service: UdpService) => number): number =>
    services.reduce((total, service) => total + f(service), 0);
  return [
    metric(
      'udp_datagrams_total',
      'counter',
      'datagrams received',
      sum(({ counts }) => counts.received),
    ),
    metric('udp_calls_total', 'counter', 'calls that came as datagrams', [
      ['outcome="executed"', sum(({ counts }) => counts.executed)],
      ['outcome="repeated"', sum(({ counts }) => counts.repeated)],
    ]),
    metric(
      'udp_oversize_replies_total',
      'counter',
      'replies too large for a datagram or for their call',
      sum(({ counts }) => counts.oversize),
    ),
    metric(
      'udp_calls_in_flight',
      'gauge',
      'calls without a reply yet',
      sum(({ inFlight }) => inFlight),
    ),
    metric(
      'udp_replies_cached',
      'gauge',
      'replies kept for repeated calls',
      sum(({ cached }) => cached),
    ),
  ];
}
