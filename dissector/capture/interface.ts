/**
 * What a capture says about itself beside its packets: the interfaces and the decryption secrets.
 */

/** An option of a pcapng block: its code, and its value as a little-endian file has it. */
export type PcapngOption = readonly [code: number, value: Uint8Array];

/** One interface of a pcapng section; a pcap file has exactly one, number 0 of section 1, without a name. */
export interface CaptureInterface {
  /** 1-based */
  readonly section: number;
  /** of the file: only pcapng describes its interfaces */
  readonly format: 'pcap' | 'pcapng';
  /** 0-based within the section */
  readonly id: number;
  /** LINKTYPE_ value */
  readonly linkType: number;
  /** bytes kept of a packet; 0: no limit */
  readonly snapLength: number;
  readonly name: string | null;
  readonly description: string | null;
  /** the capture filter as text */
  readonly filter: string | null;
  readonly hardware: string | null;
  readonly os: string | null;
  /** timestamp units in a second; null when the resolution cannot be expressed, and times are then 0 */
  readonly unitsPerSecond: bigint | null;
  /** seconds added to each timestamp */
  readonly timeOffset: bigint;
  /** what else a pcapng says of it: addresses, speeds, comments; absent: nothing */
  readonly options?: readonly PcapngOption[];
}

/** A pcapng Decryption Secrets Block. `type` 0x544c534b is a TLS key log. */
export interface CaptureSecrets {
  readonly section: number;
  readonly type: number;
  readonly data: Buffer;
}
