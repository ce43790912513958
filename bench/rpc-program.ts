/** The program that the RPC bench calls: NULL, and an echo of opaque bytes. */
import { parseIdl } from '../codec/idl/index.ts';
import type { Program } from '../codec/rpc/index.ts';

const SOURCE = `
typedef opaque blob<>;
program BENCH {
  version BENCH1 {
    void BENCH_NULL(void) = 0;
    blob BENCH_ECHO(blob) = 1;
  } = 1;
} = 0x20001a65;
`;

export const BENCH = parseIdl(SOURCE).programs[0] as Program;
