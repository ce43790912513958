/** The day that tshark names a packet's index after, in the zone of the process: `2026-11-22`. */
import type { Packet } from '../capture/packet.ts';
import { two } from '../tree/format.ts';

export function packetDay(packet: Packet): string {
  const d = new Date(packet.sec * 1000);
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
}
