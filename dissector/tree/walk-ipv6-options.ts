/**
 * The options of IPv6's hop-by-hop and destination headers (RFC 8200 section 4.2). An option that claims more than
 * its header has ends the list. Nothing throws.
 */
import type { LayerRange } from '../network/frame.ts';
import type { Sink } from './field.ts';
import { YES_NO } from './network-names.ts';
import type { Define } from './registry.ts';

const PAD1 = 0x00;
const PADN = 0x01;
const ROUTER_ALERT = 0x05;
const JUMBO = 0xc2;
const EXPERIMENTAL = new Set([0x1e, 0x3e, 0x5e, 0x7e, 0x9e, 0xbe, 0xde, 0xfe]);

const NAMES = new Map([
  [PAD1, 'Pad1'],
  [PADN, 'PadN'],
  [ROUTER_ALERT, 'Router Alert'],
  [JUMBO, 'Jumbo Payload'],
  ...[...EXPERIMENTAL].map((type) => [type, `Experimental (0x${type.toString(16).toUpperCase()})`] as const),
]);
const ACTIONS = new Map([
  [0, 'Skip and continue'],
  [1, 'Discard'],
  [2, 'Discard and send ICMP'],
  [3, 'Discard and send ICMP if not multicast'],
]);
const ALERTS = new Map([
  [0, 'MLD'],
  [1, 'RSVP'],
  [2, 'Active Network'],
]);

export type Ipv6OptionFields = ReturnType<typeof ipv6OptionFields>;

export function ipv6OptionFields(define: Define) {
  return {
    opt: define('ipv6.opt', 'IPv6 Option', 'none'),
    type: define('ipv6.opt.type', 'Type', 'uint8', { base: 'hex', strings: NAMES }),
    action: define('ipv6.opt.type.action', 'Action', 'uint8', { mask: 0xc0, strings: ACTIONS }),
    change: define('ipv6.opt.type.change', 'May Change', 'boolean', { mask: 0x20, bits: 8, strings: YES_NO }),
    rest: define('ipv6.opt.type.rest', 'Low-Order Bits', 'uint8', { base: 'hex', mask: 0x1f }),
    length: define('ipv6.opt.length', 'Length', 'uint8'),
    pad1: define('ipv6.opt.pad1', 'Pad1', 'none'),
    padn: define('ipv6.opt.padn', 'PadN', 'bytes'),
    routerAlert: define('ipv6.opt.router_alert', 'Router Alert', 'uint16', { strings: ALERTS }),
    jumbo: define('ipv6.opt.jumbo', 'Payload Length', 'uint32'),
    experimental: define('ipv6.opt.experimental', 'Experimental Option', 'bytes'),
    unknown: define('ipv6.opt.unknown', 'Unknown Option Payload', 'bytes'),
  };
}

/** The options of the extension header `r`, behind its first two bytes. */
export function walkIpv6Options(f: Ipv6OptionFields, r: LayerRange, sink: Sink): void {
  const { buf, view } = r;
  const end = r.payload;
  let at = r.off + 2;
  while (at < end) {
    const type = buf[at]!;
    if (type === PAD1) {
      sink.openField(f.opt, null, at, 1, 0, 'Pad1');
      sink.field(f.type, type, at, 1);
      sink.field(f.pad1, null, at, 1, 0, 'Pad1');
      sink.close();
      at++;
      continue;
    }
    if (at + 2 > end) return;
    const length = buf[at + 1]!;
    const data = at + 2;
    if (data + length > end) return;
    sink.openField(f.opt, null, at, 2 + length, 0, NAMES.get(type) ?? `Unknown IPv6 Option (${type})`);
    sink.openField(f.type, type, at, 1);
    sink.field(f.action, type >> 6, at, 1);
    sink.field(f.change, (type & 0x20) !== 0, at, 1);
    sink.field(f.rest, type & 0x1f, at, 1);
    sink.close();
    sink.field(f.length, length, at + 1, 1);
    if (type === PADN) sink.field(f.padn, null, data, length, 0, length === 0 ? 'PadN: <none>' : undefined);
    else if (type === ROUTER_ALERT && length === 2) sink.field(f.routerAlert, view.getUint16(data), data, 2);
    else if (type === JUMBO && length === 4) sink.field(f.jumbo, view.getUint32(data), data, 4);
    else if (EXPERIMENTAL.has(type)) sink.field(f.experimental, null, data, length);
    else sink.field(f.unknown, null, data, length);
    sink.close();
    at = data + length;
  }
}
