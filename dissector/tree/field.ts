/**
 * Fields and the sink they are announced to. A protocol walker (tree/walk-*.ts) is the single description of a
 * protocol's fields: it announces every field in wire order to a Sink. `-T fields` and filters use a sink that
 * keeps only wanted values; -V, JSON and the TUI use one that builds the tree. No walker builds text unless the
 * sink wants it.
 */
export type FieldType =
  | 'protocol'
  | 'none'
  | 'boolean'
  | 'uint8'
  | 'uint16'
  | 'uint24'
  | 'uint32'
  | 'uint64'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'float'
  | 'double'
  | 'string'
  | 'bytes'
  | 'ipv4'
  | 'ipv6'
  | 'ether'
  | 'framenum'
  | 'abstime'
  | 'reltime';

export type FieldBase = 'none' | 'dec' | 'hex' | 'oct' | 'dec_hex' | 'hex_dec';

/** One named field, as Wireshark's header_field_info. `id` is its index in the registry that made it. */
export interface FieldDef {
  readonly id: number;
  readonly name: string;
  readonly label: string;
  readonly type: FieldType;
  readonly base: FieldBase;
  /** value strings, for display and for filters by name */
  readonly strings: ReadonlyMap<number | bigint, string> | null;
  /** bit mask within the bytes of the field; 0 none */
  readonly mask: number;
  /** name of the protocol it belongs to ('rpc') */
  readonly protocol: string;
  /** width in bits of the word that `mask` selects from; absent: that of the type */
  readonly bits?: number;
  /** a value that Wireshark registers as a protocol of its own, as TCP's options: -T ek names it so */
  readonly ownProtocol?: boolean;
}

/**
 * A value as announced. uint/int up to 32 bits, framenum and float: number; 64 bits: bigint; boolean: boolean;
 * string: string; abstime: nanoseconds since the epoch as bigint; reltime: nanoseconds as number (as bigint from
 * 2^53 on, as frame.time_epoch is); protocol, none: null; bytes, ipv4, ipv6, ether: null, the value being the bytes of the range (or a Uint8Array where there is
 * no such range).
 */
export type FieldValue = number | bigint | boolean | string | Uint8Array | null;

/** Flags for a field. */
export const GENERATED = 1;
export const HIDDEN = 2;

/**
 * Where a walker announces what it finds. Ranges are [off, off + len) in the source last set with `source`;
 * generated fields have len 0. Every open* is matched by one close().
 */
export interface Sink {
  /** whether text labels will be used; a walker builds none when false */
  readonly wantsText: boolean;
  /** whether it is only text nodes that are wanted then, and labels of fields and headings are not shown */
  readonly textNodesOnly?: boolean;
  /**
   * All that is kept of what is announced: values and ranges of these fields, whatever stands around them. Absent:
   * headings, text and order count too.
   */
  readonly fields?: readonly FieldDef[];
  /**
   * Of a protocol: whether anything of it is wanted, so that a walker may skip it when false. Of a field: whether
   * that field is. The answer never changes in the life of a sink.
   */
  wants(def: FieldDef): boolean;
  /**
   * Of a protocol that is announced: whether its heading is all that will be shown, so that a walker may leave out
   * what is below. Absent: no.
   */
  headingOnly?(def: FieldDef): boolean;
  /**
   * The bytes that ranges refer to from now on; a name, and which part is meant, when they are not the packet's. The
   * first call for a packet says where the packet's own begin.
   */
  source(buf: Buffer, name: string | null, off?: number, len?: number): void;
  /** Begins a protocol at the top level, closing whatever an error left open. */
  openProtocol(def: FieldDef, off: number, len: number, text: string): void;
  /** a field; `text` overrides the label that the default formatting of def and value would give */
  field(def: FieldDef, value: FieldValue, off: number, len: number, flags?: number, text?: string): void;
  /** a field with children */
  openField(def: FieldDef, value: FieldValue, off: number, len: number, flags?: number, text?: string): void;
  /** a text-only node, without and with children */
  text(text: string, off: number, len: number, flags?: number): void;
  openText(text: string, off: number, len: number, flags?: number): void;
  close(): void;
}

/** Whether the labels of fields and the headings of protocols will be used. */
export function wantsLabels(sink: Sink): boolean {
  return sink.wantsText && sink.textNodesOnly !== true;
}
