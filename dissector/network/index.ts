export { endpoint, ipv4Text, ipv6Text } from './address.ts';
export { type NetworkCounts, NetworkDecoder, type NetworkOptions } from './decoder.ts';
export type { Flow } from './flow.ts';
export type { FlowEndReason } from './flow-table.ts';
export { type Frame, Layer, type LayerKind, type LayerRange } from './frame.ts';
export {
  type CloseReason,
  type GapReason,
  type ReassemblyCounts,
  type ReassemblyLimits,
  type StreamConsumer,
  TcpReassembler,
} from './tcp-reassembler.ts';
