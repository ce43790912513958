import type { PcapngOption } from './interface.ts';

/**
 * One captured packet as a reader hands it on. The object and the bytes it points to are REUSED: both are valid
 * until the reader is asked for the next one. Whoever wants to keep bytes copies them.
 */
export interface Packet {
  /** 1-based frame number. */
  number: number;
  /** Seconds since the epoch, and nanoseconds within the second; 0, 0 with `hasTime` false where a block has none. */
  sec: number;
  nsec: number;
  hasTime: boolean;
  /** Bytes captured, and bytes that were on the wire. */
  caplen: number;
  len: number;
  /** The captured bytes are buf[off, off + caplen); `view` is a DataView with the same origin as `buf`. */
  buf: Buffer;
  view: DataView;
  off: number;
  /**
   * LINKTYPE_ value as in the file (1 Ethernet, 101 raw, 113 SLL, 276 SLL2 …). -1: no packet but another block that
   * counts as a frame (pcapng custom and journal blocks).
   */
  linkType: number;
  /** pcapng: interface within its section, and section (1-based). pcap: 0, 1. */
  interfaceId: number;
  section: number;
  /** pcapng opt_comment values, if any. */
  comments: readonly string[];
  /** other pcapng options: flags, hash, losses, ID, queue, verdict, custom ones that may be copied */
  options: readonly PcapngOption[];
}
